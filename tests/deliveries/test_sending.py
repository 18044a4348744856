"""Deliveries: queued with their reason, sent by a job, and the same mail at each try."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from billing_api.bootstrap import open_parts
from billing_api.config import Settings
from billing_api.db.database import Database
from billing_api.deliveries.jobs import SEND, SEND_NOW, SendMail
from billing_api.deliveries.making import make_sending
from billing_api.deliveries.repository import DeliveryRepository
from billing_api.deliveries.schemas import DeliveryQuery, DeliveryRead
from billing_api.deliveries.service import Deliveries, Order
from billing_api.deliveries.writers import Writers
from billing_api.feature import Feature
from billing_api.jobs.callbacks import JobCallbacks
from billing_api.jobs.model import JobState
from billing_api.jobs.repository import Queue
from billing_api.jobs.running import Attempts
from billing_api.jobs.service import Jobs
from billing_api.jobs.tasks import Handler
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter, NothingToSendError, Occasion
from billing_api.mail.message import Mail
from billing_api.mail.transport import SmtpTransport
from billing_api.parts import Parts
from tests.factories.users import make_account, make_member
from tests.fixtures.ports import reserved_port
from tests.fixtures.post import Post, leave_out_jobs, mail_settings, tasks_of, text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.mail.servers import READY, Inbox, inbox, scripted


async def write(occasion: Occasion, words: Language) -> Letter:
    """Write a note, or find that there is none any more."""
    if "broken" in occasion.facts:
        raise LookupError
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

    async def job_id(self) -> UUID:
        """Return the id of the account's one job."""
        [row] = await self.sql.fetch("SELECT id FROM jobs WHERE account_id = $1", self.account_id)
        found: UUID = row["id"]
        return found

    async def queue(
        self, *recipients: str, source: UUID | None = None, user_id: UUID | None = None, **facts: str
    ) -> list[bool]:
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
                        user_id=user_id,
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
        self.post.parts.settings = mail_settings(self.post.parts.settings, Inbox(port))
        self.post.tasks.update(tasks_of(self.post.parts, [FEATURE]))


def _send(parts: Parts) -> Handler[SendMail]:
    return make_sending(parts, Writers(parts, {"note": lambda _: write})).send


FEATURE = Feature(tasks={SEND: _send, SEND_NOW: _send})


@pytest.fixture
async def desk(settings: Settings, services: Services, sql: Sql) -> AsyncIterator[Desk]:
    """A desk with a mail server that works."""
    account_id = await make_account(services)
    async with inbox() as box, open_parts(mail_settings(settings, box)) as parts:
        await leave_out_jobs(sql)
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
        assert row["error"].endswith("450 <address> is over quota")


class TestGivenUp:
    async def test_a_cancelled_mail_has_failed_and_one_that_is_retried_waits_again(self, desk: Desk) -> None:
        await desk.queue("ann@customer.example")
        jobs, job_id = desk.post.parts[Jobs], await desk.job_id()
        await jobs.cancel(job_id)
        [cancelled] = await desk.listed()
        assert (cancelled.status, cancelled.response) == ("failed", "The vendor has cancelled the mail.")
        assert await desk.post.work() == []
        await jobs.retry(job_id)
        assert [one.status for one in await desk.listed()] == ["queued"]
        await desk.post.work()
        assert [one.status for one in await desk.listed()] == ["sent"]

    async def test_a_mail_that_was_sent_while_it_was_cancelled_is_sent(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await desk.queue("ann@customer.example")
        jobs, job_id = desk.post.parts[Jobs], await desk.job_id()
        send = SmtpTransport.send

        async def send_and_cancel(transport: SmtpTransport, mail: Mail) -> str:
            words = await send(transport, mail)
            await jobs.cancel(job_id)
            return words

        monkeypatch.setattr(SmtpTransport, "send", send_and_cancel)
        assert await desk.post.work() == ["lost"]
        assert [one.status for one in await desk.listed()] == ["sent"]

    async def test_a_mail_whose_workers_died_has_failed(self, desk: Desk) -> None:
        await desk.queue("ann@customer.example")
        queue = desk.post.parts[Queue]
        await queue.start(desk.post.tasks, limit=1, is_idle=True, lease=timedelta(), worker="dead")
        await desk.sql.execute("UPDATE jobs SET crashes = 2 WHERE account_id = $1", desk.account_id)
        await Attempts(queue, desk.post.parts[JobCallbacks]).take_back(desk.post.tasks)
        assert (await desk.post.parts[Jobs].get(await desk.job_id())).state is JobState.HELD
        [failed] = await desk.listed()
        assert (failed.status, failed.response) == ("failed", "The mail could not be sent.")

    async def test_a_mail_that_can_not_be_written_says_so_at_each_try(self, desk: Desk) -> None:
        await desk.queue("ann@customer.example", broken="yes")
        assert await desk.post.work() == ["failed"]
        [tried] = await desk.listed()
        assert (tried.status, tried.tries, tried.response) == ("queued", 1, "The mail could not be written.")
        await desk.sql.execute(
            "UPDATE jobs SET attempts = $2, run_at = now() WHERE account_id = $1", desk.account_id, SEND.attempts - 1
        )
        assert await desk.post.work() == ["held"]
        assert [one.status for one in await desk.listed()] == ["failed"]

    @pytest.mark.parametrize("end", ["leave", "disable"])
    async def test_a_reader_who_has_left_gets_nothing(self, desk: Desk, services: Services, end: str) -> None:
        reader = (await make_member(services, desk.account_id)).user_id
        await desk.queue("ann@customer.example", user_id=reader)

        async def go() -> None:
            user = await services.users.lock(reader)
            assert user is not None
            if end == "leave":
                await services.users.leave(user, account_id=desk.account_id)
            else:
                await services.users.disable(user, disabled=True)

        await services.database.run(go)
        assert await desk.post.to("ann@customer.example") == []
        [failed] = await desk.listed()
        assert (failed.status, failed.response) == ("failed", "Its reader may no longer enter the account.")


async def test_operators_see_the_cause_and_customers_a_plain_word(desk: Desk) -> None:
    await desk.queue("ann@customer.example")
    with reserved_port() as port:
        desk.use_server(port)
        assert await desk.post.work() == ["failed"]
    [delayed] = await desk.listed()
    assert delayed.response == "The vendor's mail server could not be reached."
    job = await desk.post.parts[Jobs].get(await desk.job_id())
    assert job.error is not None
    assert job.error.startswith(f"TryAgainError: the mail server has not taken the mail: 127.0.0.1:{port}: ")
    assert "Connect call failed" in job.error


async def _die(*_: object, **__: object) -> None:
    """As SIGKILL: nothing that follows is done, and no outcome is recorded."""
    raise asyncio.CancelledError


async def test_deliveries_of_another_account_are_not_listed(desk: Desk, services: Services) -> None:
    await desk.queue("ann@customer.example")
    other = await make_account(services)
    page = await desk.post.parts[Deliveries].list_about(other, desk.subject_id, DeliveryQuery())
    assert page.data == []
