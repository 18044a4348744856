"""Every setting of the service, with its unit and its default; read from the environment once, at the start."""

from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Environment(StrEnum):
    """Where the service runs; production refuses what development forgives."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class GatewayEnvironment(StrEnum):
    """Which Braintree is called; `local` is the sandbox that this repository ships."""

    LOCAL = "local"
    SANDBOX = "sandbox"
    PRODUCTION = "production"


class AchVerification(StrEnum):
    """How a bank account is verified; Braintree's words."""

    NETWORK_CHECK = "network_check"  # asks the banks' network, mostly at once
    INDEPENDENT_CHECK = "independent_check"  # the vendor has checked it by other means and answers for it
    MICRO_TRANSFERS = "micro_transfers"  # two small deposits, whose amounts the customer reads to us


_RATE = r"^[1-9]\d{0,5} per ([1-9]\d{0,3} )?(second|minute|hour|day)s?$"
LOCAL_GATEWAY_SECRET = "integration_private_key"  # noqa: S105 - the sandbox's published test key


class Settings(BaseSettings):
    """The settings; a name here is the environment variable's name in capitals."""

    model_config = SettingsConfigDict(env_file=None, extra="ignore", frozen=True, hide_input_in_errors=True)

    environment: Environment = Environment.DEVELOPMENT

    host: str = "127.0.0.1"
    port: int = Field(8000, ge=1, le=65535)
    public_url: str = Field("", description="Where clients reach the API; empty: http://HOST:PORT")
    cors_origins: list[str] = Field([], description="Exact origins of the portals, as a JSON list")
    max_body_bytes: int = Field(1_048_576, ge=1024, description="A larger request body is a 413")
    shutdown_notice_seconds: float = Field(0, ge=0, description="/readyz says 503 this long before SIGTERM stops it")
    trusted_proxies: str = Field("", description="Addresses whose X-Forwarded-For uvicorn believes, comma-separated")

    database_url: str = Field("postgresql://127.0.0.1/billing", description="postgresql://…, one host or several")
    database_pool_size: int = Field(10, ge=1, description="Connections for transactions, per process")
    reader_pool_size: int = Field(16, ge=1, description="Connections for hot reads, per process")
    database_timeout_seconds: float = Field(30.0, gt=0, description="For one statement")

    vendor_name: str = "Example Vendor"
    vendor_logo_url: str = ""
    vendor_color: str = Field("#1f4fd8", pattern="^#[0-9a-fA-F]{6}$")
    vendor_support_email: str = "billing@example.com"
    locales: list[str] = ["en-US"]
    books_time_zone: str = "UTC"
    books_closed_through: str = Field("", description="YYYY-MM-DD; documents dated up to it are refused; empty: none")

    gateway_environment: GatewayEnvironment = GatewayEnvironment.LOCAL
    gateway_host: str = Field("127.0.0.1", description="Of the local gateway; unused otherwise")
    gateway_port: int = Field(3000, ge=1, le=65535, description="Of the local gateway; unused otherwise")
    gateway_merchant_id: str = "integration_merchant_id"
    gateway_public_key: str = "integration_public_key"
    gateway_private_key: SecretStr = SecretStr(LOCAL_GATEWAY_SECRET)
    gateway_merchant_accounts: dict[str, str] = Field(
        {"USD": "sandbox_credit_card"}, description="Card merchant account by currency, as a JSON object"
    )
    gateway_ach_merchant_account: str = Field("us_bank_merchant_account", description="Empty: no bank accounts")
    gateway_ach_verification: AchVerification = AchVerification.NETWORK_CHECK
    gateway_threads: int = Field(8, ge=1, le=64, description="Calls under way at once, per process")
    gateway_timeout_seconds: float = Field(30.0, gt=0, lt=60, description="For one call")
    gateway_request_keys: bool = Field(True, description="Send api_request_key; a merchant may not be allowed to")

    gateway_method_check_hours: int = Field(
        24, ge=1, description="How often a stored method is looked up at the gateway: it may have been removed there"
    )
    card_expiry_notice_days: int = Field(30, ge=1, le=366, description="A card that ends within so many days is told")

    access_token_seconds: int = Field(900, ge=60, le=900)
    refresh_token_days: int = Field(30, ge=1, le=365, description="Absolute life of a session")
    session_idle_minutes: int = Field(
        10_080, ge=30, le=525_600, description="A session without a refresh for so long ends; access tokens last less"
    )
    refresh_reuse_grace_seconds: int = Field(10, ge=0, le=60, description="For two tabs that refresh at once")
    token_issuer: str = Field("", description="`iss` of access tokens; empty: the public URL")
    token_audience: str = "billing-api"  # noqa: S105 - an audience, not a secret
    signing_keys: SecretStr = Field(
        SecretStr(""), description="JSON list of private ES256 JWKs, the signing one first; empty: made at the start"
    )
    sign_in_tries_per_address: str = Field(
        "10 per 15 minutes", pattern=_RATE, description="Failed sign-ins for one e-mail"
    )
    sign_in_tries_per_ip: str = Field("100 per 15 minutes", pattern=_RATE, description="Failed sign-ins from one IP")
    password_hash_threads: int = Field(2, ge=1, le=32, description="Hashes computed at once, per process")
    idempotency_lease_seconds: int = Field(90, ge=1, description="How long a request in flight holds its key")
    idempotency_keep_hours: int = Field(48, ge=24)

    log_level: str = Field("INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    @field_validator("database_url")
    @classmethod
    def _postgresql_only(cls, url: str) -> str:
        scheme, separator, rest = url.partition("://")
        if not separator or scheme not in {"postgresql", "postgres", "postgresql+asyncpg"}:
            raise ValueError("DATABASE_URL must begin with postgresql://")
        return f"postgresql://{rest}"

    @field_validator("books_time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not a time zone of the IANA database") from error
        return name

    @field_validator("books_closed_through")
    @classmethod
    def _a_day(cls, day: str) -> str:
        if day:
            date.fromisoformat(day)
        return day

    @field_validator("cors_origins")
    @classmethod
    def _exact_origins(cls, origins: list[str]) -> list[str]:
        for origin in origins:
            scheme, separator, host = origin.partition("://")
            if scheme not in {"http", "https"} or not separator or not host or "*" in host or "/" in host:
                raise ValueError(f"{origin!r} is not an exact origin such as https://portal.example.com")
        return origins

    @model_validator(mode="after")
    def _production_is_strict(self) -> Self:
        if (self.gateway_environment is GatewayEnvironment.LOCAL) != (
            self.gateway_private_key.get_secret_value() == LOCAL_GATEWAY_SECRET
        ):
            raise ValueError("GATEWAY_PRIVATE_KEY and GATEWAY_ENVIRONMENT do not belong together")
        if self.environment is not Environment.PRODUCTION:
            return self
        if self.gateway_environment is GatewayEnvironment.LOCAL:
            raise ValueError("production needs GATEWAY_ENVIRONMENT=production, or sandbox for a trial")
        if not self.signing_keys.get_secret_value():
            raise ValueError("production needs SIGNING_KEYS: make them with `billing-api keys`")
        if not self.public_url.startswith("https://"):
            raise ValueError("production needs PUBLIC_URL, and it must be https")
        if insecure := [origin for origin in self.cors_origins if not origin.startswith("https://")]:
            raise ValueError(f"production refuses the http origin {insecure[0]!r}")
        return self

    @property
    def closed_through(self) -> date | None:
        """The last day whose books are closed."""
        return date.fromisoformat(self.books_closed_through) if self.books_closed_through else None

    @property
    def is_production(self) -> bool:
        return self.environment is Environment.PRODUCTION

    @cached_property
    def base_url(self) -> str:
        """The API's own address, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def issuer(self) -> str:
        return self.token_issuer or self.base_url

    @property
    def sqlalchemy_url(self) -> str:
        return self.database_url.replace("postgresql://", "postgresql+asyncpg://", 1)
