"""Handing mails to servers on real sockets: one that works, and all that can be wrong with one."""

import asyncio
import ssl
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from billing_api.mail.errors import MailDelayedError, MailError, MailRefusedError
from billing_api.mail.transport import LOST, NO_RESPONSE, NOT_REACHED, NOT_TAKEN, SmtpTransport
from billing_api.mail_settings import SmtpSecurity
from tests.fixtures.ports import reserved_port
from tests.mail.mails import mail
from tests.mail.servers import GREETING, PASSWORD, READY, USER, certificate, inbox, scripted, settings


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, Path]:
    """A server's TLS, and the file by which its certificate is trusted."""
    return certificate(tmp_path_factory.mktemp("tls"))


async def send_to(port: int, **others: Any) -> MailError:
    """Send a mail that must fail, and return the error."""
    with pytest.raises(MailError) as failed:
        await SmtpTransport(settings(port, **others)).send(mail())
    return failed.value


class TestAccepted:
    async def test_it_arrives_as_it_was_written(self) -> None:
        async with inbox() as box:
            words = await SmtpTransport(box.settings()).send(mail())
        [envelope], [got] = box.envelopes, box.mails
        assert words == "queued as 1"
        assert (envelope.mail_from, envelope.rcpt_tos) == ("billing@vendor.example", ["pat@customer.example"])
        assert isinstance(envelope.content, bytes)
        assert envelope.content == mail().as_bytes()
        assert isinstance(got, EmailMessage)

    @pytest.mark.parametrize(
        ("recipient", "received"),
        [
            ("jürgen@bücher.example", "jürgen@xn--bcher-kva.example"),
            ("pat@bücher.example", "pat@xn--bcher-kva.example"),
        ],
    )
    async def test_addresses_beyond_ascii(self, recipient: str, received: str) -> None:
        async with inbox() as box:
            await SmtpTransport(box.settings()).send(mail(recipient))
        [envelope] = box.envelopes
        assert envelope.rcpt_tos == [received]

    @pytest.mark.parametrize("goodbye", [b"", b"garbage\r\n", b"421 no\r\n"])
    async def test_a_server_that_is_rude_afterwards_has_accepted(self, goodbye: bytes) -> None:
        """Silence, garbage or an error as the response to QUIT."""
        async with scripted(*READY, b"250 taken as 7\r\n", goodbye) as (port, lines):
            assert await SmtpTransport(settings(port)).send(mail()) == "taken as 7"
        assert lines[-1] in {b"QUIT\r\n", b""}


class TestSecurity:
    @pytest.mark.parametrize(
        "security", [SmtpSecurity.STARTTLS, SmtpSecurity.TLS], ids=["starttls", "from the first byte"]
    )
    async def test_tls_with_credentials(self, tls: tuple[ssl.SSLContext, Path], security: SmtpSecurity) -> None:
        context, trusted = tls
        async with inbox(context, from_first_byte=security is SmtpSecurity.TLS, login=True) as box:
            ours = box.settings(
                smtp_security=security, smtp_ca_file=str(trusted), smtp_user=USER, smtp_password=PASSWORD
            )
            await SmtpTransport(ours).send(mail())
        [envelope] = box.envelopes
        assert envelope.content == mail().as_bytes()

    @pytest.mark.parametrize(
        "security", [SmtpSecurity.STARTTLS, SmtpSecurity.TLS], ids=["starttls", "from the first byte"]
    )
    async def test_a_certificate_that_is_not_trusted(
        self, tls: tuple[ssl.SSLContext, Path], security: SmtpSecurity
    ) -> None:
        async with inbox(tls[0], from_first_byte=security is SmtpSecurity.TLS) as box:
            error = await send_to(box.port, smtp_security=security)
        assert isinstance(error, MailDelayedError)
        assert "certificate verify failed" in error.cause
        assert not box.envelopes

    async def test_a_certificate_of_another_host(self, tls: tuple[ssl.SSLContext, Path]) -> None:
        async with inbox(tls[0]) as box:
            error = await send_to(
                box.port, smtp_host="localhost", smtp_security=SmtpSecurity.STARTTLS, smtp_ca_file=str(tls[1])
            )
        assert "certificate verify failed" in error.cause
        assert not box.envelopes

    async def test_nothing_is_sent_where_starttls_is_not_offered(self) -> None:
        async with inbox() as box:
            error = await send_to(box.port, smtp_security=SmtpSecurity.STARTTLS)
        assert isinstance(error, MailDelayedError)
        assert not box.envelopes

    async def test_a_wrong_password_is_a_delay_and_is_not_repeated(self, tls: tuple[ssl.SSLContext, Path]) -> None:
        """Nothing is wrong with the mail: it goes out when the setting is right."""
        async with inbox(tls[0], login=True) as box:
            error = await send_to(
                box.port,
                smtp_security=SmtpSecurity.STARTTLS,
                smtp_ca_file=str(tls[1]),
                smtp_user=USER,
                smtp_password="canary-wrong",
            )
        assert isinstance(error, MailDelayedError)
        assert ": 535 " in error.cause
        assert "canary" not in error.cause
        assert error.words == NOT_TAKEN


