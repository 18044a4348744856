"""Forgotten passwords: a link is mailed to the user's address."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from limits import parse

from billing_api.auth.allowances import Allowance, network_of
from billing_api.auth.keys import KeyRing
from billing_api.auth.quotas import Quotas
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.deliveries.service import Deliveries, Order
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun, Priority, Task
from billing_api.kit.context import acting
from billing_api.password_resets.service import TOKEN_PREFIX, PasswordResets
from billing_api.profiles.service import Profiles
from billing_api.users.service import Users

KIND = "password_reset"


@dataclass(frozen=True, slots=True)
class ForgottenPassword:
    """The user whose address was given, if any, and the address's digest: a user may have several."""

    user_id: UUID | None
    address_digest: str


MAIL_LINK = Task("password_resets.mail_link", ForgottenPassword, attempts=5, priority=Priority.URGENT)


@dataclass(frozen=True, slots=True)
class ResetTerms:
    """How long a link is valid, and the numbers of requests in the notation of the `limits` library: `5 per hour`."""

    lifetime: timedelta
    per_address: str
    per_ip: str

    def allowances(self, address_digest: str) -> tuple[Allowance, Allowance]:
        """Return those of the present request, whether its address is known or not."""
        return (
            Allowance("password-resets-network", parse(self.per_ip), network_of(acting().ip)),
            Allowance("password-resets-address", parse(self.per_address), address_digest),
        )


class ForgottenPasswords:
    """Requests of strangers, who are told nothing; the worker looks at them and mails the link."""

    def __init__(
        self,
        core: Core,
        resets: PasswordResets,
        users: Users,
        profiles: Profiles,
        *,
        jobs: Jobs,
        deliveries: Deliveries,
        quotas: Quotas,
        terms: ResetTerms,
        keys: KeyRing,
    ) -> None:
        self.db = core.db
        self.lifetime = terms.lifetime
        self._resets = resets
        self._users = users
        self._profiles = profiles
        self._jobs = jobs
        self._deliveries = deliveries
        self._quotas = quotas
        self._terms = terms
        self._keys = keys

    async def request(self, email: str) -> None:
        """Note a request; a known and an unknown address cost the same. Raise TooManyRequestsError."""
        digest = sha256(email.encode()).hexdigest()
        await self._quotas.spend(*self._terms.allowances(digest), email_digest=digest)
        found = await self._users.find_credentials(email)
        await self._enqueue(ForgottenPassword(found.user_id if found is not None else None, digest))

    @in_transaction
    async def _enqueue(self, forgotten: ForgottenPassword) -> None:
        await self._jobs.enqueue(MAIL_LINK, forgotten)

    async def mail_link(self, forgotten: ForgottenPassword, run: JobRun) -> None:
        """Make a link for the user of a request, and queue its mail: a job."""
        if forgotten.user_id is not None:
            await self._mail_link(forgotten.user_id, forgotten.address_digest, run)

    @in_transaction
    async def _mail_link(self, user_id: UUID, digest: str, run: JobRun) -> None:
        user, account_id = await self._users.lock(user_id), await self._users.find_last_entered(user_id)
        addresses = await self._users.list_emails(user_id)
        recipient = next((one for one in addresses if sha256(one.encode()).hexdigest() == digest), None)
        if user is not None and not user.is_disabled and account_id is not None and recipient is not None:
            await self._resets.add(user, self.token_of(run.id), self.lifetime, "mail")
            order = Order(
                kind=KIND,
                source_id=run.id,
                recipient=recipient,
                locale=await self._profiles.locale_of(account_id),
                user_id=user_id,
                facts={"request_id": str(run.id)},
                urgent=True,
            )
            await self._deliveries.queue(account_id, order)
        await run.finish()

    def token_of(self, request_id: UUID) -> str:
        """Return the token of a request: no row holds it, and a mail that is tried again holds the same one."""
        digest = hmac.digest(self._keys.derive("password resets"), request_id.bytes, sha256)
        return f"{TOKEN_PREFIX}{urlsafe_b64encode(digest).rstrip(b'=').decode()}"

    async def is_valid(self, token: str) -> bool:
        """Return whether the token can still be used."""
        return await self._resets.is_valid(token)
