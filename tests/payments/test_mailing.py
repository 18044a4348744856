"""Receipts by mail, to recipients whom a user has chosen."""

from uuid import uuid4

from tests.factories.invoices import post_invoice
from tests.factories.payments import pay, store_card
from tests.fixtures.post import Post, text_of
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


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
