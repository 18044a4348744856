"""The profile: how the vendor knows and reaches an account."""

from typing import Any
from uuid import UUID

from billing_api.accounts.schemas import TermsRead
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.errors import FieldError, InvalidInputError
from billing_api.jobs.periodic import Tick
from billing_api.jobs.tasks import JobRun
from billing_api.kit.changes import differences
from billing_api.kit.phone import contact_phone
from billing_api.kit.version import Version
from billing_api.profiles.changing import change_profile
from billing_api.profiles.email_changes import EmailChanges, NewEmail, account_of, fits
from billing_api.profiles.errors import EmailTokenError, NoPendingEmailError, ProfileNotFoundError
from billing_api.profiles.model import Profile, ProfileDetail
from billing_api.profiles.repository import ProfileRepository
from billing_api.profiles.schemas import EmailConfirmation, PendingEmailRead, ProfileRead, ProfileUpdate

_AT_ONCE = 1000


class Profiles:
    """One profile for each account; its currency and terms are the account's, and only read here."""

    def __init__(
        self, core: Core, profiles: ProfileRepository, email_changes: EmailChanges, locales: list[str]
    ) -> None:
        """Take the portal's locales, the one of new profiles first."""
        self.db = core.db
        self._core = core
        self._profiles = profiles
        self._email_changes = email_changes
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

    async def update(self, account_id: UUID, change: ProfileUpdate, version: Version) -> ProfileRead:
        """Change a profile; a change that changes nothing makes no new version.

        A new e-mail address waits until its mailbox confirms it; the present one in its place takes that back.
        Raise ProfileNotFoundError, StaleVersionError, InvalidInputError for an unknown locale or a wrong number,
        TooManyRequestsError for too many new addresses.
        """
        changes = change.model_dump(exclude_unset=True)
        if changes.get("locale") and changes["locale"] not in self._locales:
            raise InvalidInputError(
                FieldError("/locale", "unknown_locale", f"The portal speaks {', '.join(self._locales)}.")
            )
        email = changes.pop("email", None)
        if email is not None:
            before = await self.get(account_id)
            version.require(before.version)  # a stale request spends nothing
            if email != before.email:
                await self._email_changes.spend(account_id, email)
        return await self._update(account_id, changes, email, version)

    @in_transaction
    async def _update(
        self, account_id: UUID, changes: dict[str, Any], email: str | None, version: Version
    ) -> ProfileRead:
        profile = await self._lock(account_id)
        version.require(profile.version)
        known = {"phone": profile.phone, "phone_extension": profile.phone_extension}
        if known.keys() & changes.keys():
            changes |= contact_phone(changes, known)
        changed = differences(profile, changes)
        has_other_email = email is not None and await self._wait_for(profile, email)
        if changed or has_other_email:
            await self._change(profile, changed)
        return await self.get(account_id)

    async def _wait_for(self, profile: Profile, email: str) -> bool:
        """Let another address wait; return whether that changes the profile as it is read."""
        if email != profile.email:
            await self._email_changes.wait_for(profile, email)
            return True
        waiting = await self._profiles.find_email_change(profile.account_id)
        if waiting is not None:
            await self._email_changes.end(profile, waiting, confirmed=False)
        return waiting is not None

    @in_transaction
    async def take_back_email(self, account_id: UUID, version: Version) -> None:
        """Forget the address that waits to be confirmed.

        Raise ProfileNotFoundError, NoPendingEmailError, StaleVersionError.
        """
        profile = await self._lock(account_id)
        waiting = await self._profiles.find_email_change(account_id)
        if waiting is None:
            raise NoPendingEmailError
        version.require(profile.version)
        await self._email_changes.end(profile, waiting, confirmed=False)
        await self._change(profile, {})

    async def confirm_email(self, given: EmailConfirmation) -> None:
        """Make the address that waits that of the profile, by the token of its mail. Raise EmailTokenError."""
        token = given.token.get_secret_value()
        account_id = account_of(token)
        # Before the lock: anybody may send a token, and an account without an address that waits is not to be held up.
        if account_id is None or await self._profiles.find_email_change(account_id) is None:
            raise EmailTokenError
        await self._confirm_email(account_id, token)

    @in_transaction
    async def _confirm_email(self, account_id: UUID, token: str) -> None:
        profile = await self._lock(account_id)
        waiting = await self._profiles.find_email_change(account_id)
        if waiting is None or not fits(token, waiting) or self._email_changes.has_expired(waiting):
            raise EmailTokenError
        await self._email_changes.end(profile, waiting, confirmed=True)
        await self._change(profile, {"email": waiting.email})

    async def mail_confirmation(self, new: NewEmail, run: JobRun) -> None:
        """Mail the link that confirms a new address: a job."""
        await self._mail_confirmation(new, run)

    @in_transaction
    async def _mail_confirmation(self, new: NewEmail, run: JobRun) -> None:
        profile = await self._lock(new.account_id)
        waiting = await self._profiles.find_email_change(new.account_id)
        if waiting is not None and waiting.id == new.change_id:
            await self._email_changes.mail(profile, waiting)
        await run.finish()

    async def forget_expired_emails(self, tick: Tick) -> None:
        """Forget the addresses that were not confirmed in time: periodic work."""
        for account_id in await self._profiles.list_expired(tick.last, limit=_AT_ONCE):
            await self._forget_expired_email(account_id)

    @in_transaction
    async def _forget_expired_email(self, account_id: UUID) -> None:
        profile = await self._lock(account_id)
        waiting = await self._profiles.find_email_change(account_id)
        if waiting is not None and self._email_changes.has_expired(waiting):
            await self._email_changes.end(profile, waiting, confirmed=False)
            await self._change(profile, {})

    async def _lock(self, account_id: UUID) -> Profile:
        profile = await self._profiles.lock(account_id)
        if profile is None:
            raise ProfileNotFoundError
        return profile

    async def _change(self, profile: Profile, changed: dict[str, Any]) -> None:
        await change_profile(self._core, self._profiles, profile, changed)


def _read(profile: ProfileDetail) -> ProfileRead:
    return ProfileRead(
        account_id=profile.account_id,
        company_name=profile.company_name,
        contact_name=profile.contact_name,
        phone=profile.phone,
        phone_extension=profile.phone_extension,
        email=profile.email,
        pending_email=_pending(profile),
        locale=profile.locale,
        currency=profile.currency,
        terms=TermsRead.of(profile),
        updated_at=profile.updated_at,
        version=profile.version,
    )


def _pending(profile: ProfileDetail) -> PendingEmailRead | None:
    email, requested_at, expires_at = profile.pending_email, profile.pending_requested_at, profile.pending_expires_at
    if email is None or requested_at is None or expires_at is None:
        return None
    return PendingEmailRead(email=email, requested_at=requested_at, expires_at=expires_at)
