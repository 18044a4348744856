"""Take money of a payment from its invoices, in whole or in part, so that they are open again; or give it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.invoices.applying import Application, ApplicationKind, ApplicationReason, fit, reversals
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.parts import InvoiceParts
from billing_api.invoices.service import Invoices
from billing_api.invoices.values import AppliedPart
from billing_api.payments.values import InvoiceMoney, Refundable


@dataclass(frozen=True, slots=True)
class Reopened:
    """The day from which it counts, and the discounts that were undone, by invoice, in minor units."""

    day: date
    discounts: Mapping[UUID, int] = field(default_factory=dict)


class ReopenInvoices:
    """Undoes applications of a payment; the caller posts to the ledger."""

    def __init__(self, core: Core, invoices: Invoices, parts: InvoiceParts) -> None:
        self._core = core
        self._invoices = invoices
        self._parts = parts

    async def reopen(
        self,
        account: LockedAccount,
        payment: Refundable,
        taken: Sequence[InvoiceMoney],
        reason: ApplicationReason,
        *,
        with_discounts: bool = False,
        held: LockedInvoices | None = None,
    ) -> Reopened:
        """Take money from invoices, with the discounts that it earned there if they go too.

        An application is undone as a whole: the part that the invoice keeps is applied anew. Invoices that are `held`
        are locked already.
        """
        amounts = {one.invoice_id: one.amount for one in taken}
        standing = [part for part in await self._parts.list_standing(account, payment.id) if part.invoice_id in amounts]
        undone, kept = _divide([part for part in standing if part.kind == ApplicationKind.PAYMENT], amounts)
        discounts = [part for part in standing if with_discounts and part.kind == ApplicationKind.DISCOUNT]
        day = max([self._core.clock.today(), *(part.effective_on for part in (*undone, *discounts))])
        undoing = reversals([*undone, *discounts], day, reason)
        again = [_application(payment, invoice_id, amount, day, reason) for invoice_id, amount in kept.items()]
        invoices = await self._invoices.lock(account, {one.invoice_id for one in undoing}, held)
        await self._invoices.apply(account, invoices, [*undoing, *again])
        return Reopened(day, {part.invoice_id: part.amount for part in discounts})

    async def pay_again(
        self, account: LockedAccount, payment: Refundable, given: Sequence[InvoiceMoney]
    ) -> tuple[date, int]:
        """Give money of a failed refund to invoices again, each as far as it has room; return the day and the sum."""
        invoices = await self._invoices.lock(account, {one.invoice_id for one in given})
        day = max([self._core.clock.today(), *(invoice.issued_on for invoice in invoices.values())])
        taken = {one.invoice_id: fit(one.amount, invoices[one.invoice_id].payable) for one in given}
        reason = ApplicationReason.REFUND_FAILED
        again = [
            _application(payment, invoice_id, amount, day, reason) for invoice_id, amount in taken.items() if amount
        ]
        await self._invoices.apply(account, invoices, again)
        return day, sum(taken.values())


def _application(
    payment: Refundable, invoice_id: UUID, amount: int, day: date, reason: ApplicationReason
) -> Application:
    return Application(
        invoice_id=invoice_id,
        kind=ApplicationKind.PAYMENT,
        source_id=payment.id,
        source_number=payment.number,
        effective_on=day,
        amount=amount,
        reason=reason,
    )


def _divide(standing: Sequence[AppliedPart], amounts: Mapping[UUID, int]) -> tuple[list[AppliedPart], dict[UUID, int]]:
    """Return the applications to be undone, the newest first, and what their invoices keep of them."""
    left, undone = dict(amounts), []
    for part in reversed(standing):
        if left[part.invoice_id] > 0:
            undone.append(part)
            left[part.invoice_id] -= part.amount
    return undone, {invoice_id: -over for invoice_id, over in left.items() if over < 0}
