"""Mails for tests."""

from datetime import UTC, datetime
from uuid import UUID

from billing_api.mail.message import Attachment, Content, Mail, Sender, message_id

SENDER = Sender("Example Vendor", "billing@vendor.example", "help@vendor.example")
EVENT = UUID("019a0000-0000-7000-8000-000000000001")


def mail(recipient: str = "pat@customer.example", **others: object) -> Mail:
    """Return a mail with a file, whose words are beyond ASCII."""
    words = {
        "subject": "Ihre Rechnung über 1.000 €",
        "text": "Grüße 😀\n.\nfrom here",
        "html": "<p>Grüße 😀</p>",
        **others,
    }
    content = Content(
        str(words["subject"]),
        str(words["text"]),
        str(words["html"]),
        [
            Attachment(
                str(words.get("file", "Rechnung Nr. 7 ä Mai.pdf")), "application/pdf", b"%PDF-1.7 \x00\xff\r\n.\r\n"
            )
        ],
    )
    return Mail(
        message_id=message_id("test", EVENT, recipient, SENDER.domain),
        date=datetime(2026, 5, 1, 12, 30, tzinfo=UTC),
        sender=SENDER,
        recipient=recipient,
        content=content,
    )
