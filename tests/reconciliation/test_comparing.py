"""Each sort of difference between the gateway and the books, and everything that is none."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from billing_api.gateway.charges import ChargeStatus, GatewayTransaction
from billing_api.payments.states import PaymentState
from billing_api.reconciliation.comparing import Books, compare
from billing_api.reconciliation.values import (
    ADVICE,
    BookedCharge,
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
    method_token="token",
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
        ({"disputed": 1_000}, "dispute"),
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


def test_a_dispute_that_both_sides_have() -> None:
    disputed, refunded = replace(CHARGE, disputed=600), replace(CHARGE, refunded=1_000)
    assert kinds(replace(SALE, disputed=600), charge=disputed) == []
    assert kinds(SALE, charge=disputed) == ["dispute"]
    assert kinds(replace(SALE, disputed=600), charge=refunded) == []  # the books have nothing left to lose


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
