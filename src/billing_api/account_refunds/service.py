"""The refunds of any account's payments, for the back office."""

from uuid import UUID

from billing_api.core import Core
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.pagination import Page
from billing_api.refunds.schemas import RefundCreate, RefundQuery, RefundRead
from billing_api.refunds.service import Refunds


class AccountRefunds:
    """Read and make the refunds of an account, which the request names."""

    def __init__(self, core: Core, refunds: Refunds) -> None:
        self._core = core
        self._refunds = refunds

    async def list(self, account_id: UUID, payment_id: UUID, query: RefundQuery) -> Page[RefundRead]:
        """Return one page, newest first. Raise AccountNotFoundError, PaymentNotFoundError, BadCursorError."""
        await self._core.accounts.get(account_id)
        return await self._refunds.list(account_id, payment_id, query)

    async def get(self, account_id: UUID, payment_id: UUID, refund_id: UUID) -> RefundRead:
        """Return one refund. Raise AccountNotFoundError, RefundNotFoundError."""
        await self._core.accounts.get(account_id)
        return await self._refunds.get(account_id, payment_id, refund_id)

    async def create(self, account_id: UUID, payment_id: UUID, wanted: RefundCreate, key: IdempotencyKey) -> RefundRead:
        """Give money of a payment back. Raise AccountNotFoundError, and the errors of `Refunds.refund`."""
        await self._core.accounts.get(account_id)  # a key belongs to an account
        return await self._refunds.refund(account_id, payment_id, wanted, key)
