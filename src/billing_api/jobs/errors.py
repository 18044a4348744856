"""The errors of jobs. Their texts are stored with the job or printed for operators, and hold no personal data."""

from uuid import UUID


class GiveUpError(Exception):
    """Raised by a handler when another attempt can't help: the job is held at once, with these words."""


class TryAgainError(Exception):
    """Raised by a handler for a failure that it expects, with words for the operator: another attempt may help."""


class LeaseLostError(Exception):
    """Another worker has the job by now, or an operator has cancelled it: this attempt must change nothing more."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(f"the lease of job {job_id} is lost")


class JobError(Exception):
    """An operator's request that can't be met; the text is one sentence for them."""


class JobNotFoundError(JobError):
    """There is no such job, or it was removed some days after its end."""

    def __init__(self, job_id: UUID) -> None:
        super().__init__(f"There is no job {job_id}.")


class JobStateError(JobError):
    """The job's state does not allow this."""

    def __init__(self, job_id: UUID, state: str, verb: str) -> None:
        super().__init__(f"Job {job_id} is {state} and can't be {verb}.")
