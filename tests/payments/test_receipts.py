"""Receipts of payments as PDFs."""

from typing import Any
from uuid import UUID

import httpx
import pytest

from billing_api.locales.language import language
from billing_api.payments.receipts import PrintReceipt
from braintree_sandbox.testing import Sandbox
from tests.factories.credits import post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import new_key, pay, record_offline, store_bank_account, store_card
from tests.factories.pdfs import LOCALES, PRESS, missing, text_of
from tests.fixtures.later import Later
from tests.fixtures.partners import Partner
from tests.fixtures.post import Post
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import AUTOMATIC, buy, of
from tests.payments.conftest import EVERYTHING, SalesOf

NOWHERE = "/v1/payments/01a203df-4cdb-7211-83aa-039c753394aa/receipt.pdf"


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(NOWHERE)).status_code == 401


async def test_payment_of_another_account_is_not_found(services: Services, portal: Portal, stranger: Portal) -> None:
    payment_id = await record_offline(services, stranger.account_id, 500)
    for path in (NOWHERE, f"/v1/payments/{payment_id}/receipt.pdf"):
        response = await portal.get(path)
        assert (response.status_code, response.json()["code"]) == (404, "payment_not_found")


async def receipt_of(portal: Portal, payment_id: Any) -> str:
    """The text of a receipt."""
    response = await portal.get(f"/v1/payments/{payment_id}/receipt.pdf")
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"] == "application/pdf"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="Receipt PMT-')
    return text_of(response.content)


async def test_a_card_payment_has_its_invoices(services: Services, portal: Portal, account_id: UUID) -> None:
    card = await store_card(portal)
    first = await post_invoice(services, account_id, 10_000, number="INV-1")
    second = await post_invoice(services, account_id, 5_000, number="INV-2")
    payment = (await pay(portal, card, first, (second, 2_050))).json()
    text = await receipt_of(portal, payment["id"])
    assert f"Receipt {payment['number']}" in text
    assert "Visa ending in 1881" in text
    assert "Invoice INV-1 100.00 Invoice INV-2 20.50 Total paid $120.50" in text


async def test_an_offline_payment_has_its_reference_and_what_is_left(
    services: Services, viewer: Portal, account_id: UUID
) -> None:
    invoice = await post_invoice(services, account_id, 10_000, number="INV-3", issued_on="2026-03-01")
    payment_id = await record_offline(
        services,
        account_id,
        15_000,
        reference="Check 1042",
        allocations=[{"invoice_id": str(invoice), "amount": 10_000}],
    )
    text = await receipt_of(viewer, payment_id)
    assert "Reference Check 1042" in text
    assert "Received on March 9, 2026. Thank you." in text
    assert "Invoice INV-3 100.00 Kept as a credit of your account 50.00 Total paid $150.00" in text


@pytest.mark.slow
async def test_every_figure_of_the_json_is_printed_in_every_locale(
    services: Services, portal: Portal, account_id: UUID, post: Post
) -> None:
    card, today = await store_card(portal), services.clock.today()
    first = await post_invoice(
        services, account_id, 1_234_567, number="INV-1", discount={"basis_points": 200, "until": today}
    )
    second = await post_invoice(services, account_id, 5_000, number="INV-2")
    await post_credit_memo(services, account_id, 1_100, number="CM-1")
    pay = of(first, (second, 2_050))
    payment = (await buy(portal, card, pay, credits=AUTOMATIC, overpayment=777)).json()
    assert payment["credited"], payment
    paper = (await post.parts[PrintReceipt].print(account_id, UUID(payment["id"]))).paper
    for locale in LOCALES:
        say = language(locale)
        parts = ("amount", "credited", "deposit_applied", "discounted")
        settled = [sum(part[name] for name in parts) for part in payment["allocations"]]
        figures = [*settled, -payment["credited"], -payment["discounted"], payment["overpaid"]]
        words = [
            payment["number"],
            payment["last4"],
            say.money(payment["amount"], "USD"),
            say.long_day(today),
            *(say.amount(figure, "USD") for figure in figures),
            *(part["invoice_number"] for part in payment["allocations"]),
        ]
        assert missing(PRESS.pdf(paper, locale), words) == []


