"""The bank's side of disputes: opening and deciding."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field

from braintree_sandbox.control.call import (
    ControlCall,
    ControlError,
    ControlRoutes,
    Json,
    Sent,
    among,
    find_record,
    read_body,
)
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.disputes import life
from braintree_sandbox.resources.disputes.life import KINDS, REASONS, Complaint, Disputed
from braintree_sandbox.validation.params import amount

routes = ControlRoutes()

_UNDECIDED = frozenset({"open", "disputed", "under_review"})
# A bank's decisions: the status that each leads to, and those that it may come from.
_DECISIONS = {
    "win": ("won", _UNDECIDED),
    "lose": ("lost", _UNDECIDED),
    "review": ("under_review", frozenset({"disputed"})),
    "expire": ("expired", frozenset({"open"})),
    "auto-accept": ("auto_accepted", frozenset({"open"})),
}


class _Complaint(Sent):
    kind: Annotated[str, among(KINDS)] = "chargeback"
    reason: Annotated[str, among(REASONS)] = "fraud"
    amount: str | int | float | None = None
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")] | None = None
    reply_by_date: date | None = None
    pre_dispute_program: Literal["none", "visa_rdr"] = "none"
    protection: Literal["effortless", "standard"] | None = None


def _shown(merchant_id: str, disputed: Disputed) -> dict[str, object]:
    dispute = disputed.dispute
    return {
        "id": dispute.id,
        "merchant_id": merchant_id,
        "transaction_id": disputed.transaction.id,
        "status": dispute.status,
        "kind": dispute.kind,
        "reason": dispute.reason,
        "amount": dispute.amount,
        "amount_won": dispute.amount_won,
        "reply_by_date": dispute.reply_by_date.isoformat(),
        "evidence": [{"comment": one.comment, "url": one.url, "category": one.category} for one in dispute.evidence],
        "status_history": [{"status": event.status, "at": event.at} for event in dispute.status_history],
    }


@routes.post("/transactions/{transaction_id}/dispute")
def open_dispute(call: ControlCall) -> Json:
    """Open a dispute: kind, reason, amount, currency, reply_by_date; also pre_dispute_program and protection."""
    work, transaction = find_record(call, Transaction, "transaction_id")
    if transaction.refused:
        raise ControlError(409, f"A transaction that is {transaction.status} can't be disputed.")
    complaint = _complaint(call, transaction)
    disputed = life.keep(work, life.opened(transaction, complaint, call.sandbox.now()))
    work.commit()
    return _shown(work.merchant_id, disputed)


@routes.get("/disputes")
def list_all(call: ControlCall) -> Json:
    """Return every dispute of all merchants, or of `?merchant_id=`."""
    return {
        "disputes": [
            _shown(merchant_id, disputed)
            for merchant_id in call.merchant_ids
            for disputed in life.all_of(call.sandbox.work(merchant_id))
        ]
    }


@routes.post("/disputes/{dispute_id}/{decision}")
def decide(call: ControlCall) -> Json:
    """Decide a dispute: win, lose, review, expire or auto-accept, from the merchant's point of view."""
    wanted, decision = call.path["dispute_id"], call.path["decision"]
    if decision not in _DECISIONS:
        raise ControlError(404, f"A bank may {', '.join(_DECISIONS)}.")
    status, allowed = _DECISIONS[decision]
    for merchant_id in call.merchant_ids:
        work = call.sandbox.work(merchant_id)
        disputed = life.find(work, wanted)
        if disputed is not None:
            if disputed.dispute.status not in allowed:
                raise ControlError(409, f"A dispute that is {disputed.dispute.status} can't become {status}.")
            moved = life.moved(disputed.dispute, status, call.sandbox.now())
            changed = life.keep(work, disputed.with_dispute(moved))
            work.commit()
            return _shown(merchant_id, changed)
    raise ControlError(404, f"There is no dispute {wanted}.")


def _complaint(call: ControlCall, transaction: Transaction) -> Complaint:
    sent = read_body(_Complaint, call)
    return Complaint(
        kind=sent.kind,
        reason=sent.reason,
        amount=_amount(sent, transaction),
        reply_by=sent.reply_by_date,
        pre_dispute_program=sent.pre_dispute_program,
        protection=sent.protection,
        currency=sent.currency,
    )


def _amount(sent: _Complaint, transaction: Transaction) -> Decimal | None:
    if sent.amount is None:
        return None
    wanted = amount(str(sent.amount))
    is_other = sent.currency not in {None, transaction.currency}  # what is at most disputed is not known then
    if wanted is None or wanted <= 0 or (wanted > transaction.amount and not is_other):
        raise ControlError(400, f"amount is more than zero and at most {transaction.amount}.")
    return wanted
