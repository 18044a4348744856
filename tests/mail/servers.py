"""Mail servers on real sockets: one that works, and those that don't."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from billing_api.config import Settings
from billing_api.mail_settings import SmtpSecurity
from tests.fixtures.tcp import listening

USER, PASSWORD = "billing", "canary-smtp-password"


@dataclass
class Inbox:
    """Takes mails, but refuses the recipients that it is told to, with these words."""

    port: int = 0
    refused: dict[str, str] = field(default_factory=dict)
    refused_data: str = ""
    envelopes: list[Envelope] = field(default_factory=list)
    _parsed: list[EmailMessage] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address in self.refused:
            return self.refused[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.refused_data:
            return self.refused_data
        self.envelopes.append(envelope)
        return f"250 queued as {len(self.envelopes)}"

    @property
    def mails(self) -> list[EmailMessage]:
        """The accepted mails, each parsed once: tests look again and again."""
        for envelope in self.envelopes[len(self._parsed) :]:
            assert isinstance(envelope.content, bytes)
            self._parsed.append(message_from_bytes(envelope.content, policy=policy.default))
        return list(self._parsed)

    def settings(self, **others: Any) -> Settings:
        """Return the settings of a service that sends its mails here."""
        return settings(self.port, **others)


def settings(port: int, **others: Any) -> Settings:
    """Return the settings of a service whose mail server is at this port."""
    values: dict[str, Any] = {
        "smtp_port": port,
        "smtp_security": SmtpSecurity.NONE,
        "smtp_timeout_seconds": 5.0,
    } | others
    return Settings(**values)


@asynccontextmanager
async def inbox(
    certificate: ssl.SSLContext | None = None,
    *,
    from_first_byte: bool = False,
    login: bool = False,
    box: Inbox | None = None,
) -> AsyncIterator[Inbox]:
    """Run a mail server; with a certificate it offers STARTTLS, or begins with TLS. `box` takes the mails."""
    box = box or Inbox()

    def check(*given: object) -> AuthResult:
        data = given[-1]
        assert isinstance(data, LoginPassword)
        return AuthResult(success=(data.login, data.password) == (USER.encode(), PASSWORD.encode()), handled=False)

    # aiosmtpd reads every attribute of its handler at each connection; `mails` would be parsed each time.
    handler = SimpleNamespace(handle_RCPT=box.handle_RCPT, handle_DATA=box.handle_DATA)

    def serve() -> SMTP:
        with warnings.catch_warnings():
            # It warns of credentials in the clear where TLS begins with the first byte, too.
            warnings.filterwarnings("ignore", "Requiring AUTH while not requiring TLS")
            return SMTP(
                handler,
                enable_SMTPUTF8=True,
                hostname="mail.example.com",
                tls_context=None if from_first_byte else certificate,
                auth_required=login,
                auth_require_tls=not from_first_byte,
                authenticator=check if login else None,
            )

    server = await asyncio.get_running_loop().create_server(
        serve, "127.0.0.1", 0, ssl=certificate if from_first_byte else None
    )
    async with server:
        box.port = server.sockets[0].getsockname()[1]
        yield box


@asynccontextmanager
async def scripted(*replies: bytes, ending: bytes = b"") -> AsyncIterator[tuple[int, list[bytes]]]:
    """Run a server that sends a reply at the connection and after each line, then `ending`, and hangs up.

    A reply of b"" is silence: it waits until the client is gone. Yield its port, and the lines that it got.
    """
    lines: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            for reply in replies:
                if not reply:
                    await reader.read()
                    return
                writer.write(reply)
                await writer.drain()
                if reply.startswith(b"354"):
                    lines.append(await reader.readuntil(b"\r\n.\r\n"))
                else:
                    lines.append(await reader.readline())
            writer.write(ending)
            await writer.drain()
        except ConnectionError:
            lines.append(b"(the client hung up)")

    async with listening(serve) as port:
        yield port, lines


GREETING = (b"220 mail.example.com ESMTP\r\n", b"250 mail.example.com\r\n")  # before and after EHLO
READY: Sequence[bytes] = (*GREETING, b"250 sender\r\n", b"250 recipient\r\n", b"354 go on\r\n")


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Return the TLS of a server whose certificate is signed by itself, and the file by which it is trusted."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail.example.com")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    secret, trusted = folder / "secret.pem", folder / "trusted.pem"
    trusted.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + trusted.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(secret)
    return context, trusted
