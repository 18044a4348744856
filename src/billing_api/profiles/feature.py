"""All that the application needs to know of the profile."""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

from billing_api.auth.keys import KeyRing
from billing_api.auth.quotas import Quotas
from billing_api.core import Core
from billing_api.deliveries.service import Deliveries
from billing_api.feature import Feature
from billing_api.jobs.periodic import Periodic
from billing_api.jobs.service import Jobs
from billing_api.mail.letter import Writer
from billing_api.parts import Parts
from billing_api.profiles.changing import ProfilesOfAccounts
from billing_api.profiles.email_changes import (
    CHANGED_KIND,
    CONFIRM_KIND,
    MAIL_CONFIRMATION,
    REQUESTED_KIND,
    EmailChanges,
)
from billing_api.profiles.model import email_changes, profiles
from billing_api.profiles.repository import ProfileRepository
from billing_api.profiles.routes import router
from billing_api.profiles.service import Profiles

if TYPE_CHECKING:
    from billing_api.profiles.letters import EmailLetters


def _email_changes(core: Core, parts: Parts) -> EmailChanges:
    settings = parts.settings
    return EmailChanges(
        core,
        ProfileRepository(core.db),
        deliveries=parts[Deliveries],
        jobs=parts[Jobs],
        quotas=parts[Quotas],
        keys=parts[KeyRing],
        lifetime=timedelta(hours=settings.email_change_hours),
        limit=settings.email_changes,
    )


def _writer(choose: "Callable[[EmailLetters], Writer]") -> Callable[[Parts], Writer]:
    def make(parts: Parts) -> Writer:
        from billing_api.profiles.letters import EmailLetters  # noqa: PLC0415 - the API writes no mails

        settings, repository = parts.settings, ProfileRepository(parts[Core].db)
        letters = EmailLetters(
            parts[EmailChanges], repository, vendor=settings.vendor_name, portal_url=settings.portal_url
        )
        return choose(letters)

    return make


FEATURE = Feature(
    routes=router,
    description="How the vendor knows and reaches the account.",
    tables=[profiles, email_changes],
    parts={
        ProfilesOfAccounts: lambda core, parts: ProfilesOfAccounts(
            core, ProfileRepository(core.db), parts.settings.locales[0]
        ),
        EmailChanges: _email_changes,
        Profiles: lambda core, parts: Profiles(
            core, ProfileRepository(core.db), parts[EmailChanges], parts.settings.locales
        ),
    },
    tasks={MAIL_CONFIRMATION: lambda parts: parts[Profiles].mail_confirmation},
    periodic={
        Periodic("profiles.forget_expired_emails", timedelta(hours=1)): lambda parts: (
            parts[Profiles].forget_expired_emails
        )
    },
    mails={
        CONFIRM_KIND: _writer(lambda letters: letters.confirm),
        REQUESTED_KIND: _writer(lambda letters: letters.requested),
        CHANGED_KIND: _writer(lambda letters: letters.changed),
    },
)
