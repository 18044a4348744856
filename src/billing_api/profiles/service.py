"""The profile: how the vendor knows and reaches an account."""

from uuid import UUID

from billing_api.accounts.schemas import Terms, TermsRead
from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database, in_transaction
from billing_api.errors import FieldError, InvalidInputError
from billing_api.events.service import Outbox
from billing_api.kit.changes import differences
from billing_api.kit.clock import Clock
from billing_api.kit.phone import contact_phone
from billing_api.kit.version import Version
from billing_api.profiles.errors import ProfileNotFoundError
from billing_api.profiles.model import Profile
from billing_api.profiles.repository import ProfileRepository, ProfileRow
from billing_api.profiles.schemas import ProfileRead, ProfileUpdate


class Profiles:
    """One profile for each account; currency and terms are the account's and can only be read here."""

    def __init__(
        self,
        db: Database,
        profiles: ProfileRepository,
        accounts: Accounts,
        audit: AuditLog,
        outbox: Outbox,
        clock: Clock,
        locales: list[str],
    ) -> None:
        self.db = db
        self._profiles = profiles
        self._accounts = accounts
        self._audit = audit
        self._outbox = outbox
        self._clock = clock
        self._locales = locales

    async def get(self, account_id: UUID) -> ProfileRead:
        """Raises ProfileNotFoundError."""
        row = await self._profiles.find(account_id)
        if row is None:
            raise ProfileNotFoundError
        account = await self._accounts.get(account_id)
        return _read(row, account.currency, account.terms)

    @in_transaction
    async def update(self, account_id: UUID, change: ProfileUpdate, version: Version) -> ProfileRead:
        """Change what differs; nothing else is a new version. Raise ProfileNotFoundError, StaleVersionError.

        Raise InvalidInputError for a locale that the portal has not, or a number that is none.
        """
        changed = change.model_dump(exclude_unset=True)
        if changed.get("locale") and changed["locale"] not in self._locales:
            raise InvalidInputError(
                FieldError("/locale", "unknown_locale", f"The portal speaks {', '.join(self._locales)}.")
            )
        profile = await self._profiles.find_for_update(account_id)
        if profile is None:
            raise ProfileNotFoundError
        version.require(profile.version)
        known = {"phone": profile.phone, "phone_extension": profile.phone_extension}
        if known.keys() & changed.keys():
            changed |= contact_phone(changed, known)
        if changed := differences(profile, changed):
            for name, value in changed.items():
                setattr(profile, name, value)
            profile.version += 1
            profile.updated_at = self._clock.now()
            await self._audit.record_in(account_id, "profile.updated", fields=sorted(changed))
            await self._outbox.record_in(account_id, "profile.updated", account_id, fields=sorted(changed))
        account = await self._accounts.get_in(account_id)
        return _read(profile, account.currency, account.terms)

    async def follow_name_in(self, account_id: UUID, before: str, after: str) -> None:
        """Give the profile the account's new name, unless its owner has chosen another than the one before."""
        profile = await self._profiles.find_for_update(account_id)
        if profile is None or profile.company_name != before:
            return
        profile.company_name = after
        profile.version += 1
        profile.updated_at = self._clock.now()
        await self._audit.record_in(account_id, "profile.updated", fields=["company_name"])
        await self._outbox.record_in(account_id, "profile.updated", account_id, fields=["company_name"])

    async def create_in(self, account_id: UUID, company_name: str, *, email: str | None = None) -> None:
        """Make the profile of a new account."""
        await self._profiles.add(
            Profile(
                account_id=account_id,
                company_name=company_name,
                contact_name=None,
                phone=None,
                phone_extension=None,
                email=email,
                locale=self._locales[0],
                updated_at=self._clock.now(),
                version=1,
            )
        )


def _read(profile: Profile | ProfileRow, currency: str, terms: Terms) -> ProfileRead:
    return ProfileRead(
        account_id=profile.account_id,
        company_name=profile.company_name,
        contact_name=profile.contact_name,
        phone=profile.phone,
        phone_extension=profile.phone_extension,
        email=profile.email,
        locale=profile.locale,
        currency=currency,
        terms=TermsRead.model_validate(terms),
        updated_at=profile.updated_at,
        version=profile.version,
    )
