"""All that the application needs to know of signing in and out."""

from datetime import timedelta

from billing_api.auth.authenticator import Authenticator
from billing_api.auth.devices import Devices
from billing_api.auth.passwords import Passwords
from billing_api.auth.revocations import Revocations
from billing_api.auth.throttle import SignInThrottle
from billing_api.auth.tokens import AccessTokens
from billing_api.core import Core
from billing_api.feature import Feature
from billing_api.jobs.periodic import Periodic
from billing_api.parts import Parts
from billing_api.sessions.credentials import Credentials
from billing_api.sessions.model import refresh_tokens, sessions
from billing_api.sessions.repository import SessionRepository
from billing_api.sessions.routes import router
from billing_api.sessions.service import Sessions, SessionTerms
from billing_api.users.service import Users


def _sessions(core: Core, parts: Parts) -> Sessions:
    settings = parts.settings
    return Sessions(
        core,
        SessionRepository(core.db),
        parts[Users],
        tokens=parts[AccessTokens],
        revocations=parts[Revocations],
        terms=SessionTerms(
            lifetime=timedelta(days=settings.refresh_token_days),
            idle=timedelta(minutes=settings.session_idle_minutes),
            reuse_grace=timedelta(seconds=settings.refresh_reuse_grace_seconds),
        ),
    )


def _credentials(core: Core, parts: Parts) -> Credentials:
    return Credentials(
        core,
        parts[Sessions],
        parts[Users],
        passwords=parts[Passwords],
        throttle=parts[SignInThrottle],
        devices=parts[Devices],
    )


def _authenticator(_: Core, parts: Parts) -> Authenticator:
    return Authenticator(parts[AccessTokens], parts[Revocations], parts[Sessions].still_holds)


FEATURE = Feature(
    routes=router,
    description="Signing in, staying so, and signing out.",
    tables=[sessions, refresh_tokens],
    periodic={Periodic("sessions.prune", every=timedelta(hours=1)): lambda parts: lambda _: parts[Sessions].prune()},
    parts={Sessions: _sessions, Credentials: _credentials, Authenticator: _authenticator},
)
