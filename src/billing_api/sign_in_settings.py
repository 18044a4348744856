"""The settings of signing in: tokens, sessions, passwords and the links that set one."""

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings


class SignInSettings(BaseSettings):
    """The settings of signing in; a part of `config.Settings`."""

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
    password_link_hours: int = Field(24, ge=1, le=168, description="How long a one-time password link is valid")
    password_reset_minutes: int = Field(
        60, ge=5, le=1440, description="How long the link of a mail for a forgotten password is valid"
    )
    password_hash_threads: int = Field(2, ge=1, le=32, description="Hashes computed at once, per process")
