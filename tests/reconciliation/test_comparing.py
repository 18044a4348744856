"""Each sort of difference between the gateway and the books, and everything that is none."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from billing_api.gateway.charges import ChargeStatus, GatewayTransaction
from billing_api.gateway.notices import ListedDispute
from billing_api.payments.states import PaymentState
from billing_api.reconciliation.comparing import Books, compare, compare_disputes, missing_dispute
from billing_api.reconciliation.values import (
    ADVICE,
    BookedCharge,
    BookedDispute,
    BookedRefund,
    DifferenceKind,
    KnownLateCharge,
)
from billing_api.refunds.states import RefundState

SALE = GatewayTransaction(
    transaction_id="sale",
    is_refund=False,
    order_id="order",
    refunded_id=None,
    status=ChargeStatus.SUCCEEDED,
    currency="USD",
    amount=1_000,
    disputed=0,
    created_at=datetime(2026, 11, 27, tzinfo=UTC),
)
CHARGE = BookedCharge(
    account_id=UUID(int=1),
    payment_id=UUID(int=2),
    number="PMT-000001",
    order_id="order",
    transaction_id="sale",
    state=PaymentState.SUCCEEDED,
    currency="USD",
    amount=1_000,
    refunded=0,
    refund_pending=0,
    disputed=0,
    written_at=datetime(2026, 11, 27, tzinfo=UTC),
)
BOOKED = BookedRefund(
    account_id=UUID(int=1),
    id=UUID(int=3),
    payment_id=UUID(int=2),
    payment_number="PMT-000001",
    charge_id="sale",
    state=RefundState.SUCCEEDED,
    currency="USD",
    amount=400,
)
CREDIT = replace(SALE, transaction_id="credit", is_refund=True, order_id=str(BOOKED.id), refunded_id="sale", amount=400)
THEIRS = ListedDispute(
    id="dispute",
    transaction_id="sale",
    order_id="order",
    kind="chargeback",
    gateway_status="open",
    currency="USD",
    amount=600,
)
OURS = BookedDispute(UUID(int=1), UUID(int=2), "PMT-000001", "dispute", "chargeback", "open", "USD", 600)
LATE = KnownLateCharge(UUID(int=4), "late", UUID(int=1), UUID(int=2), "PMT-000001", "given_back", [])


def kinds(
    *transactions: GatewayTransaction,
    charge: BookedCharge = CHARGE,
    refund: BookedRefund = BOOKED,
    late: tuple[KnownLateCharge, ...] = (),
) -> list[str]:
    books = Books(charges={charge.order_id: charge}, refunds={str(refund.id): refund}, late_charges=late)
    return [one.kind.value for one in compare(transactions, books)]


def test_equal_books_have_no_difference() -> None:
    assert kinds(SALE, CREDIT) == []


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"order_id": "another"}, "missing_here"),
        ({"order_id": None}, "missing_here"),
        ({"transaction_id": "twice"}, "second_charge"),
        ({"amount": 999}, "amount"),
        ({"currency": "EUR"}, "currency"),
        ({"status": ChargeStatus.CANCELLED}, "status"),
        ({"status": ChargeStatus.RETURNED}, "status"),
    ],
)
def test_a_sale_that_differs(changes: dict[str, object], kind: str) -> None:
    assert kinds(replace(SALE, **changes)) == [kind]  # type: ignore[arg-type] # by name


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"order_id": "order"}, "refund_missing_here"),
        ({"order_id": None, "refunded_id": "foreign"}, "missing_here"),
        ({"amount": 300}, "refund_amount"),
        ({"currency": "EUR"}, "refund_amount"),
        ({"status": ChargeStatus.RETURNED}, "refund_status"),
    ],
)
def test_a_refund_that_differs(changes: dict[str, object], kind: str) -> None:
    assert kinds(replace(CREDIT, **changes)) == [kind]  # type: ignore[arg-type] # by name


@pytest.mark.parametrize("state", [PaymentState.DECLINED, PaymentState.FAILED, PaymentState.RETURNED])
def test_money_that_the_books_do_not_have(state: PaymentState) -> None:
    assert kinds(SALE, charge=replace(CHARGE, state=state)) == ["status"]
    assert kinds(replace(SALE, status=ChargeStatus.DECLINED), charge=replace(CHARGE, state=state)) == []


@pytest.mark.parametrize("state", [PaymentState.SUBMITTING, PaymentState.UNKNOWN, PaymentState.CANCELLING])
def test_a_payment_that_is_looked_up_is_no_difference(state: PaymentState) -> None:
    assert kinds(SALE, charge=replace(CHARGE, state=state, transaction_id=None)) == []


def of_disputes(
    *listed: ListedDispute, booked: BookedDispute | None = OURS, charge: BookedCharge = CHARGE
) -> list[tuple[str | None, str | None]]:
    """Both sides of each difference."""
    known = {} if booked is None else {booked.dispute_id: booked}
    found = list(compare_disputes(listed, {charge.order_id: charge}, known))
    assert {one.kind for one in found} <= {DifferenceKind.DISPUTE}
    return [(one.ours, one.theirs) for one in found]


def test_a_dispute_in_another_currency_is_compared_by_itself() -> None:
    """The sale's own sum of its disputes is of two currencies then, and says nothing."""
    assert kinds(replace(SALE, disputed=None), charge=replace(CHARGE, disputed=600)) == []


