"""Changes of profiles that need the books alone: an import makes them, without mails and keys."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.profiles.model import Profile
from billing_api.profiles.repository import ProfileRepository


class ProfilesOfAccounts:
    """The profiles as their accounts make and rename them."""

    def __init__(self, core: Core, profiles: ProfileRepository, locale: str) -> None:
        """Take the locale of new profiles."""
        self._core = core
        self._profiles = profiles
        self._locale = locale

    async def create(self, account: LockedAccount) -> None:
        """Create the profile of a new account."""
        await self._profiles.add(
            Profile(
                account_id=account.id,
                company_name=account.name,
                contact_name=None,
                phone=None,
                phone_extension=None,
                email=None,
                locale=self._locale,
                updated_at=self._core.clock.now(),
                version=1,
            )
        )

    async def follow_name(self, account_id: UUID, before: str, after: str) -> None:
        """Give the profile the account's new name, unless its owner has chosen another than the one before."""
        profile = await self._profiles.lock(account_id)
        if profile is not None and profile.company_name == before:
            await change_profile(self._core, self._profiles, profile, {"company_name": after})


async def change_profile(core: Core, profiles: ProfileRepository, profile: Profile, changed: dict[str, Any]) -> None:
    """Store a new version of a profile, and record the names of the changed fields."""
    await profiles.update(replace(profile, **changed, updated_at=core.clock.now(), version=profile.version + 1))
    account_id, fields = profile.account_id, sorted(changed)
    core.audit.record(account_id, "profile.updated", fields=fields)
    core.events.record(account_id, "profile.updated", account_id, fields=fields)
