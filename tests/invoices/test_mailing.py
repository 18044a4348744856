"""Invoices by mail, to recipients whom a user has chosen."""

from uuid import uuid4

from tests.factories.invoices import post_invoice
from tests.factories.payments import new_key
from tests.fixtures.post import Post, text_of
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


async def test_an_invoice_is_mailed_with_its_pdf(services: Services, payer: Portal, viewer: Portal, post: Post) -> None:
    invoice_id = await post_invoice(services, payer.account_id, 12_500, number="INV-1001")
    path, recipient, key = f"/v1/invoices/{invoice_id}/emails", f"{uuid4().hex}@example.com", new_key()
    first, again = [await payer.post(path, json={"recipients": [recipient]}, headers=key) for _ in range(2)]
    assert (first.status_code, again.content) == (202, first.content)
    [mail] = await post.to(recipient)
    assert mail["Subject"] == "Invoice INV-1001 from Example Vendor: $125.00"
    assert "Sunny Side Ltd" in text_of(mail)
    [file] = mail.iter_attachments()
    assert (file.get_filename(), file.get_content()[:5]) == ("Invoice INV-1001.pdf", b"%PDF-")
    [listed] = (await viewer.get(path)).json()["data"]
    assert (listed["recipient"], listed["status"], listed["message_id"]) == (recipient, "sent", mail["Message-ID"])


async def test_another_accounts_invoice_is_not_mailed(services: Services, portal: Portal, stranger: Portal) -> None:
    path = f"/v1/invoices/{await post_invoice(services, stranger.account_id)}/emails"
    for response in (await portal.post(path, json={"recipients": ["pat@example.com"]}), await portal.get(path)):
        assert (response.status_code, response.json()["code"]) == (404, "invoice_not_found")


async def test_a_viewer_mails_none(services: Services, viewer: Portal) -> None:
    path = f"/v1/invoices/{await post_invoice(services, viewer.account_id)}/emails"
    assert (await viewer.post(path, json={"recipients": ["pat@example.com"]})).status_code == 403
