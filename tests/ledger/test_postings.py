"""Every document of the posting table: each line, and what it does to the balance."""

from dataclasses import asdict
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing_api.ledger import postings
from billing_api.ledger.model import LEDGER_ACCOUNTS
from billing_api.ledger.postings import Posting
from billing_api.ledger.values import EntryKind
from tests.factories.ledger import document, post
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services

INVOICE = uuid4()
# Kind, posting, its lines, and how much more is owed: as the table says.
TABLE: list[tuple[EntryKind, Posting, dict[str, int], int]] = [
    (
        EntryKind.INVOICE,
        postings.invoice(document(), net=1000, tax=80),
        {"receivable": 1080, "revenue": -1000, "tax": -80},
        1080,
    ),
    (
        EntryKind.FEE,
        postings.invoice(document(), net=25, tax=0, is_fee=True),
        {"receivable": 25, "revenue": -25},
        25,
    ),
    (
        EntryKind.REPAYMENT,
        postings.repayment(document(), amount=400),
        {"receivable": 400, "cash_clearing": -400},
        400,
    ),
    (
        EntryKind.VOID,
        postings.void(document(), net=1000, tax=80),
        {"receivable": -1080, "revenue": 1000, "tax": 80},
        -1080,
    ),
    (
        EntryKind.CREDIT_MEMO,
        postings.credit_memo(document(), net=500, tax=40),
        {"customer_credit": -540, "revenue": 500, "tax": 40},
        -540,
    ),
    (
        EntryKind.DEPOSIT,
        postings.deposit(document(), amount=300),
        {"customer_credit": -300, "cash_clearing": 300},
        -300,
    ),
    (
        EntryKind.PAYMENT,
        postings.payment(document(), allocated=700, unallocated=50),
        {"receivable": -700, "customer_credit": -50, "cash_clearing": 750},
        -750,
    ),
    (
        EntryKind.PAYMENT_APPLICATION,
        postings.payment_application(document(), invoice_id=INVOICE, amount=45),
        {"receivable": -45, "customer_credit": 45},
        0,
    ),
    (
        EntryKind.CREDIT_APPLICATION,
        postings.credit_application(document(), invoice_id=INVOICE, amount=200),
        {"receivable": -200, "customer_credit": 200},
        0,
    ),
    (
        EntryKind.DEPOSIT_APPLICATION,
        postings.deposit_application(document(), invoice_id=INVOICE, amount=100),
        {"receivable": -100, "customer_credit": 100},
        0,
    ),
    (
        EntryKind.DISCOUNT,
        postings.discount(document(), invoice_id=INVOICE, amount=20),
        {"receivable": -20, "discounts": 20},
        -20,
    ),
    (
        EntryKind.WRITE_OFF,
        postings.write_off(document(), invoice_id=INVOICE, amount=30),
        {"receivable": -30, "write_offs": 30},
        -30,
    ),
    (
        EntryKind.WRITE_OFF_REVERSAL,
        postings.write_off_reversal(document(), invoice_id=INVOICE, amount=30),
        {"receivable": 30, "write_offs": -30},
        30,
    ),
    (
        EntryKind.PAYMENT_APPLICATION_REVERSAL,
        postings.payment_application_reversal(document(), invoice_id=INVOICE, amount=45),
        {"receivable": 45, "customer_credit": -45},
        0,
    ),
    (
        EntryKind.CREDIT_APPLICATION_REVERSAL,
        postings.credit_application_reversal(document(), invoice_id=INVOICE, amount=200),
        {"receivable": 200, "customer_credit": -200},
        0,
    ),
    (
        EntryKind.DEPOSIT_APPLICATION_REVERSAL,
        postings.deposit_application_reversal(document(), invoice_id=INVOICE, amount=100),
        {"receivable": 100, "customer_credit": -100},
        0,
    ),
    (
        EntryKind.REFUND,
        postings.payment_refund(document(), reopened=60, unapplied=5),
        {"receivable": 60, "customer_credit": 5, "cash_clearing": -65},
        65,
    ),
    (
        EntryKind.CREDIT_REFUND,
        postings.credit_refund(document(), amount=40),
        {"customer_credit": 40, "cash_clearing": -40},
        40,
    ),
    (
        EntryKind.DEPOSIT_REFUND,
        postings.deposit_refund(document(), amount=35),
        {"customer_credit": 35, "cash_clearing": -35},
        35,
    ),
    (
        EntryKind.REFUND_FAILED,
        postings.refund_failed(document(), reopened=60, unapplied=5),
        {"receivable": -60, "customer_credit": -5, "cash_clearing": 65},
        -65,
    ),
    (
        EntryKind.RETURN,
        postings.payment_return(document(), allocated=700, unallocated=50, discounted=20),
        {"receivable": 720, "customer_credit": 50, "cash_clearing": -750, "discounts": -20},
        770,
    ),
    (
        EntryKind.CHARGEBACK,
        postings.chargeback(document(), allocated=700, discounted=20),
        {"receivable": 720, "cash_clearing": -700, "discounts": -20},
        720,
    ),
    (
        EntryKind.CHARGEBACK_WON,
        postings.chargeback_won(document(), allocated=700),
        {"receivable": -700, "cash_clearing": 700},
        -700,
    ),
]
# The document's own amount, which the history shows.
AMOUNTS = {
    EntryKind.INVOICE: 1080,
    EntryKind.FEE: 25,
    EntryKind.REPAYMENT: 400,
    EntryKind.VOID: 1080,
    EntryKind.CREDIT_MEMO: 540,
    EntryKind.DEPOSIT: 300,
    EntryKind.PAYMENT: 750,
    EntryKind.PAYMENT_APPLICATION: 45,
    EntryKind.CREDIT_APPLICATION: 200,
    EntryKind.DEPOSIT_APPLICATION: 100,
    EntryKind.DISCOUNT: 20,
    EntryKind.WRITE_OFF: 30,
    EntryKind.WRITE_OFF_REVERSAL: 30,
    EntryKind.PAYMENT_APPLICATION_REVERSAL: 45,
    EntryKind.CREDIT_APPLICATION_REVERSAL: 200,
    EntryKind.DEPOSIT_APPLICATION_REVERSAL: 100,
    EntryKind.REFUND: 65,
    EntryKind.CREDIT_REFUND: 40,
    EntryKind.DEPOSIT_REFUND: 35,
    EntryKind.REFUND_FAILED: 65,
    EntryKind.RETURN: 750,
    EntryKind.CHARGEBACK: 700,
    EntryKind.CHARGEBACK_WON: 700,
}
INVOICES = {EntryKind.INVOICE, EntryKind.FEE, EntryKind.REPAYMENT, EntryKind.VOID}
FOR_AN_INVOICE = {
    EntryKind.PAYMENT_APPLICATION,
    EntryKind.CREDIT_APPLICATION,
    EntryKind.DEPOSIT_APPLICATION,
    EntryKind.DISCOUNT,
    EntryKind.WRITE_OFF,
    EntryKind.WRITE_OFF_REVERSAL,
    EntryKind.PAYMENT_APPLICATION_REVERSAL,
    EntryKind.CREDIT_APPLICATION_REVERSAL,
    EntryKind.DEPOSIT_APPLICATION_REVERSAL,
}
TABLE_IDS = [kind for kind, *_ in TABLE]
BEFORE = {"receivable": 5000, "customer_credit": -5000}


