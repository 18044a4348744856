"""The settings of the worker, and of the jobs that it runs."""

from pydantic import Field
from pydantic_settings import BaseSettings


class WorkerSettings(BaseSettings):
    """The settings of the worker; a part of `config.Settings`."""

    worker_port: int = Field(
        0, ge=0, le=65535, description="For /metrics, /livez and /readyz of a worker, on HOST; 0: none"
    )
    worker_jobs_at_once: int = Field(4, ge=1, le=64, description="Jobs under way at once, per worker")
    worker_poll_seconds: float = Field(
        1.0, ge=0.01, le=60, description="How often a worker looks for jobs that are due"
    )
    worker_lease_seconds: float = Field(
        60.0, ge=1, le=3600, description="A job whose worker gives no sign of life for so long is run by another"
    )
    job_keep_days: int = Field(7, ge=1, le=365, description="How long a job is kept after its end, with its key")
    worker_finish_seconds: float = Field(
        30.0, ge=0, le=3600, description="For jobs to end after SIGTERM; those that take longer are interrupted"
    )
