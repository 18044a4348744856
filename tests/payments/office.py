"""The back office of a random order of events: each act is one method, which does nothing where it is refused."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.errors import AppError
from billing_api.invoices.sources import SourceUse
from billing_api.parts import Parts
from billing_api.payments.schemas import PaymentQuery
from billing_api.payments.unapplied import UnappliedMoney
from billing_api.refunds.schemas import RefundCreate
from billing_api.write_offs.schemas import WriteOffCreate
from tests.factories.credits import post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, record_offline
from tests.fixtures.services import Services
from tests.payments.conftest import request_of

T = TypeVar("T")


def pick(found: list[T], place: int) -> T:
    """The one at a place from the end, so that new ones are met as often as old ones."""
    return found[-1 - place % len(found)]


@dataclass
class Office:
    """The documents of one account; `place` is that of an invoice, `other` that of another document."""

    parts: Parts
    account_id: UUID
    invoices: list[UUID] = field(default_factory=list)
    memos: list[UUID] = field(default_factory=list)
    deposits: list[UUID] = field(default_factory=list)
    checks: list[UUID] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.services = Services(self.parts)

    async def post(self, total: int, *, due_in: int = 5, basis_points: int = 0) -> None:
        """Post an invoice, with a discount for some days where there are basis points."""
        today = self.services.clock.today()
        terms: Json = {"issued_on": today - timedelta(days=50), "due_on": today + timedelta(days=due_in)}
        if basis_points:
            terms["discount"] = {"basis_points": basis_points, "until": today + timedelta(days=3)}
        self.invoices.append(await post_invoice(self.services, self.account_id, total, tax=total // 10, **terms))

    async def grant_credit(self, place: int, other: int, amount: int) -> None:
        """Post a credit memo."""
        self.memos.append(await post_credit_memo(self.services, self.account_id, amount))

    async def take_deposit(self, place: int, other: int, amount: int) -> None:
        """Post a deposit."""
        self.deposits.append(await post_deposit(self.services, self.account_id, amount))

    async def apply_credit(self, place: int, other: int, amount: int) -> None:
        """Use a part of a credit memo for an invoice."""
        if self.memos:
            uses = {pick(self.memos, other): [SourceUse(pick(self.invoices, place), amount, None)]}
            await self._try(lambda account: self.services.credit_memos.apply(account, uses))

    async def apply_deposit(self, place: int, other: int, amount: int) -> None:
        """Use a part of a deposit for an invoice."""
        if self.deposits:
            uses = {pick(self.deposits, other): [SourceUse(pick(self.invoices, place), amount, None)]}
            await self._try(lambda account: self.services.deposits.apply(account, uses))

    async def receive_check(self, place: int, other: int, amount: int) -> None:
        """Record a check for an invoice; what it has no room for is kept as a credit."""
        allocations = [{"invoice_id": str(pick(self.invoices, place)), "amount": amount}]
        self.checks.append(await record_offline(self.services, self.account_id, amount, allocations=allocations))

    async def bounce_check(self, place: int, other: int, amount: int) -> None:
        """Take a check back."""
        if self.checks:
            check_id, money = pick(self.checks, other), self.parts[UnappliedMoney]
            await self._try(lambda account: money.record_return(account, check_id, reason="bounced", returned_on=None))

    async def void_invoice(self, place: int, other: int, amount: int) -> None:
        """Void an invoice."""
        await self._try(lambda account: self.services.invoices.void(account, pick(self.invoices, place)))

    async def write_off(self, place: int, other: int, amount: int) -> None:
        """Write off all that is payable of an invoice."""
        new = WriteOffCreate(invoice_id=pick(self.invoices, place), currency="USD")
        with suppress(AppError):
            await self.services.write_offs.create(self.account_id, new, None)

    async def refund_all(self, place: int, other: int, amount: int) -> None:
        """Give back all that is left of a payment."""
        await self._refund(other, {"type": "whole"})

    async def refund_some(self, place: int, other: int, amount: int) -> None:
        """Give back a part of a payment."""
        await self._refund(other, {"type": "amount", "amount": amount})

    async def refund_credit(self, place: int, other: int, amount: int) -> None:
        """Pay a credit memo out by way of a payment."""
        if self.memos:
            await self._refund(place, {"type": "credit_memo", "credit_memo_id": str(pick(self.memos, other))})

    async def _refund(self, place: int, choice: Json) -> None:
        newest = (await self.services.payments.list(self.account_id, PaymentQuery(limit=8))).data
        if newest:
            await self.refund_payment(pick(newest, place).id, choice)

    async def refund_payment(self, payment_id: UUID, choice: Json) -> None:
        """Give money of a payment back, if it can be."""
        wanted = RefundCreate.model_validate({"refund": choice})
        with suppress(AppError):
            await self.services.refunds.refund(self.account_id, payment_id, wanted, request_of())

    async def cancel_scheduled(self, place: int, other: int, amount: int) -> None:
        """Cancel the payment that is scheduled next, in the customer's name."""
        query = PaymentQuery.model_validate({"status": ["scheduled"]})
        for payment in (await self.services.payments.list(self.account_id, query)).data[:1]:
            with suppress(AppError):
                await self.services.scheduled_payments.cancel(self.account_id, payment.id)

    async def _try(self, work: Callable[[LockedAccount], Awaitable[object]]) -> None:
        """Do what may be refused, under the account's lock."""

        async def locked() -> None:
            await work(await self.services.accounts.lock(self.account_id))

        with suppress(AppError):
            await self.services.database.run(locked)


ACTS = (
    Office.grant_credit,
    Office.take_deposit,
    Office.apply_credit,
    Office.apply_deposit,
    Office.receive_check,
    Office.bounce_check,
    Office.void_invoice,
    Office.write_off,
    Office.refund_all,
    Office.refund_some,
    Office.refund_credit,
    Office.cancel_scheduled,
)
