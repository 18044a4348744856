"""A mail as a value, and as the bytes that are sent (RFC 5322, MIME)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.generator import BytesGenerator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP, SMTPUTF8
from email.utils import format_datetime
from hashlib import sha256
from io import BytesIO
from uuid import UUID, uuid5

from email_validator import validate_email

from billing_api.mail_settings import MailSettings

_MESSAGES = UUID("a2b0ad07-5c5f-5b1e-9a3f-6a1f6f0f6d0e")  # the namespace of our Message-IDs
_CONTROLS = dict.fromkeys((*range(32), 127, *range(128, 160), 8232, 8233), " ")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with a mail."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG that the HTML shows by `cid:` and its content id (RFC 2392)."""

    content_id: str
    content: bytes

    @classmethod
    def of(cls, content: bytes) -> "Picture":
        """Return a picture whose content id follows from its bytes."""
        return cls(f"{uuid5(_MESSAGES, sha256(content).hexdigest())}@pictures.invalid", content)


@dataclass(frozen=True, slots=True)
class Content:
    """The words of a mail, as HTML and as plain text, the picture that the HTML shows, and its files."""

    subject: str
    text: str
    html: str
    attachments: Sequence[Attachment] = ()
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Sender:
    """Whom mails come from: an address with a name, and the address that replies go to."""

    name: str
    address: str
    reply_to: str

    @property
    def domain(self) -> str:
        """The domain of the address, in ASCII."""
        return _ascii_domain(self.address)


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail to one recipient; the same value always makes the same bytes, so a retry is the same mail."""

    message_id: str
    date: datetime
    sender: Sender
    recipient: str
    content: Content
    preferences_url: str = ""  # where its recipient chooses which mails to get; empty: there is no choice
    written: bytes | None = None  # the bytes that an earlier try has made of it

    @property
    def needs_smtputf8(self) -> bool:
        """Whether an address is beyond ASCII before its `@` (RFC 6531); a domain can be written in ASCII."""
        return not all(_envelope(address).isascii() for address in self._addresses)

    @property
    def envelope(self) -> tuple[str, str]:
        """The sender's address and the recipient's, as SMTP takes them."""
        return _envelope(self.sender.address), _envelope(self.recipient)

    @property
    def _addresses(self) -> tuple[str, str, str]:
        return self.sender.address, self.sender.reply_to, self.recipient

    def as_bytes(self) -> bytes:
        """Return the mail with its headers, its two bodies and its files, lines ended by CR LF.

        No line of a text can become a header: control characters are spaces in a header.
        """
        if self.written is not None:
            return self.written
        content = self.content
        message = EmailMessage(policy=SMTPUTF8 if self.needs_smtputf8 else SMTP)
        message["From"] = _address(self.sender.address, self.sender.name)
        message["To"] = _address(self.recipient)
        message["Reply-To"] = _address(self.sender.reply_to)
        message["Subject"] = _one_line(content.subject)
        message["Date"] = format_datetime(self.date)
        message["Message-ID"] = self.message_id
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no vacation notice is sent back
        message["X-Auto-Response-Suppress"] = "All"  # the same for Microsoft Exchange
        if self.preferences_url:
            message["List-Unsubscribe"] = f"<{self.preferences_url}>"  # RFC 2369
        message.set_content(content.text, cte="quoted-printable")
        message.add_alternative(content.html, subtype="html", cte="quoted-printable")
        if (picture := content.picture) is not None:
            html = message.get_body(["html"])
            assert html is not None
            html.add_related(picture.content, "image", "png", cid=f"<{picture.content_id}>", disposition="inline")
        for file in content.attachments:
            kind, _, subtype = file.media_type.partition("/")
            message.add_attachment(file.content, maintype=kind, subtype=subtype, filename=_one_line(file.name))
        self._name_boundaries(message)
        written = BytesIO()
        BytesGenerator(written, policy=message.policy).flatten(message)
        return written.getvalue()

    def _name_boundaries(self, message: EmailMessage) -> None:
        """Give each multipart a boundary that follows from the Message-ID: a random one would make another mail."""
        parts = (part for part in message.walk() if part.is_multipart())
        for number, part in enumerate(parts):
            part.set_boundary(f"=_{uuid5(_MESSAGES, f'{self.message_id} {number}').hex}")


def message_id(kind: str, source: UUID, recipient: str, domain: str) -> str:
    """Return the Message-ID of the mail of a kind about a source, such as an event, to this recipient.

    It is always the same one.
    """
    return f"<{uuid5(_MESSAGES, f'{kind} {source} {recipient}')}@{domain}>"


def sender_of(settings: MailSettings) -> Sender:
    """Return the sender of the settings."""
    support = settings.vendor_support_email
    return Sender(settings.vendor_name, settings.mail_sender or support, settings.mail_reply_to or support)


def _one_line(text: str) -> str:
    return " ".join(text.translate(_CONTROLS).split())


def _address(address: str, name: str = "") -> Address:
    local, _, domain = _envelope(address).rpartition("@")
    return Address(_one_line(name), local, domain)


def _envelope(address: str) -> str:
    """Return the address with its domain in ASCII (IDNA)."""
    return f"{address.rpartition('@')[0]}@{_ascii_domain(address)}"


def _ascii_domain(address: str) -> str:
    return validate_email(address, check_deliverability=False, test_environment=True).ascii_domain
