"""Forgotten passwords: a link by mail, for whoever reads the mailbox of the address."""

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from limits import parse

from billing_api.auth.allowances import Allowance, TooManyRequestsError, network_of
from billing_api.auth.failures import Failures
from billing_api.auth.security_log import SecurityLog
from billing_api.auth.tokens import KeyRing
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.deliveries.service import Deliveries, Order
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import JobRun, Task
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


MAIL_LINK = Task("password_resets.mail_link", ForgottenPassword, attempts=5, urgent=True)


class RequestLimits:
    """Counts requests by address and by network, over all processes, whether the address is known or not."""

    def __init__(self, failures: Failures, log: SecurityLog, *, per_address: str, per_ip: str) -> None:
        """Take the limits in the notation of the `limits` library, such as `5 per hour`."""
        self._failures = failures
        self._log = log
        self._per_address = parse(per_address)
        self._per_ip = parse(per_ip)

    async def spend(self, digest: str) -> None:
        """Count one request. Raise TooManyRequestsError, which is recorded."""
        network = Allowance("password-resets-network", self._per_ip, network_of(acting().ip))
        address = Allowance("password-resets-address", self._per_address, digest)
        async with self._failures.turn(network):
            try:
                await self._failures.require(network, address, refusal=TooManyRequestsError)
            except TooManyRequestsError as refusal:
                await self._log.record_refusal(refusal, email_digest=digest)
                raise
            await self._failures.count(network, address)


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
        limits: RequestLimits,
        keys: KeyRing,
        lifetime: timedelta,
    ) -> None:
        """Take the time for which a link is valid."""
        self.db = core.db
        self.lifetime = lifetime
        self._resets = resets
        self._users = users
        self._profiles = profiles
        self._jobs = jobs
        self._deliveries = deliveries
        self._limits = limits
        self._keys = keys

    async def request(self, email: str) -> None:
        """Note a request; a known and an unknown address cost the same. Raise TooManyRequestsError."""
        digest = sha256(email.encode()).hexdigest()
        await self._limits.spend(digest)
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
            await self._resets.add(user, self.token_of(run.id), self.lifetime)
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