def test_a_dispute_that_both_sides_have() -> None:
    disputed, refunded = replace(CHARGE, disputed=600), replace(CHARGE, refunded=1_000)
    assert kinds(replace(SALE, disputed=600), charge=disputed) == []
    assert kinds(SALE, charge=disputed) == ["dispute"]
    assert kinds(replace(SALE, disputed=600), charge=refunded) == []  # the books have nothing left to lose
    assert of_disputes(THEIRS) == []


@pytest.mark.parametrize(
    ("changes", "theirs"),
    [
        ({"kind": "retrieval"}, "retrieval of 6.00 USD, open"),
        ({"gateway_status": "won"}, "chargeback of 6.00 USD, won"),
        ({"amount": 700}, "chargeback of 7.00 USD, open"),
        ({"currency": "EUR"}, "chargeback of 6.00 EUR, open"),
    ],
)
def test_a_dispute_that_differs(changes: dict[str, object], theirs: str) -> None:
    changed = replace(THEIRS, **changes)  # type: ignore[arg-type] # by name
    assert of_disputes(changed) == [("chargeback of 6.00 USD, open", theirs)]


def test_a_dispute_of_one_side_alone() -> None:
    assert of_disputes(THEIRS, booked=None) == [(None, "chargeback of 6.00 USD, open")]
    assert missing_dispute(OURS).theirs is None
    assert of_disputes(replace(THEIRS, order_id="foreign"), booked=None) == []
    looked_up = replace(CHARGE, state=PaymentState.UNKNOWN)
    assert of_disputes(THEIRS, booked=None, charge=looked_up) == []


def test_the_amounts_of_a_dispute_are_compared() -> None:
    partly = replace(CHARGE, refunded=400, disputed=600)
    assert kinds(replace(SALE, disputed=1_000), charge=partly) == []  # the refund had given the rest back
    for booked in (
        replace(partly, refunded=0),
        replace(CHARGE, disputed=600),
        replace(CHARGE, refunded=300, disputed=600),
    ):
        assert kinds(replace(SALE, disputed=1_000), charge=booked) == ["dispute"]
    assert kinds(replace(SALE, disputed=600), charge=replace(CHARGE, disputed=1_000)) == ["dispute"]
    under_way = replace(CHARGE, refund_pending=400, disputed=600)
    assert kinds(replace(SALE, disputed=1_000), charge=under_way) == []


def test_a_late_charge_and_its_refund_are_known() -> None:
    charge = replace(SALE, transaction_id="late")
    given_back = replace(CREDIT, order_id=str(LATE.id), refunded_id="late", amount=1_000)
    assert kinds(charge, given_back, late=(LATE,)) == []


def test_what_moved_no_money_is_nobodys() -> None:
    declined = replace(SALE, order_id="another", status=ChargeStatus.DECLINED)
    refused = replace(CREDIT, order_id=None, status=ChargeStatus.DECLINED)
    assert kinds(declined, refused) == []


def test_every_difference_has_advice() -> None:
    assert ADVICE.keys() == set(DifferenceKind)
