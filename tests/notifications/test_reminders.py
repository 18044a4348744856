"""Reminders of invoices that are due soon or overdue: each invoice once for each notice, one mail a day for all."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

import pytest

from billing_api.core import Core
from billing_api.deliveries.service import Deliveries
from billing_api.jobs.periodic import Tick
from billing_api.notifications.reminders import Reminders
from billing_api.notifications.repository import NotificationRepository
from billing_api.notifications.service import NotificationPreferences
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import pay, store_card
from tests.fixtures.post import Post, text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.notifications.test_news import email_of

_OVERDUE_DAYS = [1, 7, 30]


class Mornings:
    """Ten o'clock of one day after the other."""

    def __init__(self, post: Post) -> None:
        self.clock = MovableClock()
        self.today: date = self.clock.today()
        self.clock.time = datetime.combine(self.today, time(10), self.clock.zone)
        core = post.parts[Core]
        self._post = post
        self._reminders = Reminders(
            replace(core, clock=self.clock),
            NotificationRepository(core.db),
            post.parts[NotificationPreferences],
            post.parts[Deliveries],
            due_soon_days=7,
            overdue_days=_OVERDUE_DAYS,
        )

    async def remind(self, *, days: int = 0) -> None:
        """Let so many days pass, and send the reminders of that day."""
        await self.queue(days=days)
        await self._post.work()

    async def queue(self, *, days: int = 0) -> None:
        """Let so many days pass, and queue the reminders of that day twice."""
        self.clock.forward(days=days)
        tick = Tick(self.clock.now(), self.clock.now())
        for _ in range(2):
            await self._reminders.remind(tick)

    async def due_in(self, services: Services, account_id: UUID, days: int, **fields: str) -> UUID:
        """Post an invoice of 100 dollars that is due in so many days; it may be overdue."""
        due_on = self.today + timedelta(days=days)
        return await post_invoice(
            services, account_id, 10_000, issued_on=due_on - timedelta(days=60), due_on=due_on, **fields
        )


@pytest.fixture
async def mornings(post: Post, sql: Sql) -> Mornings:
    """The days of the test, on which no invoice of another test is reminded of."""
    mornings = Mornings(post)
    await sql.execute(
        "INSERT INTO invoice_reminders (account_id, invoice_id, notice, queued_at) "
        "SELECT account_id, id, notice, now() FROM invoices, unnest($1::text[]) AS notice ON CONFLICT DO NOTHING",
        ["due_soon", *(f"overdue_{days}" for days in _OVERDUE_DAYS)],
    )
    return mornings


@pytest.fixture
async def owner(portal: Portal, sql: Sql) -> str:
    """The address of the account's owner."""
    return await email_of(sql, portal.user_id)


async def test_an_invoice_has_its_reminders_one_by_one(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str
) -> None:
    invoice_id = await mornings.due_in(services, portal.account_id, 10, number="INV-1")
    told = []
    for day in range(45):
        before = len(post.subjects(owner))
        await mornings.remind(days=1 if day else 0)
        told += [(day - 10, subject) for subject in post.subjects(owner)[before:]]
    due_on = mornings.today + timedelta(days=10)
    assert told == [
        (-7, f"Invoice INV-1 is due on {due_on:%B} {due_on.day}, {due_on.year}"),
        (1, "Invoice INV-1 is overdue"),
        (7, "Invoice INV-1 is overdue"),
        (30, "Invoice INV-1 is overdue"),
    ]
    assert f"/invoices/{invoice_id}" in text_of(post.box.mails[-1])
    assert len({mail["Message-ID"] for mail in post.box.mails}) == len(post.box.mails)


async def test_several_invoices_are_one_mail(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str
) -> None:
    for number in range(15):
        await mornings.due_in(services, portal.account_id, 1 + number % 5, number=f"INV-{number}")
    await mornings.remind()
    [mail] = await post.to(owner)
    assert mail["Subject"] == "15 invoices are due soon"
    text = text_of(mail)
    assert "$1,500.00" in text
    assert text.count("$100.00") == 12
    assert "And 3 more." in text


