"""All that the application needs to know of setting a password by a link."""

from datetime import timedelta

from billing_api.auth.keys import KeyRing
from billing_api.auth.passwords import Passwords
from billing_api.auth.quotas import Quotas
from billing_api.core import Core
from billing_api.deliveries.service import Deliveries
from billing_api.feature import Feature
from billing_api.jobs.periodic import Periodic
from billing_api.jobs.service import Jobs
from billing_api.mail.letter import Writer
from billing_api.parts import Parts
from billing_api.password_resets.model import password_resets
from billing_api.password_resets.repository import PasswordResetRepository
from billing_api.password_resets.requests import KIND, MAIL_LINK, ForgottenPasswords, ResetTerms
from billing_api.password_resets.routes import router
from billing_api.password_resets.service import PasswordResets
from billing_api.profiles.service import Profiles
from billing_api.sessions.service import Sessions
from billing_api.users.service import Users


def _requests(core: Core, parts: Parts) -> ForgottenPasswords:
    settings = parts.settings
    terms = ResetTerms(
        lifetime=timedelta(minutes=settings.password_reset_minutes),
        per_address=settings.password_resets_per_address,
        per_ip=settings.password_resets_per_ip,
    )
    return ForgottenPasswords(
        core,
        parts[PasswordResets],
        parts[Users],
        parts[Profiles],
        jobs=parts[Jobs],
        deliveries=parts[Deliveries],
        quotas=parts[Quotas],
        terms=terms,
        keys=parts[KeyRing],
    )


def _writer(parts: Parts) -> Writer:
    from billing_api.password_resets.letters import PasswordResetLetter  # noqa: PLC0415 - the API writes no mails

    settings = parts.settings
    letter = PasswordResetLetter(parts[ForgottenPasswords], vendor=settings.vendor_name, portal_url=settings.portal_url)
    return letter.write


FEATURE = Feature(
    routes=router,
    tables=[password_resets],
    periodic={
        Periodic("password_resets.prune", every=timedelta(hours=1)): lambda parts: (
            lambda _: parts[PasswordResets].prune()
        )
    },
    parts={
        PasswordResets: lambda core, parts: PasswordResets(
            core,
            PasswordResetRepository(core.db),
            parts[Users],
            parts[Sessions],
            parts[Passwords],
            lifetime=timedelta(hours=parts.settings.password_link_hours),
        ),
        ForgottenPasswords: _requests,
    },
    tasks={MAIL_LINK: lambda parts: parts[ForgottenPasswords].mail_link},
    mails={KIND: _writer},
)
