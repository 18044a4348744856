"""How money arrives: by the test verbs, by days that pass, or not at all when a bank returns a debit."""

from dataclasses import replace
from datetime import datetime, timedelta

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.processor.authorisation import settles
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.transactions import codes
from braintree_sandbox.resources.transactions.steps import moved, transaction_of
from braintree_sandbox.resources.transactions.view import view
from braintree_sandbox.state import ids
from braintree_sandbox.state.store import Work
from braintree_sandbox.validation.errors import invalid

routes = BraintreeRoutes()

CARD_BATCH = timedelta(days=1)
ACH_SETTLES = timedelta(days=3)
DISBURSED = timedelta(days=2)
_ON_ITS_WAY = frozenset({"submitted_for_settlement", "settling", "settlement_pending", "settlement_confirmed"})


def settle(transaction: Transaction, now: datetime) -> Transaction:
    """Settle, or decline for the test amounts of a decline at settlement."""
    if not settles(transaction.amount):
        return decline(transaction, now)
    by_card = transaction.instrument.kind == "credit_card"
    return replace(
        moved(transaction, "settled", now),
        settlement_batch_id=f"{now:%Y-%m-%d}_{transaction.merchant_account_id}",
        # Card networks number each cleared sale, with 23 digits.
        acquirer_reference_number=ids.digits(23) if by_card else None,
        processor_settlement_response_code="4000",
        processor_settlement_response_text="Confirmed",
    )


def decline(transaction: Transaction, now: datetime) -> Transaction:
    """Decline at settlement."""
    return replace(
        moved(transaction, "settlement_declined", now),
        processor_settlement_response_code="4001",
        processor_settlement_response_text="Settlement Declined",
    )


def return_debit(transaction: Transaction, code: str, now: datetime) -> Transaction:
    """Return a debit: before settlement it is declined, afterwards it stays settled and has a code."""
    returned = transaction if transaction.status == "settled" else decline(transaction, now)
    return replace(returned, ach_return_code=code, ach_returned_at=now, updated_at=now)


def can_settle(transaction: Transaction) -> bool:
    """Return whether the transaction can settle; of one that is settled in parts, only the parts can."""
    return transaction.status in _ON_ITS_WAY and not transaction.partial_settlement_ids


@routes.put("/transactions/{transaction_id}/settle")
def settle_now(call: Call) -> ApiResponse:
    """Settle, for tests."""
    return _step(call, settle(_on_its_way(call), call.now))


@routes.put("/transactions/{transaction_id}/settlement_confirm")
def confirm_now(call: Call) -> ApiResponse:
    """Confirm the settlement, for tests."""
    return _step(call, moved(_on_its_way(call), "settlement_confirmed", call.now))


@routes.put("/transactions/{transaction_id}/settlement_decline")
def decline_now(call: Call) -> ApiResponse:
    """Decline the settlement, for tests."""
    return _step(call, decline(_on_its_way(call), call.now))


@routes.put("/transactions/{transaction_id}/settlement_pending")
def pend_now(call: Call) -> ApiResponse:
    """Make the settlement pending, for tests."""
    pending = replace(
        moved(_on_its_way(call), "settlement_pending", call.now),
        processor_settlement_response_code="4002",
        processor_settlement_response_text="Settlement Pending",
    )
    return _step(call, pending)


def pass_time(work: Work, now: datetime) -> None:
    """Settle, pay out and expire transactions as the days go by."""
    for transaction in list(work.all(Transaction)):
        age = now - transaction.status_history[-1].at
        if transaction.partial_settlement_ids:
            continue
        if transaction.status == "authorized":
            expires = transaction.authorization_expires_at
            if expires is not None and now >= expires:
                work.put(moved(transaction, "authorization_expired", now))
        elif transaction.status == "settled" and transaction.type == "sale":
            if transaction.disbursed_at is None and age >= DISBURSED:
                work.put(replace(transaction, disbursed_at=now, updated_at=now))
        elif (transaction.status in {"submitted_for_settlement", "settling"} and age >= CARD_BATCH) or (
            transaction.status in {"settlement_pending", "settlement_confirmed"} and age >= ACH_SETTLES
        ):
            work.put(settle(transaction, now))


def _on_its_way(call: Call) -> Transaction:
    transaction = transaction_of(call)
    if not can_settle(transaction):
        raise invalid("transaction", "base", codes.CANNOT_SIMULATE_SETTLEMENT)
    return transaction


def _step(call: Call, transaction: Transaction) -> ApiResponse:
    return found("transaction", view(call.work.put(transaction)))