async def test_an_account_whose_reminder_fails_keeps_no_other_from_theirs(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str, sql: Sql
) -> None:
    """As after a fault of ours: the database refuses what is written for the account that comes first."""
    broken = UUID(int=1)
    await sql.execute(
        "INSERT INTO accounts (id, name, status, currency, net_days, discount_basis_points, discount_days, "
        "discount_includes_tax, created_at, updated_at, version) "
        "SELECT $1, name, status, currency, net_days, discount_basis_points, discount_days, discount_includes_tax, "
        "created_at, updated_at, version FROM accounts WHERE id = $2",
        broken,
        portal.account_id,
    )
    for account_id in (broken, portal.account_id):
        await mornings.due_in(services, account_id, 3)
    await sql.execute(f"ALTER TABLE invoice_reminders ADD CONSTRAINT unforeseen CHECK (account_id <> '{broken}')")
    try:
        await mornings.remind()
    finally:
        await sql.execute("ALTER TABLE invoice_reminders DROP CONSTRAINT unforeseen")
    assert len(await post.to(owner)) == 1


async def test_two_currencies_have_no_sum(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str
) -> None:
    await mornings.due_in(services, portal.account_id, 3)
    await mornings.due_in(services, portal.account_id, 3, currency="EUR")
    await mornings.remind()
    [mail] = await post.to(owner)
    assert "$100.00" in text_of(mail)
    assert "€100.00" in text_of(mail)
    assert "200.00" not in text_of(mail)


async def test_after_downtime_a_missed_one_is_sent_once_and_an_old_one_is_not(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str
) -> None:
    """Nothing ran for three days, and the books have an invoice of last year."""
    await mornings.due_in(services, portal.account_id, -2, number="INV-1")
    await mornings.due_in(services, portal.account_id, -200, number="INV-OLD")
    await mornings.remind(days=3)
    assert post.subjects(owner) == ["2 invoices are overdue"]  # one mail, for INV-1; it counts both
    await mornings.remind(days=1)
    assert len(post.subjects(owner)) == 1


async def test_one_mail_a_day_counts_all_that_is_overdue(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str
) -> None:
    """Two reach a stage today, each another one, a third reached none; a fourth comes later on the same day."""
    for days in (-1, -7, -20):
        await mornings.due_in(services, portal.account_id, days, number=f"INV{days}")
    await mornings.remind()
    [mail] = await post.to(owner)
    assert mail["Subject"] == "3 invoices are overdue"
    assert "$300.00" in text_of(mail)
    await mornings.due_in(services, portal.account_id, -1, number="INV-LATE")
    await mornings.remind()
    assert len(post.subjects(owner)) == 1
    await mornings.remind(days=1)
    assert post.subjects(owner)[1:] == ["4 invoices are overdue"]


async def test_a_paid_one_has_none(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str
) -> None:
    invoice_id = await mornings.due_in(services, portal.account_id, 3)
    await pay(portal, await store_card(portal), invoice_id)
    await mornings.remind()
    assert post.subjects(owner) == []


async def test_one_that_is_paid_before_the_mail_goes_out_is_left_out(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str
) -> None:
    """From the first try on the mail stays as it is."""
    first = await mornings.due_in(services, portal.account_id, 3, number="INV-1")
    await mornings.due_in(services, portal.account_id, 3, number="INV-2")
    await mornings.queue()
    assert (await pay(portal, await store_card(portal), first)).status_code == 201
    [mail] = await post.to(owner)
    assert "INV-1," not in text_of(mail)
    assert "INV-2" in text_of(mail)


async def test_before_eight_in_the_morning_nobody_is_written_to(
    services: Services, portal: Portal, post: Post, mornings: Mornings, owner: str
) -> None:
    await mornings.due_in(services, portal.account_id, 3)
    mornings.clock.time = mornings.clock.time.replace(hour=7)
    await mornings.remind()
    assert post.subjects(owner) == []


async def test_an_invoice_that_autopay_pays_has_none_until_it_is_given_up(
    services: Services, portal: Portal, mornings: Mornings, post: Post, owner: str, sql: Sql
) -> None:
    card = await store_card(portal)
    on = {"enabled": True, "payment_method_id": card["id"]}
    assert (await portal.put("/v1/autopay", json=on, headers={"If-Match": '"1"'})).status_code == 200
    invoice = await mornings.due_in(services, portal.account_id, 3)
    await mornings.remind()
    assert post.subjects(owner) == []
    row = (
        "INSERT INTO autopay_invoices (account_id, invoice_id, status, attempt, first_on, updated_at) "
        "VALUES ($1, $2, $3, 1, now(), now()) ON CONFLICT (account_id, invoice_id) DO UPDATE SET status = $3"
    )
    await sql.execute(row, portal.account_id, invoice, "again")  # it is planned again, since the choice has changed
    await mornings.remind()
    assert post.subjects(owner) == []
    await sql.execute(row, portal.account_id, invoice, "ended")
    await mornings.remind(days=1)
    assert [subject for subject in post.subjects(owner) if "is due on" in subject and "automatic" not in subject] != []
