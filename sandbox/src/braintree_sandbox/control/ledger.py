"""The ledger of all transactions, to compare books with, and the bank's changes to one."""

from collections.abc import Callable

from pydantic import Field

from braintree_sandbox.control.call import (
    ControlCall,
    ControlError,
    ControlRoutes,
    Json,
    Sent,
    filters,
    find_record,
    read_body,
)
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.resources.transactions import settlement

routes = ControlRoutes()

_FILTERS = ("order_id", "customer_id", "status", "type")


class _Return(Sent):
    code: str = Field(pattern=r"^R[0-9]{2}$")


def _entry(merchant_id: str, transaction: Transaction) -> dict[str, object]:
    t = transaction
    return {
        "merchant_id": merchant_id,
        "id": t.id,
        "type": t.type,
        "status": t.status,
        "amount": t.amount,
        "currency": t.currency,
        "order_id": t.order_id,
        "customer_id": t.customer_id,
        "payment_method_token": t.instrument.token,
        "payment_instrument_type": t.instrument.kind,
        "merchant_account_id": t.merchant_account_id,
        "refunded_transaction_id": t.refunded_transaction_id,
        "ach_return_code": t.ach_return_code,
        "created_at": t.created_at,
        "status_history": [{"status": step.status, "at": step.at} for step in t.status_history],
    }


@routes.get("/transactions")
def list_all(call: ControlCall) -> Json:
    """Return every transaction, oldest first, filtered by merchant_id, order_id, customer_id, status and type."""
    wanted = filters(call, {name: name for name in _FILTERS})
    return {
        "transactions": [
            _entry(merchant_id, transaction)
            for merchant_id in call.merchant_ids
            for transaction in call.sandbox.work(merchant_id).all(Transaction)
            if wanted(transaction)
        ]
    }


@routes.post("/transactions/{transaction_id}/settle")
def settle(call: ControlCall) -> Json:
    """Settle this transaction."""
    now = call.sandbox.now()

    def step(transaction: Transaction) -> Transaction:
        if not settlement.can_settle(transaction):
            raise ControlError(409, f"A transaction that is {transaction.status} can't be settled.")
        return settlement.settle(transaction, now)

    return _change(call, step)


@routes.post("/transactions/{transaction_id}/return")
def give_back(call: ControlCall) -> Json:
    """Have the bank return a debit: `{"code": "R01"}`."""
    code = read_body(_Return, call).code
    now = call.sandbox.now()

    def step(transaction: Transaction) -> Transaction:
        settled = transaction.status == "settled" or settlement.can_settle(transaction)
        if transaction.instrument.kind != "us_bank_account" or not settled:
            raise ControlError(409, "Only a debit of a bank account that is on its way or settled can be returned.")
        return settlement.return_debit(transaction, code, now)

    return _change(call, step)


def _change(call: ControlCall, step: Callable[[Transaction], Transaction]) -> Json:
    work, transaction = find_record(call, Transaction, "transaction_id")
    changed = work.put(step(transaction))
    work.commit()
    return _entry(work.merchant_id, changed)
