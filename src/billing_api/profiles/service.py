"""The profile: how the vendor knows and reaches an account."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.accounts.schemas import TermsRead
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.errors import FieldError, InvalidInputError
from billing_api.kit.changes import differences
from billing_api.kit.phone import contact_phone
from billing_api.kit.version import Version
from billing_api.profiles.errors import ProfileNotFoundError
from billing_api.profiles.model import Profile, ProfileDetail
from billing_api.profiles.repository import ProfileRepository
from billing_api.profiles.schemas import ProfileRead, ProfileUpdate


class Profiles:
    """One profile for each account; its currency and terms are the account's, and only read here."""

    def __init__(self, core: Core, profiles: ProfileRepository, locales: list[str]) -> None:
        """Take the portal's locales, the one of new profiles first."""
        self.db = core.db
        self._core = core
        self._profiles = profiles
        self._locales = locales

    async def get(self, account_id: UUID) -> ProfileRead:
        """Return the profile, with its account's terms. Raise ProfileNotFoundError."""
        profile = await self._profiles.find(account_id)
        if profile is None:
            raise ProfileNotFoundError
        return _read(profile)

    async def locale_of(self, account_id: UUID) -> str:
        """Return the account's locale; that of new profiles where it has no profile."""
        profile = await self._profiles.find(account_id)
        return profile.locale if profile is not None else self._locales[0]

    @in_transaction
    async def update(self, account_id: UUID, change: ProfileUpdate, version: Version) -> ProfileRead:
        """Change a profile; a change that changes nothing makes no new version.

        Raise ProfileNotFoundError, StaleVersionError, InvalidInputError for an unknown locale or a wrong number.
        """
        changes = change.model_dump(exclude_unset=True)
        if changes.get("locale") and changes["locale"] not in self._locales:
            raise InvalidInputError(
                FieldError(
                    "/locale",
                    "unknown_locale",
                    f"The portal speaks {', '.join(self._locales)}.",
                    choices=tuple(self._locales),
                )
            )
        profile = await self._profiles.lock(account_id)
        if profile is None:
            raise ProfileNotFoundError
        version.require(profile.version)
        known = {"phone": profile.phone, "phone_extension": profile.phone_extension}
        if known.keys() & changes.keys():
            changes |= contact_phone(changes, known)
        if changed := differences(profile, changes):
            await self._change(profile, changed)
        return await self.get(account_id)

    async def follow_name(self, account_id: UUID, before: str, after: str) -> None:
        """Give the profile the account's new name, unless its owner has chosen another than the one before."""
        profile = await self._profiles.lock(account_id)
        if profile is not None and profile.company_name == before:
            await self._change(profile, {"company_name": after})

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
                locale=self._locales[0],
                updated_at=self._core.clock.now(),
                version=1,
            )
        )

    async def _change(self, profile: Profile, changed: dict[str, Any]) -> None:
        now = self._core.clock.now()
        await self._profiles.update(replace(profile, **changed, updated_at=now, version=profile.version + 1))
        account_id, fields = profile.account_id, sorted(changed)
        self._core.audit.record(account_id, "profile.updated", fields=fields)
        self._core.events.record(account_id, "profile.updated", account_id, fields=fields)


def _read(profile: ProfileDetail) -> ProfileRead:
    return ProfileRead(
        account_id=profile.account_id,
        company_name=profile.company_name,
        contact_name=profile.contact_name,
        phone=profile.phone,
        phone_extension=profile.phone_extension,
        email=profile.email,
        locale=profile.locale,
        currency=profile.currency,
        terms=TermsRead.model_validate(profile),
        updated_at=profile.updated_at,
        version=profile.version,
    )
