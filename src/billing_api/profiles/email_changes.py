"""A profile's new address: it counts once it is confirmed from its mailbox, and the old one is told."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NoBase64Error
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from limits import parse

from billing_api.auth.allowances import Allowance
from billing_api.auth.keys import KeyRing
from billing_api.auth.quotas import Quotas
from billing_api.core import Core
from billing_api.deliveries.service import Deliveries, Order
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import Priority, Task
from billing_api.kit.ids import new_id
from billing_api.profiles.model import EmailChange, Profile
from billing_api.profiles.repository import ProfileRepository

CONFIRM_KIND, REQUESTED_KIND, CHANGED_KIND = "email_confirmation", "email_change_requested", "email_changed"
_PREFIX = "ec_"  # for scanners that look for leaked secrets
_ID_BYTES = 16


@dataclass(frozen=True, slots=True)
class NewEmail:
    """The change whose confirmation is to be mailed."""

    account_id: UUID
    change_id: UUID


MAIL_CONFIRMATION = Task("profiles.mail_confirmation", NewEmail, attempts=5, priority=Priority.URGENT)


class EmailChanges:
    """The one new address of each account that waits; every change is a part of the profile's transaction."""

    def __init__(
        self,
        core: Core,
        profiles: ProfileRepository,
        *,
        deliveries: Deliveries,
        jobs: Jobs,
        quotas: Quotas,
        keys: KeyRing,
        lifetime: timedelta,
        limit: str,
    ) -> None:
        """Take the time in which an address can be confirmed, and the limit of mails in the notation of `limits`."""
        self._core = core
        self._profiles = profiles
        self._deliveries = deliveries
        self._jobs = jobs
        self._quotas = quotas
        self._keys = keys
        self.lifetime = lifetime
        self._limit = parse(limit)

    async def spend(self, account_id: UUID, email: str) -> None:
        """Count one mail of the account, and one to the address. Raise TooManyRequestsError."""
        await self._quotas.spend(
            Allowance("email-changes-account", self._limit, str(account_id)),
            Allowance("email-changes-address", self._limit, sha256(email.encode()).hexdigest()),
            account_id=account_id,
        )

    async def wait_for(self, profile: Profile, email: str) -> None:
        """Let a new address wait, in place of an earlier one, and have it and the old one written to."""
        now, account_id = self._core.clock.now(), profile.account_id
        change = EmailChange(account_id, new_id(), email, None, now, now + self.lifetime)
        await self._profiles.save_email_change(change)
        await self._jobs.enqueue(MAIL_CONFIRMATION, NewEmail(account_id, change.id), account_id=account_id)
        if profile.email is not None:
            await self._tell(profile, profile.email, REQUESTED_KIND, change)
        self._core.audit.record(account_id, "profile.email_change_requested", account_id)

    async def mail(self, profile: Profile, change: EmailChange) -> None:
        """Make the token of a change, and queue the mail that has it."""
        token = self.token_of(change.account_id, change.id)
        await self._profiles.update_email_change(replace(change, token_hash=_digest(token)))
        await self._tell(profile, change.email, CONFIRM_KIND, change)

    async def end(self, profile: Profile, change: EmailChange, *, confirmed: bool) -> None:
        """Remove a change that is confirmed, or is taken back."""
        await self._profiles.remove_email_change(change.account_id)
        action = "profile.email_change_confirmed" if confirmed else "profile.email_change_taken_back"
        self._core.audit.record(change.account_id, action, change.account_id)
        if confirmed and profile.email is not None:
            await self._tell(profile, profile.email, CHANGED_KIND, change)

    def has_expired(self, change: EmailChange) -> bool:
        """Return whether the change can't be confirmed any more."""
        return change.expires_at <= self._core.clock.now()

    def token_of(self, account_id: UUID, change_id: UUID) -> str:
        """Return the token of a change: no row holds it, and a mail that is tried again holds the same one."""
        secret = hmac.digest(self._keys.derive("e-mail changes"), change_id.bytes, sha256)
        return f"{_PREFIX}{urlsafe_b64encode(account_id.bytes + secret).decode()}"

    async def _tell(self, profile: Profile, recipient: str, kind: str, change: EmailChange) -> None:
        order = Order(
            kind=kind,
            source_id=change.id,
            recipient=recipient,
            locale=profile.locale,
            facts={"change_id": str(change.id), "company": profile.company_name, "email": change.email},
            urgent=True,
        )
        await self._deliveries.queue(profile.account_id, order)


def account_of(token: str) -> UUID | None:
    """Return the account that a token names, or None for a text that is no token."""
    try:
        return UUID(bytes=urlsafe_b64decode(token.removeprefix(_PREFIX).encode())[:_ID_BYTES])
    except (NoBase64Error, ValueError):
        return None


def fits(token: str, change: EmailChange) -> bool:
    """Return whether the token is that of the change."""
    return change.token_hash is not None and hmac.compare_digest(_digest(token), change.token_hash)


def _digest(token: str) -> bytes:
    """Return the digest of a token; 256 random bits need no slow hash."""
    return sha256(token.encode(errors="replace")).digest()