async def test_credits_the_discount_and_the_deposit_are_listed(
    services: Services, portal: Portal, account_id: UUID
) -> None:
    card, today = await store_card(portal), services.clock.today()
    terms = {"basis_points": 200, "until": today}
    first = await post_invoice(services, account_id, 10_000, number="INV-1", discount=terms)
    second = await post_invoice(services, account_id, 5_000, number="INV-2")
    await post_credit_memo(services, account_id, 1_000, number="CM-1")
    await post_deposit(services, account_id, 500, number="DEP-1")
    payment = (await buy(portal, card, of(first, second), credits=AUTOMATIC, overpayment=700)).json()
    text = await receipt_of(portal, payment["id"])
    assert (
        "Invoice INV-1 100.00 Invoice INV-2 50.00 Kept as a deposit of your account 7.00 "
        "Credit memo CM-1 (10.00) Deposit DEP-1 (5.00) Early payment discount (2.00) Total paid $140.00"
    ) in text


async def test_a_payment_without_a_charge_says_so(services: Services, portal: Portal, account_id: UUID) -> None:
    invoice = await post_invoice(services, account_id, 1_000, number="INV-1")
    await post_credit_memo(services, account_id, 1_000, number="CM-1")
    payment = (await buy(portal, None, of(invoice), credits=AUTOMATIC)).json()
    text = await receipt_of(portal, payment["id"])
    assert "Payment method Credits and discounts" in text
    assert "Nothing was charged." in text
    assert "Invoice INV-1 10.00 Credit memo CM-1 (10.00) Total paid $0.00" in text


@pytest.mark.usefixtures("nothing_else_due")
@pytest.mark.parametrize(
    ("end", "words"),
    [("settle", "Received on"), ("return", "Your bank has taken this payment back: its invoices are open again.")],
)
async def test_a_bank_transfer_says_how_far_it_is(
    services: Services,
    portal: Portal,
    sandbox: Sandbox,
    later: Later,
    sales_of: SalesOf,
    end: str,
    words: str,
) -> None:
    bank_account = await store_bank_account(portal)
    invoice = await post_invoice(services, portal.account_id, 10_000)
    payment = (await pay(portal, bank_account, invoice)).json()
    text = await receipt_of(portal, payment["id"])
    assert "Bank account (ACH) ending in 0000" in text
    assert "Your bank has yet to confirm it." in text
    (sale,) = await sales_of(portal.account_id)
    sandbox.control("POST", f"/transactions/{sale['id']}/{end}", *([{"code": "R01"}] if end == "return" else []))
    later.clock.forward(minutes=6)
    await later.services.payment_checks.resolve_due(EVERYTHING)
    assert words in await receipt_of(portal, payment["id"])


async def test_a_declined_payment_has_none(services: Services, portal: Portal, account_id: UUID) -> None:
    card = await store_card(portal)
    declined = await pay(portal, card, await post_invoice(services, account_id, 200_000))
    assert declined.status_code == 402, declined.text
    response = await portal.get(f"/v1/payments/{declined.json()['payment_id']}/receipt.pdf")
    assert (response.status_code, response.json()["code"]) == (409, "no_receipt")
    assert response.json()["payment_status"] == "declined"


async def test_a_refunded_payment_is_not_called_paid(
    services: Services, portal: Portal, partner: Partner, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    card = await store_card(portal)
    payment = (await pay(portal, card, await post_invoice(services, portal.account_id, 10_000, number="INV-1"))).json()
    (sale,) = await sales_of(portal.account_id)
    sandbox.control("POST", f"/transactions/{sale['id']}/settle")
    refunds = f"/v1/accounts/{portal.account_id}/payments/{payment['id']}/refunds"
    refunded = await partner.post(refunds, json={"refund": {"type": "whole"}}, headers=new_key())
    assert refunded.status_code == 201, refunded.text
    text = await receipt_of(portal, payment["id"])
    assert "and refunded since." in text
    assert "Total paid $100.00 Refunded (100.00) Paid after refunds $0.00" in text
    assert "Thank you" not in text


async def test_a_check_that_bounced_before_it_was_used_names_no_invoices(
    services: Services, portal: Portal, partner: Partner
) -> None:
    payment_id = await record_offline(services, portal.account_id, 500)
    address = f"/v1/accounts/{portal.account_id}/payments/{payment_id}/return"
    returned = await partner.post(address, json={"reason": "No funds"})
    assert returned.status_code == 200, returned.text
    text = await receipt_of(portal, payment_id)
    assert "Your bank has taken this payment back." in text
    assert "invoices" not in text
