"""The payments of any account, for the back office: checks, wires and cash are recorded and returned."""

from uuid import UUID

from billing_api.account_payments.schemas import PaymentReturn
from billing_api.accounts.digests import digest_of_request
from billing_api.core import Core
from billing_api.kit.idempotency import IdempotencyKey, Recorded, StoredResult
from billing_api.kit.pagination import Page
from billing_api.payments.offline import OfflinePayments
from billing_api.payments.offline_schemas import OfflinePaymentCreate
from billing_api.payments.reading import read_payment
from billing_api.payments.schemas import PaymentQuery, PaymentRead, PaymentSummaryRead
from billing_api.payments.service import Payments
from billing_api.payments.unapplied import UnappliedMoney


class AccountPayments:
    """Read, record and return the payments of an account, which the request names."""

    def __init__(self, core: Core, payments: Payments, offline: OfflinePayments, unapplied: UnappliedMoney) -> None:
        self._core = core
        self._payments = payments
        self._offline = offline
        self._unapplied = unapplied

    async def list(self, account_id: UUID, query: PaymentQuery) -> Page[PaymentSummaryRead]:
        """Return one page, newest first. Raise AccountNotFoundError, BadCursorError."""
        await self._core.accounts.get(account_id)
        return await self._payments.list(account_id, query)

    async def get(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        """Return one payment. Raise AccountNotFoundError, PaymentNotFoundError."""
        await self._core.accounts.get(account_id)
        return await self._payments.get(account_id, payment_id)

    async def record(
        self, account_id: UUID, new: OfflinePaymentCreate, key: IdempotencyKey | None
    ) -> Recorded[PaymentRead]:
        """Record money that has come, or return the payment that the same request has recorded before.

        Raise AccountNotFoundError, ExternalIdTakenError, OtherCurrencyError, InvoiceNotFoundError, DateInFutureError,
        BooksClosedError.
        """
        digest = digest_of_request(new)

        async def work() -> Recorded[PaymentRead]:
            account = await self._core.accounts.lock(account_id)
            known = await self._core.accounts.find_repeat(account, "payment", new.external_id, digest)
            if known is not None:
                return Recorded(await self._payments.get(account_id, known), is_new=False)
            (received,) = await self._offline.record_all(account, [new], {new.external_id: digest})
            return Recorded(await self._payments.get(account_id, received.id), is_new=True)

        await self._core.accounts.get(account_id)  # a key belongs to an account
        return await self._core.keys.record_once(account_id, key, work)

    async def record_return(
        self, account_id: UUID, payment_id: UUID, wanted: PaymentReturn, key: IdempotencyKey | None
    ) -> PaymentRead:
        """Undo an offline payment, such as a check that bounced.

        Raise AccountNotFoundError, PaymentNotFoundError, PaymentNotOfflineError, PaymentNotSucceededError,
        DateInFutureError, BooksClosedError.
        """

        async def work() -> PaymentRead:
            account = await self._core.accounts.lock(account_id)
            returned = await self._unapplied.record_return(
                account, payment_id, reason=wanted.reason, returned_on=wanted.returned_on
            )
            return read_payment(returned)

        await self._core.accounts.get(account_id)  # a key belongs to an account
        return await self._core.keys.once(account_id, key, work, stored=StoredResult.done)
