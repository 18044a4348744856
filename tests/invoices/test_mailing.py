"""Invoices by mail, to recipients whom a user has chosen."""

from datetime import UTC, datetime
from email.message import EmailMessage
from uuid import UUID, uuid4

from tests.factories.invoices import apply_to_invoice, post_invoice, reserve_on_invoice, void_invoice
from tests.factories.payments import new_key
from tests.fixtures.post import Post, text_of
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


async def test_an_invoice_is_mailed_with_its_pdf(services: Services, payer: Portal, viewer: Portal, post: Post) -> None:
    invoice_id = await post_invoice(
        services, payer.account_id, 12_500, number="INV-1001", issued_on=datetime.now(UTC).date()
    )
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


async def mail_of(portal: Portal, post: Post, invoice_id: UUID) -> EmailMessage:
    """The mail of an invoice to a recipient of its own."""
    recipient = f"{uuid4().hex}@example.com"
    path = f"/v1/invoices/{invoice_id}/emails"
    assert (await portal.post(path, json={"recipients": [recipient]})).status_code == 202
    [mail] = await post.to(recipient)
    return mail


async def test_a_mail_asks_for_the_amount_that_is_due(services: Services, portal: Portal, post: Post) -> None:
    account_id = portal.account_id
    invoice = await post_invoice(services, account_id, 129_900, number="INV-1257")
    await apply_to_invoice(services, account_id, invoice, 10_000)
    assert (
        await portal.post(f"/v1/invoices/{invoice}/disputes", json={"reason": "other", "text": "?", "amount": 4_500})
    ).status_code == 201
    mail = await mail_of(portal, post, invoice)
    assert mail["Subject"] == "Invoice INV-1257 from Example Vendor: $1,199.00 · Contested"
    text = text_of(mail)
    assert "$1,199.00\nWas due on April 1, 2026 · $45.00 contested\n" in text
    assert "Total: $1,299.00\nAmount due: $1,199.00\n" in text


async def test_a_mail_of_a_paid_invoice_asks_for_nothing(services: Services, portal: Portal, post: Post) -> None:
    invoice = await post_invoice(services, portal.account_id, 5_000, number="INV-1208")
    await apply_to_invoice(services, portal.account_id, invoice, 5_000)
    mail = await mail_of(portal, post, invoice)
    assert mail["Subject"] == "Invoice INV-1208 from Example Vendor: Paid"
    assert "$0.00\nPaid on March 12, 2026\n" in text_of(mail)


async def test_a_mail_of_a_void_invoice_says_so(services: Services, portal: Portal, post: Post) -> None:
    invoice = await post_invoice(services, portal.account_id, 5_000, number="INV-1229")
    await void_invoice(services, portal.account_id, invoice)
    mail = await mail_of(portal, post, invoice)
    assert mail["Subject"] == "Invoice INV-1229 from Example Vendor: Void"
    assert "$0.00\nThis invoice was withdrawn and need not be paid.\n" in text_of(mail)


async def test_a_mail_names_the_payment_under_way(services: Services, portal: Portal, post: Post) -> None:
    invoice = await post_invoice(services, portal.account_id, 5_000)
    await reserve_on_invoice(services, portal.account_id, invoice, 5_000)
    assert "a payment of $50.00 is under way" in text_of(await mail_of(portal, post, invoice))


async def test_another_accounts_invoice_is_not_mailed(services: Services, portal: Portal, stranger: Portal) -> None:
    path = f"/v1/invoices/{await post_invoice(services, stranger.account_id)}/emails"
    for response in (await portal.post(path, json={"recipients": ["pat@example.com"]}), await portal.get(path)):
        assert (response.status_code, response.json()["code"]) == (404, "invoice_not_found")


async def test_a_viewer_mails_none(services: Services, viewer: Portal) -> None:
    path = f"/v1/invoices/{await post_invoice(services, viewer.account_id)}/emails"
    assert (await viewer.post(path, json={"recipients": ["pat@example.com"]})).status_code == 403