class TestRefused:
    async def test_one_refused_recipient_does_not_harm_the_others(self) -> None:
        recipients = [f"{name}@customer.example" for name in ("ann", "bob", "cyd")]
        async with inbox() as box:
            box.refused = {recipients[1]: "550 5.1.1 no such user"}
            transport = SmtpTransport(box.settings())
            outcomes = await asyncio.gather(*(transport.send(mail(to)) for to in recipients), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [str, MailRefusedError, str]
        assert str(outcomes[1]) == "550 5.1.1 no such user"
        assert sorted(to for envelope in box.envelopes for to in envelope.rcpt_tos) == [recipients[0], recipients[2]]

    @pytest.mark.parametrize(
        ("words", "kind"),
        [("550 no", MailRefusedError), ("554 no", MailRefusedError), ("450 grey", MailDelayedError)],
    )
    async def test_the_recipient(self, words: str, kind: type[MailError]) -> None:
        async with inbox() as box:
            box.refused = {"pat@customer.example": words}
            error = await send_to(box.port)
        assert (type(error), error.words) == (kind, words)

    @pytest.mark.parametrize(
        ("words", "kind"),
        [("552 too large", MailRefusedError), ("554 spam", MailRefusedError), ("451 later", MailDelayedError)],
    )
    async def test_the_content(self, words: str, kind: type[MailError]) -> None:
        async with inbox() as box:
            box.refused_data = words
            error = await send_to(box.port)
        assert (type(error), error.words) == (kind, words)

    async def test_a_mailbox_beyond_ascii_where_the_server_has_no_smtputf8(self) -> None:
        async with scripted(*GREETING, b"221 bye\r\n") as (port, _):
            with pytest.raises(MailRefusedError, match="SMTPUTF8"):
                await SmtpTransport(settings(port)).send(mail("jürgen@customer.example"))


class TestTrouble:
    async def test_the_server_is_down(self) -> None:
        with reserved_port() as port:
            error = await send_to(port)
        assert (type(error), error.words) == (MailDelayedError, NOT_REACHED)
        assert f"127.0.0.1:{port}: " in error.cause

    async def test_the_host_is_unknown(self) -> None:
        error = await send_to(25, smtp_host="no-such-host.invalid")
        assert isinstance(error, MailDelayedError)

    @pytest.mark.parametrize("steps", range(2, len(READY) + 1))
    async def test_the_connection_is_lost(self, steps: int) -> None:
        """Once the server was reached: after EHLO, MAIL, RCPT, DATA, and after the mail itself."""
        async with scripted(*READY[:steps]) as (port, _):
            error = await send_to(port)
        assert (type(error), error.words) == (MailDelayedError, LOST)

    @pytest.mark.parametrize("replies", [[*READY[:steps], b""] for steps in range(len(READY) + 1)])
    async def test_the_server_is_silent(self, replies: list[bytes]) -> None:
        """At each step: before the greeting, after EHLO, MAIL, RCPT, DATA, and after the mail itself."""
        async with scripted(*replies) as (port, _):
            error = await send_to(port, smtp_timeout_seconds=0.2)
        assert (type(error), error.words) == (MailDelayedError, NO_RESPONSE)
        assert error.cause == f"127.0.0.1:{port}: no response within 0.2 s"

    async def test_a_reply_that_never_ends(self) -> None:
        """Line by line, so that something comes all the time."""
        ended = asyncio.Event()

        async def serve(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                while True:
                    writer.write(b"220-wait\r\n" * 100)
                    await writer.drain()
                    await asyncio.sleep(0)
            except ConnectionError:
                ended.set()
                writer.close()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            error = await send_to(server.sockets[0].getsockname()[1], smtp_timeout_seconds=0.3)
            await ended.wait()
        assert isinstance(error, MailDelayedError)

    @pytest.mark.parametrize("steps", range(len(READY) + 1))
    async def test_garbage(self, steps: int) -> None:
        async with scripted(*READY[:steps], b"HTTP/1.1 400 \x00\xff\x1b[31m\r\n\r\n") as (port, _):
            error = await send_to(port)
        assert isinstance(error, MailDelayedError)
        for words in (error.words, error.cause):
            assert words.isprintable()
            assert len(words) <= 600

    async def test_a_line_that_never_ends(self) -> None:
        async with scripted(b"220 " + b"x" * 2_000_000) as (port, _):
            error = await send_to(port)
        assert isinstance(error, MailDelayedError)
        assert len(error.words) <= 500

    @pytest.mark.parametrize("steps", range(len(READY) + 1))
    async def test_the_connection_breaks(self, steps: int) -> None:
        """The last one is after DATA: the mail may have been accepted, and the retry has the same Message-ID."""
        async with scripted(*READY[:steps]) as (port, lines):
            error = await send_to(port)
        assert isinstance(error, MailDelayedError)
        if steps == len(READY):
            assert mail().message_id.encode() in lines[-1]

    async def test_421_is_a_delay_at_every_step(self) -> None:
        for steps in range(len(READY) + 1):
            async with scripted(*READY[:steps], b"421 4.3.2 going down\r\n") as (port, _):
                error = await send_to(port)
            assert isinstance(error, MailDelayedError)
