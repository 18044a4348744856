"""Invoices, posted by the service that posts real ones."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from billing_api.invoices.applying import Application, ApplicationKind
from billing_api.invoices.create_schemas import InvoiceCreate
from tests.fixtures.services import Services

ISSUED_ON = date(2026, 3, 2)


def invoice_of(total: int = 10_000, *, tax: int = 0, **fields: Any) -> InvoiceCreate:
    """An invoice to post, with one line and at most one tax."""
    given: dict[str, Any] = {
        "number": f"INV-{uuid4().hex[:12]}",
        "currency": "USD",
        "issued_on": ISSUED_ON,
        "lines": [{"description": "Widgets", "amount": total - tax}],
        "taxes": [{"name": "Sales tax", "amount": tax}] if tax else [],
    }
    return InvoiceCreate.model_validate(given | fields)


async def post_invoice(services: Services, account_id: UUID, total: int = 10_000, **fields: Any) -> UUID:
    """Post an invoice and return its id."""

    async def post() -> UUID:
        account = await services.accounts.lock(account_id)
        return (await services.invoices.post(account, [invoice_of(total, **fields)]))[0]

    return await services.database.run(post)


async def apply_to_invoice(  # the sums of the invoice alone: nothing is posted to the books
    services: Services,
    account_id: UUID,
    invoice_id: UUID,
    amount: int,
    *,
    kind: ApplicationKind = ApplicationKind.PAYMENT,
    on: date | None = None,
) -> None:
    """Apply an amount to an invoice, as a payment would."""
    application = Application(
        invoice_id=invoice_id,
        kind=kind,
        source_id=uuid4(),
        source_number="PMT-1",
        effective_on=on or ISSUED_ON + timedelta(days=10),
        amount=amount,
    )

    async def apply() -> None:
        account = await services.accounts.lock(account_id)
        await services.invoices.apply(account, await services.invoices.lock(account, [invoice_id]), [application])

    await services.database.run(apply)


async def reserve_on_invoice(services: Services, account_id: UUID, invoice_id: UUID, amount: int) -> None:
    """Hold an amount, as a payment under way does."""

    async def reserve() -> None:
        account = await services.accounts.lock(account_id)
        services.invoices.reserve_at_end(await services.invoices.lock(account, [invoice_id]), {invoice_id: amount})
        services.ledger.reserve(account, "USD", amount)

    await services.database.run(reserve)


async def release_on_invoice(services: Services, account_id: UUID, invoice_id: UUID, amount: int) -> None:
    """Give back what is held, as a payment does that came to nothing."""

    async def release() -> None:
        account = await services.accounts.lock(account_id)
        await services.invoices.release(await services.invoices.lock(account, [invoice_id]), {invoice_id: amount})
        await services.ledger.release(account, "USD", amount)

    await services.database.run(release)


async def void_invoice(services: Services, account_id: UUID, invoice_id: UUID, *, on: date | None = None) -> None:
    """Void an invoice."""

    async def void() -> None:
        account = await services.accounts.lock(account_id)
        await services.invoices.void(account, invoice_id, voided_on=on)

    await services.database.run(void)
