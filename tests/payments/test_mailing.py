"""Receipts by mail, to recipients whom a user has chosen."""

from email.message import EmailMessage
from uuid import uuid4

import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import pay, store_bank_account, store_card
from tests.fixtures.later import Later
from tests.fixtures.post import Post, text_of
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING, SalesOf


async def test_a_receipt_is_mailed_with_its_pdf(services: Services, portal: Portal, post: Post) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 12_500)
    payment = (await pay(portal, await store_card(portal), invoice_id)).json()
    path, recipient = f"/v1/payments/{payment['id']}/emails", f"{uuid4().hex}@example.com"
    assert (await portal.post(path, json={"recipients": [recipient]})).status_code == 202
    [mail] = await post.to(recipient)
    assert mail["Subject"] == f"Receipt {payment['number']} from Example Vendor: $125.00"
    assert payment["number"] in text_of(mail)
    [file] = mail.iter_attachments()
    assert file.get_content().startswith(b"%PDF-")
    [listed] = (await portal.get(path)).json()["data"]
    assert (listed["recipient"], listed["status"]) == (recipient, "sent")


@pytest.mark.usefixtures("nothing_else_due")
async def test_a_mailed_receipt_says_how_far_the_money_is(
    services: Services, portal: Portal, post: Post, sandbox: Sandbox, later: Later, sales_of: SalesOf
) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 16_129)
    payment = (await pay(portal, await store_bank_account(portal), invoice_id)).json()

    async def mailed() -> EmailMessage:
        recipient = f"{uuid4().hex}@example.com"
        path = f"/v1/payments/{payment['id']}/emails"
        assert (await portal.post(path, json={"recipients": [recipient]})).status_code == 202
        [mail] = await post.to(recipient)
        return mail

    subject = f"Receipt {payment['number']} from Example Vendor: $161.29"
    pending = await mailed()
    assert pending["Subject"] == f"{subject} · Pending"
    assert "Your bank has yet to confirm it." in text_of(pending)
    assert "Received" not in text_of(pending)
    (sale,) = await sales_of(portal.account_id)
    sandbox.control("POST", f"/transactions/{sale['id']}/return", {"code": "R01"})
    later.clock.forward(minutes=6)
    await later.services.payment_checks.resolve_due(EVERYTHING)
    returned = await mailed()
    assert returned["Subject"] == f"{subject} · Returned"
    assert "Your bank has taken this payment back: its invoices are open again." in text_of(returned)
    assert "Received" not in text_of(returned)


async def test_a_payment_without_money_has_no_receipt_to_mail(services: Services, portal: Portal) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 200_100)  # the sandbox declines this amount
    declined = await pay(portal, await store_card(portal), invoice_id)
    path = f"/v1/payments/{declined.json()['payment_id']}/emails"
    refused = await portal.post(path, json={"recipients": ["pat@example.com"]})
    assert (refused.status_code, refused.json()["code"]) == (409, "no_receipt")
    assert (await portal.get(path)).json()["data"] == []


async def test_another_accounts_receipt_is_not_mailed(services: Services, portal: Portal, stranger: Portal) -> None:
    invoice_id = await post_invoice(services, stranger.account_id, 100)
    payment = (await pay(stranger, await store_card(stranger), invoice_id)).json()
    path = f"/v1/payments/{payment['id']}/emails"
    for response in (await portal.post(path, json={"recipients": ["pat@example.com"]}), await portal.get(path)):
        assert (response.status_code, response.json()["code"]) == (404, "payment_not_found")