def test_every_kind_stands_in_the_table() -> None:
    assert [kind for kind, *_ in TABLE] == list(EntryKind)


@pytest.mark.parametrize(("kind", "posting", "lines", "effect"), TABLE, ids=TABLE_IDS)
def test_every_line_of_every_posting(kind: EntryKind, posting: Posting, lines: dict[str, int], effect: int) -> None:
    """Each sums to zero, whatever is owed in the end, and names its document and its invoice."""
    assert (posting.kind, posting.amount) == (kind, AMOUNTS[kind])
    its_invoice = posting.document_id if kind in INVOICES else INVOICE if kind in FOR_AN_INVOICE else None
    assert posting.invoice_id == its_invoice
    assert (posting.currency, posting.number, posting.effective_on) == ("USD", "DOC-1", date(2026, 3, 2))
    assert {name: getattr(posting, name) for name in LEDGER_ACCOUNTS} == dict.fromkeys(LEDGER_ACCOUNTS, 0) | lines
    assert (posting.total, posting.balance_effect) == (sum(lines.values()), effect)
    assert posting.total == 0


def test_the_void_of_a_repayment_takes_every_line_back() -> None:
    one = document()
    posted, undone = postings.repayment(one, amount=400), postings.void_repayment(one, amount=400)
    assert (undone.kind, undone.amount, undone.invoice_id) == (EntryKind.VOID, 400, posted.invoice_id)
    assert {getattr(posted, name) + getattr(undone, name) for name in LEDGER_ACCOUNTS} == {0}


def test_parts_that_are_left_out_are_nothing() -> None:
    one = document()
    assert postings.payment(one, allocated=7) == postings.payment(one, allocated=7, unallocated=0)
    assert postings.chargeback_won(one, allocated=7) == postings.chargeback_won(one, allocated=7, unallocated=0)
    for undone in (postings.payment_return, postings.chargeback):
        assert undone(one, allocated=7) == undone(one, allocated=7, unallocated=0, discounted=0)
    assert postings.payment_refund(one, reopened=7) == postings.payment_refund(one, reopened=7, unapplied=0)
    assert postings.payment_refund(one, unapplied=7) == postings.payment_refund(one, reopened=0, unapplied=7)
    assert postings.refund_failed(one, reopened=7) == postings.refund_failed(one, reopened=7, unapplied=0)
    assert postings.refund_failed(one, unapplied=7) == postings.refund_failed(one, reopened=0, unapplied=7)


@pytest.mark.parametrize(("kind", "posting", "lines", "effect"), TABLE, ids=TABLE_IDS)
async def test_every_line_is_in_the_books(
    services: Services,
    sql: Sql,
    account_id: UUID,
    kind: EntryKind,
    posting: Posting,
    lines: dict[str, int],
    effect: int,
) -> None:
    """Posted on an account that owes and is owed, so that every document has something to move."""
    await post(services, account_id, postings.invoice(document(), net=5000, tax=0))
    await post(services, account_id, postings.deposit(document(), amount=5000))
    await post(services, account_id, posting)

    written = await _last_entry(sql, account_id)
    assert {name: written[name] for name in LEDGER_ACCOUNTS} == dict.fromkeys(LEDGER_ACCOUNTS, 0) | lines
    assert {name: written[name] for name in asdict(posting)} == asdict(posting)
    assert written["kind"] == kind
    assert written["seq"] == 3
    (totals,) = await services.ledger.totals(account_id)
    assert totals.receivable == BEFORE["receivable"] + lines.get("receivable", 0)
    assert totals.customer_credit == BEFORE["customer_credit"] + lines.get("customer_credit", 0)
    assert totals.balance == effect


async def _last_entry(sql: Sql, account_id: UUID) -> dict[str, Any]:
    row = await sql.fetchrow("SELECT * FROM ledger_entries WHERE account_id = $1 ORDER BY seq DESC LIMIT 1", account_id)
    assert row is not None
    return dict(row)
