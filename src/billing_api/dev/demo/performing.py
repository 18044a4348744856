"""The demo account's history, performed by the services as it happened: each day in its own time."""

import json
from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from itertools import groupby
from uuid import UUID

from billing_api.config import Settings
from billing_api.core import Core
from billing_api.dev.demo.clock import DemoClock
from billing_api.dev.demo.documents import ACCOUNT
from billing_api.dev.demo.gateway import SandboxControl
from billing_api.dev.demo.history import Ended, Imported, Paid, Step, Voided
from billing_api.dev.demo.methods import Method
from billing_api.dev.errors import LocalRunError
from billing_api.imports.service import ImportService
from billing_api.invoices.service import Invoices
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.parts import Parts
from billing_api.payment_methods.create_schemas import BankAccountCreate, CardCreate, MandateCreate
from billing_api.payment_methods.store import StoreMethod
from billing_api.payment_methods.verification_errors import AmountsDoNotMatchError, VerificationLockedError
from billing_api.payment_methods.verify import VerifyMethod
from billing_api.payments.errors import PaymentDeclinedError
from billing_api.payments.quote_schemas import PayInvoices, PaymentInvoice
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.schemas import PaymentCreate
from billing_api.payments.service import Payments

_MANDATE = "I authorize Example Vendor to debit my bank account for what I choose to pay."
_WRONG_AMOUNTS = (98, 99)
_IDS = "demo-"  # with which every external id begins
_ORDER = ("account", "invoice", "credit_memo", "deposit", "payment")


def _batch_of(step: tuple[date, Step]) -> tuple[bool, int, int]:
    """Return the key of a step's batch: successive documents of a quarter are imported together."""
    day, work = step
    return (True, day.year, (day.month - 1) // 3) if isinstance(work, Imported) else (False, 0, 0)


class Performer:
    """Performs the steps. `deposits` are the parts of a service that verifies bank accounts by small deposits.

    A start that was stopped halfway leaves an account that no user enters: the next one takes the next free ids.
    """

    def __init__(self, settings: Settings, clock: DemoClock, parts: Parts, deposits: Parts) -> None:
        self._sandbox = SandboxControl(settings)
        self._clock = clock
        self._parts = parts
        self._deposits = deposits
        self._core = parts[Core]
        self._ids = _IDS
        self._methods: dict[str, UUID] = {}
        self._payments: dict[str, UUID] = {}

    async def perform(self, steps: Iterable[tuple[date, Step]]) -> None:
        """Perform the steps, which are in the order of their days. Raise LocalRunError."""
        attempt = 1
        while await self._find("account", ACCOUNT) is not None:
            attempt += 1
            self._ids = f"demo{attempt}-"
        for (are_lines, *_), group in groupby(steps, key=_batch_of):
            if are_lines:
                await self._import(list(group))
                continue
            for day, step in group:
                self._clock.set_to(day)
                await self._perform_step(step)

    async def account_id(self) -> UUID:
        """Return the demo account's id."""
        return (await self._get("account", ACCOUNT))[0]

    async def invoice_id(self, external_id: str) -> UUID:
        """Return an invoice's id."""
        return (await self._get("invoice", external_id))[1]

    async def _import(self, steps: list[tuple[date, Step]]) -> None:
        self._clock.set_to(steps[-1][0])
        lines = [step.line for _, step in steps if isinstance(step, Imported)]
        lines.sort(key=lambda line: _ORDER.index(line["type"]))  # documents of one kind take the same statements
        texts = (json.dumps(line).replace(f'"{_IDS}', f'"{self._ids}') for line in lines)
        report = await self._parts[ImportService].run(text.encode() for text in texts)
        if report.failures:
            raise LocalRunError(f"The demo data can't be imported: {report.failures[0].reason}")

    async def _perform_step(self, step: Step) -> None:
        match step:
            case Method():
                await self._store(step)
            case Paid():
                await self._pay(step)
            case Ended():
                await self._end(step.paid)
            case Voided():
                await self._void(step.invoice)

    async def _store(self, method: Method) -> None:
        parts = self._deposits if method.with_deposits else self._parts
        nonce = await self._sandbox.nonce(method.details)
        new: CardCreate | BankAccountCreate
        if method.is_card:
            new = CardCreate(type="card", nonce=nonce, default=method.default)
        else:
            mandate = MandateCreate(text=_MANDATE, accepted_at=self._clock.now())
            new = BankAccountCreate(type="us_bank_account", nonce=nonce, mandate=mandate, default=method.default)
        account_id = await self.account_id()
        stored, _ = await parts[StoreMethod].store(account_id, new)
        self._methods[method.name] = stored.id
        for _ in range(method.wrong_amounts):
            with suppress(AmountsDoNotMatchError, VerificationLockedError):
                await parts[VerifyMethod].verify(account_id, stored.id, _WRONG_AMOUNTS)

    async def _pay(self, paid: Paid) -> None:
        account_id, invoice_id = await self._get("invoice", paid.invoice)
        wanted = PaymentCreate(
            currency="USD",
            pay=PayInvoices(type="named", invoices=[PaymentInvoice(invoice_id=invoice_id, amount=paid.amount)]),
            payment_method_id=self._methods[paid.method],
        )
        key = IdempotencyKey(f"demo-{paid.invoice}", "POST", "/v1/payments", paid.invoice)
        try:
            payment = await self._parts[Payments].pay(account_id, wanted, key)
        except PaymentDeclinedError:
            if paid.fate != "is declined":
                raise
        else:
            self._payments[paid.invoice] = payment.id

    async def _end(self, paid: Paid) -> None:
        payment_id = self._payments[paid.invoice]
        await self._sandbox.end_debit(str(payment_id), returned=paid.fate == "is returned")
        await self._parts[PaymentChecks].resolve(await self.account_id(), payment_id)

    async def _void(self, invoice: str) -> None:
        account_id, invoice_id = await self._get("invoice", invoice)

        async def void() -> None:
            account = await self._core.accounts.lock(account_id)
            await self._parts[Invoices].void(account, invoice_id)

        await self._core.db.run(void)

    async def _get(self, kind: str, external_id: str) -> tuple[UUID, UUID]:
        """Return the account's id and the object's."""
        found = await self._find(kind, external_id)
        assert found is not None  # it was imported before
        return found

    async def _find(self, kind: str, external_id: str) -> tuple[UUID, UUID] | None:
        own_id = external_id.replace(_IDS, self._ids, 1)
        found = await self._core.db.run(lambda: self._core.accounts.list_references(kind, [own_id]))
        return (found[own_id].account_id, found[own_id].object_id) if own_id in found else None
