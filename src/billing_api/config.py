"""All settings of the service, with their units and defaults; read from the environment once, at the start.

Those of a part are in a module of its own, such as `gateway_settings.py`.
"""

import re
from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from billing_api.document_settings import DocumentSettings
from billing_api.gateway_settings import GatewayEnvironment, GatewaySettings
from billing_api.mail_settings import MailSettings, is_loopback
from billing_api.payment_settings import PaymentSettings
from billing_api.rate_settings import RateSettings
from billing_api.setting_types import (
    LOCAL_ORIGINS,
    NO_PROXY,
    ImageUrl,
    Items,
    Origins,
    Proxies,
    PublicUrl,
    ShownLogin,
    believes_everyone,
)
from billing_api.sign_in_settings import SignInSettings
from billing_api.worker_settings import WorkerSettings


class Environment(StrEnum):
    """The place where the service runs; production refuses unsafe settings that development allows."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


_TOKEN_CHARACTERS = 20  # at least, so that the token can't be guessed


class ProgramSettings(BaseSettings):
    """The settings of every command; a name in capitals is that of its environment variable."""

    # Lists and dictionaries are read by their types: pydantic-settings would end with a traceback on one that is wrong.
    model_config = SettingsConfigDict(
        env_file=None,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        enable_decoding=False,
        allow_inf_nan=False,
    )

    environment: Environment = Environment.DEVELOPMENT
    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    log_format: str = Field(
        "", pattern="^(json|readable)?$", description="`json` or `readable`; empty: json in production, else readable"
    )
    database_url: str = Field("postgresql://127.0.0.1/billing", description="A URI as libpq has it; db/url.py reads it")

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @property
    def logs_json(self) -> bool:
        return self.log_format == "json" or (not self.log_format and self.is_production)


class MigrationSettings(ProgramSettings):
    """The settings of `billing-api migrate`."""

    database_app_role: str = Field(
        "", description="The role that serves, granted the rows by `migrate`; empty: the owner of the tables serves"
    )


class BooksSettings(ProgramSettings):
    """The settings of work with the books, such as `billing-api import`."""

    database_pool_size: int = Field(16, ge=1, description="Connections, per process")
    database_timeout_seconds: float = Field(30.0, gt=0, le=86_400, description="For one statement")

    otel_exporter_otlp_endpoint: PublicUrl = Field(
        "", description="The collector of OpenTelemetry traces, such as http://127.0.0.1:4318; empty: no traces"
    )

    idempotency_lease_seconds: int = Field(90, ge=1, description="How long a request in flight holds its key")
    idempotency_keep_hours: int = Field(48, ge=24)

    locales: Items = Field(["en-US"], min_length=1, description="Of the portal, comma-separated")
    books_time_zone: str = "UTC"
    books_closed_through: str = Field("", description="YYYY-MM-DD; documents dated up to it are refused; empty: none")

    @field_validator("books_time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise ValueError("write a time zone of the IANA database, such as America/New_York") from None
        return name

    @field_validator("books_closed_through")
    @classmethod
    def _a_day(cls, day: str) -> str:
        try:
            return date.fromisoformat(day).isoformat() if day else day
        except ValueError:
            raise ValueError("write a day as YYYY-MM-DD") from None

    @property
    def closed_through(self) -> date | None:
        """The last day whose books are closed."""
        return date.fromisoformat(self.books_closed_through) if self.books_closed_through else None


class Settings(
    DocumentSettings,
    GatewaySettings,
    MailSettings,
    PaymentSettings,
    RateSettings,
    SignInSettings,
    WorkerSettings,
    BooksSettings,
):
    """The settings of serving, and of the commands that call the gateway."""

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: PublicUrl = Field("", description="Where clients reach the API; empty: http://HOST:PORT")
    portal_url: PublicUrl = Field("", description="Where users open the portal; one-time links begin with it")
    cors_origins: Origins = Field(
        [],
        description="The portals' origins as browsers send them, comma-separated; in development also every "
        "http://localhost and http://127.0.0.1",
    )
    max_body_bytes: int = Field(1_048_576, ge=1024, description="A larger request body is a 413")
    serve_docs: bool = Field(True, description="Serve /docs and /openapi.json")
    docs_login: ShownLogin = Field(
        SecretStr(""),
        description="EMAIL:PASSWORD that /docs and / show to everybody, for demo data; empty: none",
    )
    docs_mails_url: str = Field(
        "", description="The page that shows a development server's mails, which / links to; empty: none"
    )
    metrics_token: SecretStr = Field(
        SecretStr(""),
        description="The bearer token for /metrics; empty: open to all, and in production closed",
    )
    client_timeout_seconds: float = Field(
        30.0, gt=0, le=3600, description="For a whole request to arrive, and for a response to be taken"
    )
    shutdown_notice_seconds: float = Field(
        0, ge=0, le=3600, description="/readyz says 503 this long before SIGTERM stops it"
    )
    instance: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_.-]{0,64}$",
        description="A name that /readyz shows: which release, or which start, responds",
    )
    trusted_proxies: Proxies = Field(
        [], description="Addresses and networks whose X-Forwarded-For is believed, comma-separated, or `none`"
    )

    vendor_logo_url: ImageUrl = ""
    vendor_color: str = Field("#1f4fd8", pattern="^#[0-9a-fA-F]{6}$")

    @model_validator(mode="after")
    def _safe_where_it_runs(self) -> Self:
        refusals = [*self._guessable(), *self.gateway_refusals(), *self.mail_refusals()]
        if self.environment is Environment.PRODUCTION:
            refusals += self._not_in_production()
        if refusals:
            raise ValueError("\n".join(refusals))
        return self

    def _guessable(self) -> Iterator[str]:
        token = self.metrics_token.get_secret_value()
        if token and not (
            len(token) >= _TOKEN_CHARACTERS and token.isascii() and token.isprintable() and " " not in token
        ):
            yield f"METRICS_TOKEN: write at least {_TOKEN_CHARACTERS} characters of ASCII, without white space"

    def _not_in_production(self) -> Iterator[str]:
        if self.gateway_environment is GatewayEnvironment.LOCAL:
            yield "GATEWAY_ENVIRONMENT: production needs `production`, or `sandbox` for a trial"
        if not self.signing_keys.get_secret_value():
            yield "SIGNING_KEYS: production needs them; `billing-api keys` makes them"
        if not self.public_url.startswith("https://"):
            yield "PUBLIC_URL: production needs it, and it must be https"
        if self.portal_url and not self.portal_url.startswith("https://"):
            yield "PORTAL_URL: production needs https: one-time links begin with it"
        if self.vendor_logo_url and not self.vendor_logo_url.startswith("https://"):
            yield "VENDOR_LOGO_URL: production needs https: a portal's page would not show it"
        if insecure := [origin for origin in self.cors_origins if not origin.startswith("https://")]:
            yield f"CORS_ORIGINS: production refuses the http origin {insecure[0]}"
        if not self.trusted_proxies:
            yield f"TRUSTED_PROXIES: production needs the addresses of the proxies before it, or `{NO_PROXY}`"
        if believes_everyone(self.trusted_proxies):
            yield "TRUSTED_PROXIES: production refuses to believe every client's X-Forwarded-For: name smaller networks"
        yield from self._showing_secrets()
        yield from self.mail_refusals_of_production()

    def _showing_secrets(self) -> Iterator[str]:
        if self.docs_login.get_secret_value():
            yield "DOCS_LOGIN: production must show no password"
        if self.log_level == "DEBUG":
            yield "LOG_LEVEL: production refuses DEBUG, at which libraries print secrets"

    @property
    def example_sign_in(self) -> dict[str, str] | None:
        """The body of a sign-in that everybody may make."""
        email, _, password = self.docs_login.get_secret_value().partition(":")
        return {"email": email, "password": password} if email else None

    @property
    def origin_pattern(self) -> str | None:
        """The pattern of further origins than those of `cors_origins`: in development every page of this machine."""
        return None if self.is_production else LOCAL_ORIGINS

    def allows_origin(self, origin: str) -> bool:
        """Return whether pages of this origin may use the API, and its cookies."""
        if origin in self.cors_origins:
            return True
        return self.origin_pattern is not None and re.fullmatch(self.origin_pattern, origin) is not None

    @property
    def believed_proxies(self) -> list[str]:
        """The proxies whose X-Forwarded-For is trusted."""
        return [proxy for proxy in self.trusted_proxies if proxy != NO_PROXY]

    @cached_property
    def base_url(self) -> str:
        """The API's own address, without a slash at its end."""
        return self.public_url or f"http://{self.host}:{self.port}"

    @property
    def own_hosts(self) -> frozenset[str] | None:
        """The names under which alone a development server on the loopback is reached; None: any."""
        if self.is_production or self.public_url or not is_loopback(self.host):
            return None
        own = f"[{self.host}]" if ":" in self.host else self.host
        return frozenset({"localhost", "127.0.0.1", "[::1]", own})

    @property
    def issuer(self) -> str:
        return self.token_issuer or self.base_url
