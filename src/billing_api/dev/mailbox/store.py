"""The mails that were taken, the newest of them: a local run may last for days."""

from base64 import b64encode
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from functools import cached_property


@dataclass(frozen=True, slots=True)
class StoredAttachment:
    """An attachment."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True)
class CaughtMail:
    """One mail, as it came: the envelope's addresses, and the bytes."""

    id: int
    received_at: datetime
    sender: str
    recipients: Sequence[str]
    content: bytes

    @cached_property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.content, policy=policy.default)

    @property
    def subject(self) -> str:
        """The subject, or an empty text."""
        return str(self.message["Subject"] or "")

    @property
    def sender_header(self) -> str:
        """The sender as people see it."""
        return str(self.message["From"] or self.sender)

    @property
    def message_id(self) -> str:
        """The Message-ID, or an empty text."""
        return str(self.message["Message-ID"] or "")

    @property
    def date(self) -> datetime:
        """The time that the mail itself says, or that of its arrival."""
        try:
            return parsedate_to_datetime(str(self.message["Date"]))
        except ValueError:
            return self.received_at

    @property
    def headers(self) -> list[tuple[str, str]]:
        """The headers of the whole mail, decoded."""
        return [(name, str(value)) for name, value in self.message.items()]

    @property
    def text(self) -> str:
        """The body as plain text, or an empty text."""
        return self._body("plain")

    @property
    def html(self) -> str:
        """The body as HTML, or an empty text."""
        return self._body("html")

    @property
    def files(self) -> list[StoredAttachment]:
        """The attachments."""
        return [
            StoredAttachment(part.get_filename() or "attachment", part.get_content_type(), content)
            for part in self.message.iter_attachments()
            if isinstance(content := part.get_payload(decode=True), bytes)
        ]

    @property
    def shown_html(self) -> str:
        """The HTML with its own pictures in it, as a mail program shows them."""
        html = self.html
        for part in self.message.walk():
            content_id = str(part["Content-ID"] or "").strip("<>")
            if content_id and isinstance(content := part.get_payload(decode=True), bytes):
                data = f"data:{part.get_content_type()};base64,{b64encode(content).decode()}"
                html = html.replace(f"cid:{content_id}", data)
        return html

    def _body(self, kind: str) -> str:
        part = self.message.get_body([kind])
        if part is None:
            return ""
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)  # a body is no multipart
        try:
            text = content.decode(part.get_content_charset("utf-8"), errors="replace")
        except LookupError:
            text = content.decode(errors="replace")
        return text.replace("\r\n", "\n")


class Mailbox:
    """The newest mails, at most so many and so many bytes; the oldest go first."""

    def __init__(self, *, most: int = 5_000, most_bytes: int = 100_000_000) -> None:
        self._mails: deque[CaughtMail] = deque()
        self._most, self._most_bytes = most, most_bytes
        self._bytes = 0
        self._count = 0

    def add(self, received_at: datetime, sender: str, recipients: Sequence[str], content: bytes) -> CaughtMail:
        """Keep a mail under the next number."""
        self._count += 1
        mail = CaughtMail(self._count, received_at, sender, tuple(recipients), content)
        self._mails.append(mail)
        self._bytes += len(content)
        while len(self._mails) > self._most or (self._bytes > self._most_bytes and len(self._mails) > 1):
            self._bytes -= len(self._mails.popleft().content)
        return mail

    def find(self, mail_id: int) -> CaughtMail | None:
        """Return one mail, or None."""
        return next((mail for mail in self._mails if mail.id == mail_id), None)

    def newest_first(self, *, to: str = "", after: int = 0, limit: int | None = None) -> list[CaughtMail]:
        """Return the mails to a recipient, or all, that came after the one of this number."""
        found: Iterator[CaughtMail] = (
            mail for mail in reversed(self._mails) if mail.id > after and (not to or to in mail.recipients)
        )
        return [mail for _, mail in zip(range(limit), found, strict=False)] if limit is not None else list(found)

    def clear(self) -> None:
        """Forget every mail; the numbers count on."""
        self._mails.clear()
        self._bytes = 0
