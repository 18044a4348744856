"""The life of a dispute: opened by a bank, then accepted or fought, in the end won, lost or expired."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from braintree_sandbox.records.disputes import Dispute, DisputeEvent, DisputePlace
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources import known_transactions
from braintree_sandbox.resources.disputes.view import view
from braintree_sandbox.state import ids
from braintree_sandbox.state.store import Work
from braintree_sandbox.webhooks.notification import Notification
from braintree_sandbox.webhooks.outbox import Watch

REPLY_WITHIN = timedelta(days=10)
DISPUTED_CARD = "4023898493988028"
"""The test number whose sales are disputed as soon as they are made."""

KINDS = ("chargeback", "pre_arbitration", "retrieval")
# Reason: the code of the card networks and their words for it.
REASONS = {
    "cancelled_recurring_transaction": ("41", "Cancelled Recurring Transaction"),
    "credit_not_processed": ("85", "Credit Not Processed"),
    "duplicate": ("82", "Duplicate Processing"),
    "fraud": ("83", "Fraudulent Processing of Transaction"),
    "general": ("53", "General"),
    "invalid_account": ("77", "Invalid Account"),
    "not_recognized": ("75", "Cardholder Does Not Recognize Transaction"),
    "product_not_received": ("30", "Services Not Provided or Merchandise Not Received"),
    "product_unsatisfactory": ("53", "Not as Described or Defective Merchandise"),
    "retrieval": ("28", "Request for Copy"),
    "transaction_amount_differs": ("80", "Incorrect Transaction Amount"),
}


@dataclass(frozen=True, slots=True)
class Disputed:
    """A dispute and the transaction that it is part of."""

    transaction: Transaction
    dispute: Dispute

    @property
    def key(self) -> str:
        """The dispute's id."""
        return self.dispute.id

    def with_dispute(self, dispute: Dispute) -> "Disputed":
        """Return the same with the dispute changed."""
        others = self.transaction.disputes
        changed = tuple(dispute if other.id == dispute.id else other for other in others)
        return Disputed(replace(self.transaction, disputes=changed), dispute)


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """The facts of a new dispute."""

    kind: str = "chargeback"
    reason: str = "fraud"
    # All of the transaction by default.
    amount: Decimal | None = None
    reply_by: date | None = None
    pre_dispute_program: str = "none"
    protection: str | None = None
    # That of the transaction by default.
    currency: str | None = None


def opened(transaction: Transaction, complaint: Complaint, now: datetime) -> Disputed:
    """Return the transaction with one more dispute; nothing is stored."""
    code, description = REASONS[complaint.reason]
    today = now.date()
    dispute = Dispute(
        id=ids.long_id(),
        status="open",
        kind=complaint.kind,
        reason=complaint.reason,
        reason_code=code,
        reason_description=description,
        amount=transaction.amount if complaint.amount is None else complaint.amount,
        created_at=now,
        updated_at=now,
        received_date=today,
        reply_by_date=complaint.reply_by or today + REPLY_WITHIN,
        case_number=f"CASE-{ids.digits(6)}",
        reference_number=f"REF-{ids.digits(6)}",
        status_history=(_event("open", now),),
        pre_dispute_program=complaint.pre_dispute_program,
        protection=complaint.protection,
        currency=complaint.currency,
    )
    return Disputed(replace(transaction, disputes=(*transaction.disputes, dispute)), dispute)


def dispute_if_asked(work: Work, transaction: Transaction, now: datetime) -> Transaction:
    """Return the sale, with a dispute if it was approved and paid with the test number for that."""
    is_disputed = transaction.type == "sale" and transaction.instrument.number == DISPUTED_CARD
    if not is_disputed or transaction.refused:
        return transaction
    return keep(work, opened(transaction, Complaint(), now)).transaction


def moved(dispute: Dispute, status: str, now: datetime) -> Dispute:
    """Return the dispute in a new status, with the step in its history."""
    history = (*dispute.status_history, _event(status, now))
    dispute = replace(dispute, status=status, updated_at=now, status_history=history)
    return replace(dispute, amount_won=dispute.amount, date_won=now.date()) if status == "won" else dispute


def keep(work: Work, disputed: Disputed) -> Disputed:
    """Store the transaction with its dispute."""
    work.put(disputed.transaction)
    if known_transactions.of_dispute(work.merchant_id, disputed.dispute.id) is None:
        work.put(DisputePlace(dispute_id=disputed.dispute.id, transaction_id=disputed.transaction.id))
    return disputed


def find(work: Work, dispute_id: str) -> Disputed | None:
    """Return the dispute of that id; the known ones are included."""
    known = known_transactions.of_dispute(work.merchant_id, dispute_id)
    if known is not None:
        return _in(work.get(Transaction, known.id) or known, dispute_id)
    place = work.get(DisputePlace, dispute_id)
    transaction = work.get(Transaction, place.transaction_id) if place else None
    return None if transaction is None else _in(transaction, dispute_id)


def all_of(work: Work) -> Iterator[Disputed]:
    """Return every dispute of a merchant, the known ones first, then in the order they were opened."""
    for known in known_transactions.all_of(work.merchant_id):
        for dispute in known.disputes:
            yield _in(work.get(Transaction, known.id) or known, dispute.id)
    yield from _opened(work)


def pass_time(work: Work, now: datetime) -> None:
    """Expire the disputes that had no reply in time."""
    for disputed in list(_opened(work)):
        if disputed.dispute.status == "open" and now.date() > disputed.dispute.reply_by_date:
            keep(work, disputed.with_dispute(moved(disputed.dispute, "expired", now)))


def _opened(work: Work) -> Iterator[Disputed]:
    for place in work.all(DisputePlace):
        transaction = work.get(Transaction, place.transaction_id)
        if transaction is not None:
            yield _in(transaction, place.dispute_id)


def _in(transaction: Transaction, dispute_id: str) -> Disputed:
    return Disputed(transaction, next(dispute for dispute in transaction.disputes if dispute.id == dispute_id))


def _event(status: str, now: datetime) -> DisputeEvent:
    # The money moves the day after.
    return DisputeEvent(
        status=status, at=now, effective_date=now.date(), disbursement_date=now.date() + timedelta(days=1)
    )


def _notifications(before: Transaction | None, after: Transaction) -> Iterator[Notification]:
    statuses = {dispute.id: dispute.status for dispute in before.disputes} if before else {}
    for dispute in after.disputes:
        if statuses.get(dispute.id) != dispute.status:
            kind = "dispute_opened" if dispute.status == "open" else f"dispute_{dispute.status}"
            yield Notification(kind, dispute.id, {"dispute": view(after, dispute)})


watch = Watch(Transaction, _notifications)
