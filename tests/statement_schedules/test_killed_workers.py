"""Scheduled statements while workers are killed: each reaches its recipient, and each is one mail by its Message-ID.

`make chaos-mail` does the same with a thousand, and prints the counts.
"""

import os
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Literal
from uuid import UUID

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from billing_api.config import Settings
from billing_api.kit.version import ANY_VERSION
from billing_api.statement_schedules.schemas import StatementScheduleUpdate
from tests.factories.invoices import post_invoice
from tests.factories.users import make_account
from tests.fixtures.commands import Program, running
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.waiting import looks
from tests.mail.servers import Inbox, inbox

STATEMENTS = int(os.environ.get("CHAOS_MAILS", "40"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200 + 3 * STATEMENTS)]
KILLS = max(6, STATEMENTS // 25)
_LATEST = datetime.now(UTC).date() - timedelta(days=5)  # so that the next one is not due before the test has ended
_DAY = min(_LATEST.day, 28)  # which each month has
_MONTHS = 3  # that were missed, of most accounts
# For one worker. Its PDFs are made when nothing else wants a core, and other tests may want them all for minutes.
_PDF_SECONDS = 240
_SECONDS = 60.0 + _PDF_SECONDS + STATEMENTS
# Jobs whose worker died are run alone and first: those of one kill are done before the next.
_SENT_BETWEEN = (5, 8) if STATEMENTS < 100 else (6, 30)
_COUNTS = """
    SELECT (SELECT count(*) FROM statements) AS made,
           (SELECT count(*) FROM deliveries WHERE status = 'sent') AS sent,
           (SELECT count(*) FROM jobs WHERE state = 'held' AND task ~ '^(deliveries|statement_schedules)') AS held
"""  # there is no gateway here, and the work that searches it may be held
Moment = Literal["making", "recipient", "data", "accepted"]
MOMENTS: tuple[Moment, ...] = ("accepted", "making", "data", "recipient")


@dataclass
class KillingServer(Inbox):
    """A mail server that kills the worker in the middle of a mail: before it is accepted, or right after."""

    worker: Program | None = None
    moment: Moment = "data"
    left: int = 0  # mails until then

    def arm(self, worker: Program, moment: Moment, after: int) -> None:
        """Kill this worker at a moment of the mail after so many."""
        self.worker, self.moment, self.left = worker, moment, after

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.left -= 1
        self._strike("recipient")
        return await super().handle_RCPT(server, session, envelope, address, options)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self._strike("data"):
            return "451 4.3.0 not accepted"
        words = await super().handle_DATA(server, session, envelope)
        self._strike("accepted")
        return words

    def _strike(self, moment: Moment) -> bool:
        if self.worker is None or self.left > 0 or moment != self.moment:
            return False
        if self.worker.returncode is None:
            self.worker.kill()
        self.worker = None
        return True


@dataclass
class Office:
    """Accounts whose statements are due, the mail server, and the workers."""

    url: str
    sql: Sql
    box: KillingServer
    random: Random = field(default_factory=lambda: Random(20261127))

    @asynccontextmanager
    async def worker(self) -> AsyncIterator[Program]:
        """A worker as a process of its own, which is killed at the end."""
        settings = {
            "DATABASE_URL": self.url,
            "SMTP_PORT": str(self.box.port),
            "SMTP_SECURITY": "none",
            "WORKER_POLL_SECONDS": "0.05",
            "WORKER_LEASE_SECONDS": "3",
            "DOCUMENT_TIMEOUT_SECONDS": str(_PDF_SECONDS),
            "LOG_LEVEL": "ERROR",
        }
        async with running("worker", **settings) as program:
            yield program

    async def work_until_killed(self, moment: Moment) -> bool:
        """Run a worker until it is killed at this moment of a random mail; return whether all was done before."""
        after = self.random.randint(*_SENT_BETWEEN)
        async with self.worker() as worker:
            made = await self.sql.fetchval("SELECT count(*) FROM statements")
            if moment == "making" and made + after >= STATEMENTS:
                moment = "data"
            if moment != "making":
                self.box.arm(worker, moment, after)
            for _ in looks(f"the end of a worker that is to be killed while {moment}", seconds=_SECONDS):
                counts = await self.sql.fetchrow(_COUNTS)
                assert counts is not None
                if counts["sent"] == STATEMENTS:
                    return True
                if self.box.worker is None and (moment != "making" or counts["made"] >= made + after):
                    return False
        raise AssertionError

    async def work_to_the_end(self) -> None:
        """Run a worker until all mails are sent."""
        self.box.worker = None
        async with self.worker():
            for _ in looks("all mails", seconds=_SECONDS):
                if (await self.sql.fetchrow(_COUNTS))["sent"] == STATEMENTS:  # type: ignore[index]
                    return


@pytest.fixture
async def office(own_database: str) -> AsyncIterator[Office]:
    """A database of its own, in which every account has missed its statements of up to three months."""
    sql = await asyncpg.connect(own_database)
    async with open_services(Settings(database_url=own_database)) as services:
        for number in range(-(-STATEMENTS // _MONTHS)):
            await _missing(services, sql, number, min(_MONTHS, STATEMENTS - number * _MONTHS))
    async with inbox(box=KillingServer()) as box:
        assert isinstance(box, KillingServer)
        yield Office(own_database, sql, box)
    await sql.close()


async def _missing(services: Services, sql: Sql, number: int, months: int) -> UUID:
    account_id = await make_account(services)
    await post_invoice(services, account_id, 100 + number, issued_on=date(2026, 8, 3))
    change = {"frequency": "monthly", "day": _DAY, "recipients": [f"customer-{number}@example.com"]}
    await services.statement_schedules.update(account_id, StatementScheduleUpdate.model_validate(change), ANY_VERSION)
    await sql.execute(
        "UPDATE statement_schedules SET next_on = $2 WHERE account_id = $1", account_id, _missed_since(months)
    )
    return account_id


def _missed_since(months: int) -> date:
    """The first of so many mailing days that have passed."""
    first = _LATEST.replace(day=_DAY)
    for _ in range(months - 1):
        first = (first.replace(day=1) - timedelta(days=1)).replace(day=_DAY)
    return first


async def test_each_statement_arrives_once_by_its_message_id(office: Office) -> None:
    """A retry after the server's acceptance is the same mail, byte for byte; no job is left to an operator."""
    killed = 0
    while killed < KILLS and not await office.work_until_killed(MOMENTS[killed % len(MOMENTS)]):
        killed += 1
    await office.work_to_the_end()
    assert killed >= len(MOMENTS)
    counts = await office.sql.fetchrow(_COUNTS)
    assert counts is not None
    assert (counts["made"], counts["sent"], counts["held"]) == (STATEMENTS, STATEMENTS, 0)
    mails: defaultdict[str, list[bytes]] = defaultdict(list)
    for envelope, mail in zip(office.box.envelopes, office.box.mails, strict=True):
        assert isinstance(envelope.content, bytes)
        mails[str(mail["Message-ID"])].append(envelope.content)
    queued = {row["message_id"] for row in await office.sql.fetch("SELECT message_id FROM deliveries")}
    assert mails.keys() == queued
    assert len(queued) == STATEMENTS
    assert all(len(set(same)) == 1 for same in mails.values())
    again = sum(len(same) - 1 for same in mails.values())
    sys.stdout.write(
        f"\n{STATEMENTS} scheduled statements, {killed} workers killed: {len(mails)} Message-IDs arrived, "
        f"{STATEMENTS - len(mails)} are lost, {again} mails came again with the same bytes\n"
    )
