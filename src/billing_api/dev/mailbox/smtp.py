"""The SMTP side of the local mail server, by aiosmtpd."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from billing_api.dev.mailbox.store import Mailbox

_LARGEST = 30_000_000  # bytes


class Taking:
    """Takes every mail for every recipient."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep the mail, and accept it."""
        content = envelope.content
        assert isinstance(content, bytes)  # decode_data is off
        kept = self._mailbox.add(datetime.now(UTC), envelope.mail_from or "", envelope.rcpt_tos, content)
        return f"250 2.0.0 kept as {kept.id}"


async def serve(mailbox: Mailbox, port: int) -> asyncio.Server:
    """Listen on the loopback port."""

    def protocol() -> SMTP:
        return SMTP(
            Taking(mailbox), data_size_limit=_LARGEST, enable_SMTPUTF8=True, hostname="localhost", ident="mailbox"
        )

    return await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", port)


async def close(server: asyncio.Server) -> None:
    """Stop listening."""
    server.close()
    with suppress(asyncio.CancelledError):
        await server.wait_closed()
