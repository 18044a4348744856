"""Transaction one: check, write and reserve a refund before the gateway is called."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.credits.service import CreditMemos
from billing_api.db.database import in_transaction
from billing_api.deposits.service import Deposits
from billing_api.kit.idempotency import IdempotencyKey, IdempotentReplay
from billing_api.kit.metrics import REFUND_OUTCOMES
from billing_api.payments.errors import CreditNotFoundError
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.states import PaymentState
from billing_api.payments.values import Refundable
from billing_api.refunds.checking import FIRST_CHECK
from billing_api.refunds.choosing import RefundParts, Room, choose, subtract
from billing_api.refunds.errors import PaymentNotRefundableError
from billing_api.refunds.model import RefundDetail
from billing_api.refunds.money import RefundedMoney
from billing_api.refunds.reading import event_payload, read_refund, result_of
from billing_api.refunds.repository import RefundRepository
from billing_api.refunds.schemas import RefundCreate, RefundCreditMemo
from billing_api.refunds.states import RefundState, RefundWay

_THROUGH_THE_GATEWAY = {"card", "us_bank_account"}
_REFUNDABLE = {PaymentState.SUCCEEDED, PaymentState.PROCESSING}


@dataclass(frozen=True, slots=True)
class _Memo:
    """The credit memo that is paid out, or none."""

    id: UUID | None = None
    available: int = 0


class RefundSubmitter:
    """Writes the intent to refund, so that the outcome can be found out, whatever happens afterwards."""

    def __init__(
        self,
        core: Core,
        refunds: RefundRepository,
        payments: RefundablePayments,
        money: RefundedMoney,
        deposits: Deposits,
        memos: CreditMemos,
    ) -> None:
        self.db = core.db
        self._core = core
        self._refunds = refunds
        self._payments = payments
        self._money = money
        self._deposits = deposits
        self._memos = memos

    @in_transaction
    async def submit(
        self, account_id: UUID, payment_id: UUID, refund_id: UUID, wanted: RefundCreate, key: IdempotencyKey
    ) -> RefundDetail:
        """Claim the key, check, write and reserve; a refund of an offline payment is posted at once.

        Raise IdempotentReplay, RequestInFlightError, IdempotencyKeyReusedError, PaymentNotFoundError,
        PaymentNotRefundableError, NothingRefundableError, RefundExceededError, InvoiceNotRefundableError,
        CreditNotFoundError.
        """
        earlier_id = await self._core.keys.claim(account_id, key, refund_id)
        if earlier_id is not None:  # the refund of an earlier request, which has no stored result
            raise IdempotentReplay(result_of(read_refund(await self._refunds.get(account_id, earlier_id))))
        account = await self._core.accounts.lock(account_id)
        payment = await self._payments.get(account, payment_id)
        has_charge = payment.kind in _THROUGH_THE_GATEWAY and payment.transaction_id is not None
        if payment.state not in _REFUNDABLE or not payment.amount:
            raise PaymentNotRefundableError(payment.state)
        memo = await self._memo(account, wanted, payment.currency)
        parts = choose(wanted.refund, await self._room(account, payment, memo))
        refund = self._draft(account, payment, refund_id, wanted, parts, memo, has_charge=has_charge)
        self._refunds.add(refund)
        self._money.reserve(account, refund)
        self._core.audit.record(
            account_id,
            "refund.submitted",
            refund_id,
            payment_id=str(payment_id),
            currency=refund.currency,
            amount=refund.amount,
        )
        if has_charge:
            return refund
        # The reserved amounts are read again when they are taken.
        await self._core.db.write_appended()
        return await self._settle(account, refund)

    async def _memo(self, account: LockedAccount, wanted: RefundCreate, currency: str) -> _Memo:
        if not isinstance(wanted.refund, RefundCreditMemo):
            return _Memo()
        memo = await self._memos.lock(account, wanted.refund.credit_memo_id)
        if memo.currency != currency:
            raise CreditNotFoundError(memo.id)
        return _Memo(memo.id, memo.available)

    async def _room(self, account: LockedAccount, payment: Refundable, memo: _Memo) -> Room:
        """Return what can still be refunded from each place: refunds under way have taken the rest."""
        live = await self._refunds.list_live(account, payment.id)
        if payment.deposit_id is not None:
            deposit = (await self._deposits.lock(account, payment.deposit_id)).available
            deposit -= sum(one.deposit_amount - one.deposit_reserved for one in live)
        else:
            deposit = payment.overpaid if payment.state is PaymentState.PROCESSING else 0
            deposit -= sum(one.deposit_amount for one in live)
        return Room(
            left=payment.left,
            invoices=subtract(payment.invoices, (part for one in live for part in one.invoices)),
            unapplied=max(0, payment.unapplied - sum(one.unapplied for one in live)),
            deposit=max(0, deposit),
            credit_memo=memo.available,
        )

    def _draft(
        self,
        account: LockedAccount,
        payment: Refundable,
        refund_id: UUID,
        wanted: RefundCreate,
        parts: RefundParts,
        memo: _Memo,
        *,
        has_charge: bool,
    ) -> RefundDetail:
        now = self._core.clock.now()
        return RefundDetail(
            account_id=account.id,
            id=refund_id,
            payment_id=payment.id,
            payment_number=payment.number,
            state=RefundState.SUBMITTING,
            method=RefundWay.REFUND if has_charge else RefundWay.OFFLINE,
            currency=payment.currency,
            amount=parts.amount,
            unapplied=parts.unapplied,
            deposit_id=payment.deposit_id if parts.deposit else None,
            deposit_amount=parts.deposit,
            deposit_reserved=parts.deposit,
            credit_memo_id=memo.id,
            credit_memo_amount=parts.credit_memo,
            credit_memo_reserved=parts.credit_memo,
            is_whole=has_charge and parts.amount == payment.amount and not parts.credit_memo,
            reason=wanted.reason,
            charge_id=payment.transaction_id if has_charge else None,
            transaction_id=None,
            decline_code=None,
            decline_text=None,
            decline_is_soft=None,
            refunded_on=None,
            sent_at=now,
            next_check_at=now + FIRST_CHECK if has_charge else None,
            absent_since=None,
            created_at=now,
            updated_at=now,
            repayment_id=None,
            invoices=parts.invoices,
        )

    async def _settle(self, account: LockedAccount, refund: RefundDetail) -> RefundDetail:
        """Post the refund of an offline payment, and store its result."""
        settled = await self._money.settle(account, refund)
        settled = settled.moved(RefundState.SUCCEEDED, self._core.clock.now())
        self._refunds.update(settled)
        self._core.db.after_commit(REFUND_OUTCOMES.labels(settled.state).inc)
        self._core.audit.record(account.id, "refund.succeeded", refund.id, amount=refund.amount)
        self._core.events.record(account.id, "refund.succeeded", refund.id, **event_payload(settled))
        self._core.keys.finish_subject(account.id, refund.id, result_of(read_refund(settled)))
        return settled
