"""Who gets which mails: the preferences of users, and the readers of a mail."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing_api.auth.caller import Caller, Role
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.kit.version import Version
from billing_api.notifications.fields import Topic
from billing_api.notifications.model import NotificationPreference
from billing_api.notifications.repository import NotificationRepository
from billing_api.notifications.schemas import NotificationPreferencesRead, NotificationPreferencesUpdate
from billing_api.profiles.errors import ProfileNotFoundError
from billing_api.profiles.service import Profiles
from billing_api.users.service import Users

_FIRST_VERSION = 1


@dataclass(frozen=True, slots=True)
class Reader:
    """An address that gets a mail, and its user; none for the address of the profile."""

    email: str
    user_id: UUID | None


@dataclass(frozen=True, slots=True)
class Audience:
    """The readers of a mail about an account, its company's name, and its locale."""

    company: str
    locale: str
    readers: list[Reader]


class NotificationPreferences:
    """The choices of each user for each account."""

    def __init__(self, core: Core, repository: NotificationRepository, users: Users, profiles: Profiles) -> None:
        self.db = core.db
        self._core = core
        self._repository = repository
        self._users = users
        self._profiles = profiles

    async def get(self, caller: Caller) -> NotificationPreferencesRead:
        """Return the choices of the caller for their account."""
        chosen = await self._repository.find(caller.account_id, caller.user_id)
        return _read(chosen, caller.role)

    @in_transaction
    async def put(
        self, caller: Caller, wanted: NotificationPreferencesUpdate, version: Version
    ) -> NotificationPreferencesRead:
        """Write the choices of the caller; the same choices make no new version. Raise StaleVersionError."""
        await self._users.lock(caller.user_id)
        before = _read(await self._repository.find(caller.account_id, caller.user_id), caller.role)
        version.require(before.version)
        choices = wanted.model_dump()
        if choices == before.model_dump(exclude={"version"}):
            return before
        chosen = NotificationPreference(
            account_id=caller.account_id,
            user_id=caller.user_id,
            choices=choices,
            updated_at=self._core.clock.now(),
            version=before.version + 1,
        )
        await self._repository.save(chosen)
        self._core.audit.record(caller.account_id, "notification_preferences.updated", caller.user_id, **choices)
        return _read(chosen, caller.role)

    async def audience(self, account_id: UUID, topic: Topic) -> Audience:
        """Return the users who want such mails, and the profile's address, each address once.

        Raise AccountNotFoundError.
        """
        email, company, locale = await self._contact(account_id)
        chosen = {one.user_id: one for one in await self._repository.list_on_account(account_id)}
        readers: dict[str, Reader] = {}
        known: set[UUID] = set()
        for user in await self._users.list_on_account(account_id):  # once for each address: the first one counts
            if user.user_id in known or user.disabled_at is not None:
                continue
            known.add(user.user_id)
            if _choices(chosen.get(user.user_id), user.role)[topic]:
                readers[user.email] = Reader(user.email, user.user_id)
            elif user.email == email:
                email = None  # their own choice goes before the profile's address
        if email is not None:
            readers.setdefault(email, Reader(email, None))
        return Audience(company, locale, list(readers.values()))

    async def audience_of_user(self, account_id: UUID, user_id: UUID) -> Audience:
        """Return the addresses of one user, for mails about their own sign-in."""
        _, company, locale = await self._contact(account_id)
        return Audience(company, locale, [Reader(one, user_id) for one in await self._users.list_emails(user_id)])

    async def company_of(self, account_id: UUID) -> str:
        """Return the name of an account's company. Raise AccountNotFoundError."""
        return (await self._contact(account_id))[1]

    async def _contact(self, account_id: UUID) -> tuple[str | None, str, str]:
        try:
            profile = await self._profiles.get(account_id)
        except ProfileNotFoundError:
            account = await self._core.accounts.get(account_id)
            return None, account.name, await self._profiles.locale_of(account_id)
        return profile.email, profile.company_name, profile.locale


def _choices(chosen: NotificationPreference | None, role: Role) -> Mapping[str, Any]:
    """Return the choices with those of the role where the user has made none."""
    usual: dict[str, Any] = dict.fromkeys(Topic, role != "viewer")
    return usual | (chosen.choices if chosen is not None else {})


def _read(chosen: NotificationPreference | None, role: Role) -> NotificationPreferencesRead:
    version = chosen.version if chosen is not None else _FIRST_VERSION
    return NotificationPreferencesRead(version=version, **_choices(chosen, role))
