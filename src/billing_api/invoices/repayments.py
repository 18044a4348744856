"""Invoices for refunds that their payments do not cover: the customer has the money, and owes it."""

from dataclasses import replace
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.applying import Application, ApplicationKind
from billing_api.invoices.create_schemas import InvoiceCreate, InvoiceLineCreate
from billing_api.invoices.drafts import INVOICE, draft
from billing_api.invoices.errors import InvoiceNumberTakenError
from billing_api.invoices.model import Invoice
from billing_api.invoices.repository import InvoiceRepository
from billing_api.invoices.service import Invoices
from billing_api.ledger import postings
from billing_api.ledger.documents import post_documents
from billing_api.ledger.postings import Document
from billing_api.ledger.service import Ledger

_COUNTER = "repayment"


class Repayments:
    """Posts such invoices, and withdraws them when the money of a refund comes back."""

    def __init__(self, core: Core, invoices: InvoiceRepository, service: Invoices, ledger: Ledger) -> None:
        self._core = core
        self._invoices = invoices
        self._service = service
        self._ledger = ledger

    async def post(self, account: LockedAccount, *, description: str, currency: str, amount: int) -> Invoice:
        """Post an invoice over an amount in minor units that is dated today, and return it."""
        number = f"RP-{await self._core.accounts.next_number(account, _COUNTER):06d}"
        try:
            return await self._post(account, number, description, currency, amount)
        except InvoiceNumberTakenError:  # by the back office; the money is due all the same
            return await self._post(account, f"{number}-{account.id.hex}", description, currency, amount)

    async def withdraw(self, account: LockedAccount, invoice_id: UUID) -> Invoice:
        """Void an invoice as long as nothing is paid of it, and return it; when that is too late, it is not void."""
        locked = await self._service.lock(account, [invoice_id])
        invoice = locked[invoice_id]
        if invoice.amount_due < invoice.total or invoice.amount_pending:
            return invoice
        day = max(self._core.clock.today(), invoice.issued_on)
        void = Application(
            invoice_id=invoice_id,
            kind=ApplicationKind.VOID,
            source_id=invoice_id,
            source_number=invoice.number,
            effective_on=day,
            amount=invoice.total,
        )
        locked = await self._service.apply(account, locked, [void])
        document = Document(invoice_id, invoice.number, invoice.currency, day)
        await self._ledger.post(account, postings.void_repayment(document, amount=invoice.total))
        self._core.audit.record(account.id, "invoice.voided", invoice_id, number=invoice.number)
        self._core.events.record(account.id, "invoice.voided", invoice_id, number=invoice.number)
        return locked[invoice_id]

    async def _post(self, account: LockedAccount, number: str, description: str, currency: str, amount: int) -> Invoice:
        new = InvoiceCreate(
            number=number,
            currency=currency,
            issued_on=self._core.clock.today(),
            lines=[InvoiceLineCreate(description=description, amount=amount)],
            taxes=[],
            discount=None,
        )
        drafted = draft(account, new, self._core.clock.now())
        drafted = replace(drafted, invoice=replace(drafted.invoice, kind="repayment"))
        await post_documents(self._ledger, account, INVOICE, [drafted], write=self._invoices.add)
        return drafted.invoice
