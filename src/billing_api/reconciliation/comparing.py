"""Compare transactions of the gateway with our books: pure functions, without SQL and without the gateway."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from billing_api.gateway.charges import GatewayTransaction
from billing_api.gateway.notices import ListedDispute
from billing_api.kit.money import decimal_text
from billing_api.payments.states import PaymentState
from billing_api.reconciliation.values import (
    BookedCharge,
    BookedDispute,
    BookedRefund,
    Difference,
    DifferenceKind,
    KnownLateCharge,
)
from billing_api.refunds.states import RefundState

_HAS_MONEY = {PaymentState.SUCCEEDED, PaymentState.PROCESSING}
# The reconciler looks these up, and decides what they are.
_UNDECIDED = {PaymentState.SUBMITTING, PaymentState.UNKNOWN, PaymentState.CANCELLING}
_REFUNDED = {RefundState.SUCCEEDED, RefundState.PENDING}


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """Our side, as far as the transactions name it."""

    charges: Mapping[str, BookedCharge]  # by order id
    refunds: Mapping[str, BookedRefund]  # by order id, too
    late_charges: Sequence[KnownLateCharge] = ()
    kept: Collection[UUID] = ()  # of the late charges: those whose money is not given back


def has_money(charge: BookedCharge) -> bool:
    """Return whether the books have the money of a payment."""
    return charge.state in _HAS_MONEY


def has_refunded(refund: BookedRefund) -> bool:
    """Return whether the money of a refund has gone, or will in some days."""
    return refund.state in _REFUNDED


def compare(transactions: Collection[GatewayTransaction], books: Books) -> Iterator[Difference]:
    """Yield the differences of transactions from the books."""
    late = {one.transaction_id for one in books.late_charges}
    given_back = {str(one.id) for one in books.late_charges}
    own = {one.transaction_id for one in books.charges.values()} | late
    yield from (_of_late_charge(one) for one in books.late_charges if one.id in books.kept)
    for one in transactions:
        if not one.is_refund:
            yield from _of_sale(one, books.charges.get(one.order_id or ""), is_late=one.transaction_id in late)
        elif one.order_id not in given_back:
            yield from _of_refund(one, books.refunds.get(one.order_id or ""), is_own=one.refunded_id in own)


def compare_disputes(
    disputes: Collection[ListedDispute], charges: Mapping[str, BookedCharge], booked: Mapping[str, BookedDispute]
) -> Iterator[Difference]:
    """Yield the differences of disputes about our payments, by kind, status, amount and currency.

    `charges` has payments by their order ids, `booked` the chargebacks by the ids of their disputes.
    """
    for one in disputes:
        ours, charge = booked.get(one.id), charges.get(one.order_id or "")
        if ours is not None and _dispute_text(ours) != _dispute_text(one):
            yield _of_dispute(ours, theirs=_dispute_text(one), transaction_id=one.transaction_id)
        elif ours is None and charge is not None and charge.state not in _UNDECIDED:
            yield _of_charge(
                charge, DifferenceKind.DISPUTE, None, _dispute_text(one), transaction_id=one.transaction_id
            )


def missing_dispute(dispute: BookedDispute) -> Difference:
    """Return the difference of a chargeback whose dispute the gateway does not have."""
    return _of_dispute(dispute, theirs=None)


def missing_charge(charge: BookedCharge) -> Difference:
    """Return the difference of a payment whose charge the gateway does not have."""
    return _of_charge(charge, DifferenceKind.MISSING_THERE, ours=charge.state, theirs=None)


def missing_refund(refund: BookedRefund) -> Difference:
    """Return the difference of a refund that the gateway does not have."""
    return _of_booked(refund, DifferenceKind.REFUND_MISSING_THERE, ours=refund.state, theirs=None)


def _of_sale(sale: GatewayTransaction, charge: BookedCharge | None, *, is_late: bool) -> Iterator[Difference]:
    if charge is None:
        if sale.holds_money and not is_late:
            theirs = f"{_money(sale)}, {sale.status}"
            yield Difference(
                kind=DifferenceKind.MISSING_HERE, ours=None, theirs=theirs, transaction_id=sale.transaction_id
            )
        return
    if charge.transaction_id != sale.transaction_id and charge.state not in _UNDECIDED:
        if sale.holds_money and not is_late:
            kind = DifferenceKind.SECOND_CHARGE if charge.transaction_id else DifferenceKind.STATUS
            yield _of_charge(charge, kind, ours=charge.state, theirs=sale.status, transaction_id=sale.transaction_id)
        return
    if sale.currency != charge.currency:
        yield _of_charge(
            charge, DifferenceKind.CURRENCY, charge.currency, sale.currency, transaction_id=sale.transaction_id
        )
    elif sale.amount != charge.amount:
        ours = decimal_text(charge.amount, charge.currency)
        yield _of_charge(charge, DifferenceKind.AMOUNT, ours, _money(sale), transaction_id=sale.transaction_id)
    if charge.state not in _UNDECIDED and not is_late and sale.holds_money != has_money(charge):
        yield _of_charge(charge, DifferenceKind.STATUS, charge.state, sale.status, transaction_id=sale.transaction_id)
    disputed = sale.disputed  # one in another currency is compared by itself
    if disputed is not None and charge.state is PaymentState.SUCCEEDED and not _has_booked_disputes(charge, disputed):
        ours, theirs = (decimal_text(amount, charge.currency) for amount in (charge.disputed, disputed))
        yield _of_charge(charge, DifferenceKind.DISPUTE, ours, theirs, transaction_id=sale.transaction_id)


def _of_late_charge(late: KnownLateCharge) -> Difference:
    return Difference(
        kind=DifferenceKind.LATE_CHARGE,
        ours=late.status,
        theirs="holds money",
        account_id=late.account_id,
        payment_id=late.payment_id,
        payment_number=late.payment_number,
        transaction_id=late.transaction_id,
    )


def _has_booked_disputes(charge: BookedCharge, disputed: int) -> bool:
    """Return whether the books have lost what the bank has taken, or all that refunds had left of the payment."""
    left = charge.amount - charge.refunded - charge.refund_pending - charge.disputed
    return charge.disputed == disputed or (charge.disputed < disputed and left <= 0)


def _dispute_text(dispute: ListedDispute | BookedDispute) -> str:
    amount = decimal_text(dispute.amount, dispute.currency)
    return f"{dispute.kind} of {amount} {dispute.currency}, {dispute.gateway_status}"


def _of_refund(refund: GatewayTransaction, booked: BookedRefund | None, *, is_own: bool) -> Iterator[Difference]:
    if booked is None:
        if refund.holds_money:
            kind = DifferenceKind.REFUND_MISSING_HERE if is_own else DifferenceKind.MISSING_HERE
            theirs = f"refund of {_money(refund)}, {refund.status}"
            yield Difference(kind=kind, ours=None, theirs=theirs, transaction_id=refund.transaction_id)
        return
    ours = decimal_text(booked.amount, booked.currency)
    if (refund.amount, refund.currency) != (booked.amount, booked.currency):
        yield _of_booked(booked, DifferenceKind.REFUND_AMOUNT, f"{ours} {booked.currency}", _money(refund), refund)
    is_decided = booked.state in {*_REFUNDED, RefundState.FAILED}
    if is_decided and refund.holds_money != has_refunded(booked):
        kind = DifferenceKind.REFUND_FOUND_LATE if refund.holds_money else DifferenceKind.REFUND_STATUS
        yield _of_booked(booked, kind, booked.state, refund.status, refund)


def _of_dispute(dispute: BookedDispute, *, theirs: str | None, transaction_id: str | None = None) -> Difference:
    return Difference(
        kind=DifferenceKind.DISPUTE,
        ours=_dispute_text(dispute),
        theirs=theirs,
        account_id=dispute.account_id,
        payment_id=dispute.payment_id,
        payment_number=dispute.payment_number,
        transaction_id=transaction_id,
    )


def _of_charge(
    charge: BookedCharge, kind: DifferenceKind, ours: str | None, theirs: str | None, **facts: Any
) -> Difference:
    return Difference(
        kind=kind,
        ours=ours,
        theirs=theirs,
        account_id=charge.account_id,
        payment_id=charge.payment_id,
        payment_number=charge.number,
        **{"transaction_id": charge.transaction_id, **facts},
    )


def _of_booked(
    booked: BookedRefund,
    kind: DifferenceKind,
    ours: str,
    theirs: str | None,
    refund: GatewayTransaction | None = None,
) -> Difference:
    return Difference(
        kind=kind,
        ours=ours,
        theirs=theirs,
        account_id=booked.account_id,
        payment_id=booked.payment_id,
        payment_number=booked.payment_number,
        refund_id=booked.id,
        transaction_id=None if refund is None else refund.transaction_id,
    )


def _money(transaction: GatewayTransaction) -> str:
    return f"{decimal_text(transaction.amount, transaction.currency)} {transaction.currency}"
