"""The settings of a local run: those that the service itself does not know, and the few that both must agree on."""

from pathlib import Path

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from billing_api.dev.errors import LocalRunError


def project_top() -> Path:
    """Return the checkout that this package is installed from, or the current folder when it comes from a wheel."""
    top = Path(__file__).resolve().parents[3]
    return top if (top / "pyproject.toml").is_file() else Path.cwd()


class LocalSettings(BaseSettings):
    """Read from the environment; a name here is the variable's name in capitals."""

    model_config = SettingsConfigDict(env_file=None, env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535, description="Of the API")
    sandbox_port: int = Field(3000, ge=1, le=65535, description="Of the local Braintree sandbox")
    sandbox_tls_port: int = Field(3443, ge=1, le=65535, description="Of the same sandbox with TLS, for browsers")
    smtp_port: int = Field(1025, ge=1, le=65535, description="Of the local mail server, which delivers nothing")
    mail_port: int = Field(8025, ge=1, le=65535, description="Of the page that shows its mails")
    database_url: str = Field("", description="Empty: an embedded PostgreSQL server")
    local_data: Path = Field(
        default_factory=lambda: project_top() / ".local", description="Folder of the local database and sandbox"
    )
    environment: str = "development"

    @property
    def local_address(self) -> str:
        """Where this machine reaches the API, in a URL's form: a wildcard host can't be called."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)  # noqa: S104 - compared, not bound
        return f"[{host}]:{self.port}" if ":" in host else f"{host}:{self.port}"


def load_settings() -> LocalSettings:
    """Return the settings of the environment. Raise LocalRunError with the name of the wrong variable."""
    try:
        return LocalSettings()
    except ValidationError as error:
        first = error.errors()[0]
        raise LocalRunError(f"{str(first['loc'][0]).upper()}={first['input']}: {first['msg']}.") from None
