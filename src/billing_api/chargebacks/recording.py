"""Disputes at the gateway: each is looked up, and recorded as a chargeback of its payment as it stands there."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.chargebacks.model import Chargeback, ChargebackDetail, TakenPart
from billing_api.chargebacks.money import ChargebackMoney, Taken
from billing_api.chargebacks.repository import ChargebackRepository
from billing_api.chargebacks.service import event_payload
from billing_api.chargebacks.stated import StatedDispute, in_payment_currency
from billing_api.chargebacks.states import ChargebackKind, ChargebackState
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.failures import GatewayUnavailableError
from billing_api.gateway.notices import Dispute, Notice
from billing_api.gateway.port import Gateway
from billing_api.kit.ids import new_id
from billing_api.kit.metrics import CHARGEBACKS
from billing_api.payments.noticing import NoticedTransactions
from billing_api.payments.refundable import RefundablePayments
from billing_api.payments.values import Refundable

log = structlog.get_logger(__name__)

COUNTER = "chargeback"


class RecordDisputes:
    """Records disputes in any order and however often: only what the gateway says now counts."""

    def __init__(
        self,
        core: Core,
        chargebacks: ChargebackRepository,
        payments: RefundablePayments,
        money: ChargebackMoney,
        transactions: NoticedTransactions,
        gateway: Gateway,
    ) -> None:
        self.db = core.db
        self._core = core
        self._chargebacks = chargebacks
        self._payments = payments
        self._money = money
        self._transactions = transactions
        self._gateway = gateway

    async def check(self, dispute_id: str, stated: StatedDispute | None = None) -> bool:
        """Look a dispute up and record it, and return whether it is about a payment of ours.

        `stated` has the amounts of one in another currency, by an operator. Raise GatewayError, StatedOtherwiseError.
        """
        looked_at = self._core.clock.now()
        dispute = await self._gateway.find_dispute(dispute_id)
        if not await self._transactions.check(dispute.transaction_id, dispute.order_id, None):
            return False
        order = await self._transactions.get_order(dispute.transaction_id, dispute.order_id)
        await self.record(order.account_id, order.payment_id, dispute, looked_at, stated=stated)
        return True

    async def list_news(self, notices: list[Notice]) -> list[Notice]:
        """Return the notices of disputes about our payments whose status is not recorded yet."""
        if not notices:
            return []
        named = {str(one.subject_id): one for one in notices}
        known = {one.dispute_id: one.gateway_status for one in await self._chargebacks.list_known(named)}
        news = [one for key, one in named.items() if known.get(key) != one.facts["status"]]
        ours = await self._transactions.list_ours([one.facts["transaction_id"] for one in news]) if news else set()
        return [one for one in news if one.facts["transaction_id"] in ours]

    @in_transaction
    async def record(
        self,
        account_id: UUID,
        payment_id: UUID,
        dispute: Dispute,
        looked_at: datetime | None = None,
        *,
        stated: StatedDispute | None = None,
    ) -> None:
        """Record a dispute as it stands: its money is taken, or put back, once.

        `looked_at` is when the look-up began. What another process has recorded meanwhile is newer: a decision is never
        taken back by an older look; with two different decisions, look the dispute up again.
        Raise GatewayUnavailableError for that, GatewayOutcomeUnknownError for a dispute in another currency whose
        amount in the payment's is not `stated`, StatedOtherwiseError for a statement that does not fit.
        """
        account = await self._core.accounts.lock(account_id)
        payment = await self._payments.get(account, payment_id)
        if payment.state.is_live:
            raise GatewayUnavailableError(f"payment {payment_id} is not final yet")
        before = await self._chargebacks.find_by_dispute(account, dispute.id)
        original, dispute = dispute, in_payment_currency(dispute, payment, before, stated)
        state = ChargebackState(dispute.status)
        is_same = before is not None and before.gateway_status == dispute.gateway_status
        if before is not None and not is_same:
            if not state.may_follow(before.state):
                log.warning("dispute_went_back", dispute_id=dispute.id, state=before.state, found=state)
                return
            if looked_at is not None and looked_at < before.updated_at:
                raise GatewayUnavailableError(f"dispute {dispute.id} has changed meanwhile")
        chargeback = before or await self._opened(account, payment, dispute, original)
        await self._audit(account, chargeback, original, stated)
        is_away = chargeback.taken > chargeback.won
        if self._takes_money(chargeback, state) and (is_away or not chargeback.taken or state.is_final):
            chargeback = await self._take(account, payment, chargeback, dispute, is_repeat=is_same)
        elif is_away and not is_same and state is ChargebackState.WON:
            won = min(chargeback.taken, dispute.amount_won or chargeback.taken)
            await self._money.put_back(account, payment, chargeback, won - chargeback.won)
            chargeback = replace(chargeback, won=won)
        if is_same and chargeback is before:
            return
        now = self._core.clock.now()
        changed = replace(
            chargeback,
            state=state,
            gateway_status=dispute.gateway_status,
            reply_by=dispute.reply_by,
            resolved_at=(chargeback.resolved_at or now) if state.is_final else None,
            updated_at=now,
            version=1 if before is None else before.version + 1,
        )
        await self._chargebacks.update(changed)
        self._report(account, changed, is_new=before is None, is_same=is_same)

    def _takes_money(self, chargeback: ChargebackDetail, state: ChargebackState) -> bool:
        return chargeback.kind.takes_money and state is not ChargebackState.WON

    async def _audit(
        self, account: LockedAccount, chargeback: Chargeback, original: Dispute, stated: StatedDispute | None
    ) -> None:
        if stated is None:
            return
        await self._core.audit.record_once(
            account.id,
            "chargeback.stated",
            chargeback.id,
            currency=stated.currency,
            amount=stated.amount,
            won=stated.won,
            gateway_currency=original.currency,
            gateway_amount=original.amount,
            reason=stated.reason,
        )

    async def _opened(
        self, account: LockedAccount, payment: Refundable, dispute: Dispute, original: Dispute
    ) -> ChargebackDetail:
        now, number = self._core.clock.now(), await self._core.accounts.next_number(account, COUNTER)
        chargeback = ChargebackDetail(
            account_id=account.id,
            id=new_id(),
            number=f"CB-{number:06d}",
            payment_id=payment.id,
            payment_number=payment.number,
            dispute_id=dispute.id,
            kind=ChargebackKind(dispute.kind),
            state=ChargebackState.OPEN,
            gateway_status="",
            reason=dispute.reason,
            currency=payment.currency,
            amount=dispute.amount,
            taken=0,
            won=0,
            opened_on=dispute.opened_on,
            reply_by=dispute.reply_by,
            case_number=dispute.case_number,
            resolved_at=None,
            created_at=now,
            updated_at=now,
            version=1,
            gateway_currency=original.currency if original.currency != payment.currency else None,
            gateway_amount=original.amount if original.currency != payment.currency else None,
            parts=(),
        )
        await self._chargebacks.add(chargeback)
        return chargeback

    async def _take(
        self,
        account: LockedAccount,
        payment: Refundable,
        chargeback: ChargebackDetail,
        dispute: Dispute,
        *,
        is_repeat: bool,
    ) -> ChargebackDetail:
        """Take what is not away yet, and return the chargeback; the dispute of a late charge takes nothing.

        So a part is taken that a refund had reserved or given back before, once that refund has failed; and money that
        had come back by a win and that the bank has taken again.
        """
        away = chargeback.taken - chargeback.won
        wanted, is_own = chargeback.amount - away, dispute.transaction_id == payment.transaction_id
        taken: Taken = await self._money.take(account, payment, wanted) if is_own else Taken()
        if taken.amount < wanted and not away and not is_repeat:
            # The bank has taken more than the payment has: a refund had given it back before. It is the vendor's loss.
            log.error("chargeback_exceeds_payment", chargeback_id=str(chargeback.id), taken=taken.amount)
            lacking = wanted - taken.amount
            self._core.audit.record(account.id, "chargeback.exceeds_payment", chargeback.id, lacking=lacking)
        if not taken.amount:
            return chargeback
        parts = _added(chargeback.parts, taken.parts) if away else taken.parts
        await self._chargebacks.replace_parts(chargeback, parts)
        again = min(chargeback.won, taken.amount)
        return replace(
            chargeback, taken=chargeback.taken + taken.amount - again, won=chargeback.won - again, parts=parts
        )

    def _report(self, account: LockedAccount, chargeback: ChargebackDetail, *, is_new: bool, is_same: bool) -> None:
        """Record the events: that it was opened, and its end, once; both when it had ended before it was seen."""
        facts = event_payload(chargeback)
        kinds = ["opened"] if is_new else []
        if chargeback.state.is_final and not is_same:
            kinds.append("won" if chargeback.state is ChargebackState.WON else "lost")
        elif not is_new:
            kinds.append("updated")
        for kind in kinds:
            self.db.after_commit(CHARGEBACKS.labels(kind).inc)
            self._core.audit.record(
                account.id, f"chargeback.{kind}", chargeback.id, number=chargeback.number, status=chargeback.state
            )
            self._core.events.record(account.id, f"chargeback.{kind}", chargeback.id, **facts)
        log.info("chargeback", chargeback_id=str(chargeback.id), state=chargeback.state, taken=chargeback.taken)


def _added(before: Iterable[TakenPart], more: Iterable[TakenPart]) -> tuple[TakenPart, ...]:
    """Return the parts that invoices have lost, each invoice once."""
    parts = {one.invoice_id: one for one in before}
    for one in more:
        old = parts.get(one.invoice_id) or replace(one, amount=0, discounted=0)
        parts[one.invoice_id] = replace(one, amount=old.amount + one.amount, discounted=old.discounted + one.discounted)
    return tuple(parts.values())
