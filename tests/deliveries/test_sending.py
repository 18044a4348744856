"""Deliveries: queued with their reason, sent by a job, and the same mail at each try."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.core import Core
from billing_api.db.database import Database
from billing_api.deliveries.jobs import SEND, SEND_NOW, SendMail
from billing_api.deliveries.repository import DeliveryRepository
from billing_api.deliveries.schemas import DeliveryQuery, DeliveryRead
from billing_api.deliveries.sending import Sending
from billing_api.deliveries.service import Deliveries, Order
from billing_api.deliveries.writers import Writers
from billing_api.feature import Feature
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import Handler
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.mail.message import sender_of
from billing_api.mail.rendering import Stationery
from billing_api.mail.transport import SmtpTransport
from billing_api.parts import Parts
from tests.factories.users import make_account
from tests.fixtures.post import Post, mail_settings, tasks_of, text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.mail.servers import READY, Inbox, inbox, scripted


async def write(occasion: Occasion, words: Language) -> Letter:
    """Write a note, or find that there is none any more."""
    if "gone" in occasion.facts:
        raise NothingToSendError("The note was removed.")
    return Letter(subject="A note", heading="A note", paragraphs=[f"{occasion.facts['text']} ({words.tag})"])


@dataclass(frozen=True)
class Desk:
    """An account whose mails are notes."""

    account_id: UUID
    subject_id: UUID
    post: Post
    sql: Sql

    async def queue(self, *recipients: str, source: UUID | None = None, **facts: str) -> list[bool]:
        """Queue a note to each of the recipients, in one transaction."""
        source_id = source or uuid4()

        async def queue() -> list[bool]:
            return [
                await self.post.parts[Deliveries].queue(
                    self.account_id,
                    Order(
                        kind="note",
                        source_id=source_id,
                        recipient=recipient,
                        locale="de-DE",
                        subject_id=self.subject_id,
                        facts={"text": "hello", **facts},
                    ),
                )
                for recipient in recipients
            ]

        return await self.post.parts[Database].run(queue)

    async def listed(self) -> list[DeliveryRead]:
        """Return the deliveries by recipient."""
        page = await self.post.parts[Deliveries].list_about(self.account_id, self.subject_id, DeliveryQuery())
        return sorted(page.data, key=lambda one: one.recipient)

    async def let_time_pass(self) -> None:
        """Let every job that waits be due."""
        await self.sql.execute(
            "UPDATE jobs SET run_at = now() - interval '1 minute' WHERE account_id = $1 AND state = 'waiting'",
            self.account_id,
        )

    def use_server(self, port: int) -> None:
        """Send to another mail server from now on."""
        self.post.parts.settings = mail_settings(self.post.parts.settings, Inbox(port), smtp_timeout_seconds=0.5)
        self.post.tasks.update(tasks_of(self.post.parts, [FEATURE]))


def _send(parts: Parts) -> Handler[SendMail]:
    core, settings = parts[Core], parts.settings
    sending = Sending(
        core,
        DeliveryRepository(core.db),
        Writers(parts, {"note": lambda _: write}),
        stationery=Stationery.of(settings),
        sender=sender_of(settings),
        transport=SmtpTransport(settings),
    )
    return sending.send


FEATURE = Feature(tasks={SEND: _send, SEND_NOW: _send})


@pytest.fixture
async def desk(settings: Settings, services: Services, sql: Sql) -> AsyncIterator[Desk]:
    """A desk with a mail server that works."""
    account_id = await make_account(services)
    async with inbox() as box, open_parts(mail_settings(settings, box)) as parts:
        yield Desk(account_id, uuid4(), Post(box, parts, tasks_of(parts, [FEATURE])), sql)


class TestSent:
    async def test_it_arrives_and_is_listed_with_the_servers_words(self, desk: Desk) -> None:
        await desk.queue("ann@customer.example")
        [waiting] = await desk.listed()
        assert (waiting.status, waiting.tries, waiting.response, waiting.sent_at) == ("queued", 0, None, None)
        [mail] = await desk.post.to("ann@customer.example")
        assert mail["Subject"] == "A note"
        assert "hello (de-DE)" in text_of(mail)
        [sent] = await desk.listed()
        assert (sent.status, sent.tries, sent.response) == ("sent", 1, "queued as 1")
        assert sent.message_id == mail["Message-ID"]
        assert sent.sent_at is not None

    async def test_nothing_is_sent_of_a_transaction_that_is_rolled_back(self, desk: Desk) -> None:
        async def queue_and_fail() -> None:
            order = Order(kind="note", source_id=uuid4(), recipient="ann@customer.example", locale="de-DE")
            await desk.post.parts[Deliveries].queue(desk.account_id, order)
            raise LookupError

        with pytest.raises(LookupError):
            await desk.post.parts[Database].run(queue_and_fail)
        assert await desk.post.to("ann@customer.example") == []

    async def test_one_source_makes_one_mail_for_each_recipient(self, desk: Desk) -> None:
        source = uuid4()
        assert await desk.queue("ann@customer.example", "bob@customer.example", source=source) == [True, True]
        assert await desk.queue("ann@customer.example", source=source) == [False]
        await desk.post.work()
        assert len(desk.post.box.mails) == 2
        assert len({mail["Message-ID"] for mail in desk.post.box.mails}) == 2

    async def test_a_job_that_comes_again_sends_nothing(self, desk: Desk) -> None:
        await desk.queue("ann@customer.example")
        await desk.post.work()
        await desk.sql.execute(
            "UPDATE jobs SET state = 'waiting', ended_at = NULL WHERE account_id = $1", desk.account_id
        )
        await desk.post.work()
        assert len(desk.post.box.mails) == 1


class TestNotSent:
    async def test_one_refused_of_three_harms_no_other(self, desk: Desk) -> None:
        desk.post.box.refused = {"bob@customer.example": "550 5.1.1 no such user"}
        await desk.queue("ann@customer.example", "bob@customer.example", "cyd@customer.example")
        assert await desk.post.work() == ["done"] * 3
        listed = await desk.listed()
        assert [(one.status, one.response) for one in listed] == [
            ("sent", "queued as 1"),
            ("failed", "550 5.1.1 no such user"),
            ("sent", "queued as 2"),
        ]

    async def test_a_delay_is_tried_again_as_the_same_mail(self, desk: Desk) -> None:
        desk.post.box.refused = {"ann@customer.example": "450 4.2.0 greylisted"}
        await desk.queue("ann@customer.example")
        assert await desk.post.work() == ["failed"]
        [delayed] = await desk.listed()
        assert (delayed.status, delayed.tries, delayed.response) == ("queued", 1, "450 4.2.0 greylisted")
        desk.post.box.refused = {}
        await desk.let_time_pass()
        [mail] = await desk.post.to("ann@customer.example")
        [sent] = await desk.listed()
        assert (sent.status, sent.tries) == ("sent", 2)
        assert mail["Message-ID"] == delayed.message_id == sent.message_id

    async def test_a_connection_lost_after_data_makes_the_same_mail_again(self, desk: Desk) -> None:
        """The first server may have accepted it, and can't be asked: the receiver tells by the bytes that it is one."""
        await desk.queue("ann@customer.example")
        working = desk.post.box.port
        async with scripted(*READY) as (port, lines):
            desk.use_server(port)
            assert await desk.post.work() == ["failed"]
        desk.use_server(working)
        await desk.let_time_pass()
        assert await desk.post.work() == ["done"]
        [envelope] = desk.post.box.envelopes
        assert isinstance(envelope.content, bytes)
        assert lines[-1].removesuffix(b".\r\n") == envelope.content

    async def test_a_worker_that_dies_after_acceptance_sends_the_same_mail_again(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await desk.queue("ann@customer.example")
        with monkeypatch.context() as dying:
            dying.setattr(DeliveryRepository, "note_try", _die)
            with pytest.raises(asyncio.CancelledError):
                await desk.post.work()
        assert len(desk.post.box.mails) == 1
        await desk.sql.execute(
            "UPDATE jobs SET state = 'waiting', lease_id = NULL, leased_until = NULL WHERE account_id = $1",
            desk.account_id,
        )
        assert await desk.post.work() == ["done"]
        first, second = desk.post.box.envelopes
        assert first.content == second.content

    async def test_after_the_last_try_it_has_failed_and_an_operator_can_let_it_go_out(self, desk: Desk) -> None:
        desk.post.box.refused = {"ann@customer.example": "451 later"}
        await desk.queue("ann@customer.example")
        await desk.sql.execute(
            "UPDATE jobs SET attempts = $2 WHERE account_id = $1", desk.account_id, SEND.attempts - 1
        )
        assert await desk.post.work() == ["held"]
        [failed] = await desk.listed()
        assert (failed.status, failed.response) == ("failed", "451 later")
        [job_id] = [
            row["id"] for row in await desk.sql.fetch("SELECT id FROM jobs WHERE account_id = $1", desk.account_id)
        ]
        desk.post.box.refused = {}
        await desk.post.parts[Jobs].retry(job_id)
        assert await desk.post.work() == ["done"]
        [sent] = await desk.listed()
        assert sent.status == "sent"

    async def test_a_mail_that_has_lost_its_reason_is_not_sent(self, desk: Desk) -> None:
        await desk.queue("ann@customer.example", gone="yes")
        assert await desk.post.work() == ["done"]
        [failed] = await desk.listed()
        assert (failed.status, failed.response) == ("failed", "The note was removed.")
        assert desk.post.box.mails == []

    async def test_an_operator_sees_no_address(self, desk: Desk) -> None:
        desk.post.box.refused = {"ann@customer.example": "450 ann@customer.example is over quota"}
        await desk.queue("ann@customer.example")
        await desk.post.work()
        [row] = await desk.sql.fetch("SELECT * FROM jobs WHERE account_id = $1", desk.account_id)
        assert "ann@" not in str(dict(row))
        assert row["error"]


async def _die(*_: object, **__: object) -> None:
    """As SIGKILL: nothing that follows is done, and no outcome is recorded."""
    raise asyncio.CancelledError


async def test_deliveries_of_another_account_are_not_listed(desk: Desk, services: Services) -> None:
    await desk.queue("ann@customer.example")
    other = await make_account(services)
    page = await desk.post.parts[Deliveries].list_about(other, desk.subject_id, DeliveryQuery())
    assert page.data == []
