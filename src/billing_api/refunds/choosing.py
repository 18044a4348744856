"""The parts of a payment that a refund gives back: pure arithmetic over what is left of it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from billing_api.invoices.applying import fit
from billing_api.payments.values import InvoiceMoney
from billing_api.refunds.errors import InvoiceNotRefundableError, NothingRefundableError, RefundExceededError
from billing_api.refunds.schemas import (
    RefundAmount,
    RefundChoice,
    RefundCreditMemo,
    RefundDeposit,
    RefundInvoices,
    RefundUnapplied,
    RefundWhole,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """What can still be refunded of a payment, by the place where its money is, in minor units.

    `left` is the most of all together.
    """

    left: int
    invoices: Sequence[InvoiceMoney] = ()
    unapplied: int = 0
    deposit: int = 0
    credit_memo: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundParts:
    """The amounts of a refund, by the place that each is taken from, in minor units."""

    invoices: tuple[InvoiceMoney, ...] = field(default=())
    unapplied: int = 0
    deposit: int = 0
    credit_memo: int = 0

    @property
    def amount(self) -> int:
        """The sum of all parts."""
        return sum(one.amount for one in self.invoices) + self.unapplied + self.deposit + self.credit_memo


def choose(choice: RefundChoice, room: Room) -> RefundParts:
    """Return the chosen parts. Raise RefundExceededError, NothingRefundableError, InvoiceNotRefundableError."""
    parts = _chosen(choice, room)
    if not parts.amount:
        raise NothingRefundableError
    if parts.amount > room.left:
        raise RefundExceededError(parts.amount, room.left)
    return parts


def _chosen(choice: RefundChoice, room: Room) -> RefundParts:
    match choice:
        case RefundWhole():
            return spread(room.left, room)
        case RefundAmount(amount=amount):
            parts = spread(min(amount, room.left), room)
            if parts.amount < amount:
                raise RefundExceededError(amount, parts.amount)
            return parts
        case RefundInvoices(invoices=wanted):
            return RefundParts(invoices=tuple(_named({one.invoice_id: one.amount for one in wanted}, room.invoices)))
        case RefundUnapplied(amount=amount):
            return RefundParts(unapplied=_part(amount, room.unapplied))
        case RefundDeposit(amount=amount):
            return RefundParts(deposit=_part(amount, room.deposit))
        case RefundCreditMemo(amount=amount):
            return RefundParts(credit_memo=_part(amount, room.credit_memo))


def spread(amount: int, room: Room) -> RefundParts:
    """Return an amount as far as there is room: unapplied money, the deposit, then invoices, the last paid first."""
    unapplied = fit(amount, room.unapplied)
    deposit = fit(amount - unapplied, room.deposit)
    left = amount - unapplied - deposit
    invoices = []
    for one in reversed(room.invoices):
        part = fit(left, one.amount)
        if part:
            invoices.append(InvoiceMoney(one.invoice_id, one.invoice_number, part))
            left -= part
    return RefundParts(invoices=tuple(reversed(invoices)), unapplied=unapplied, deposit=deposit)


def refit(wanted: RefundParts, room: Room) -> RefundParts:
    """Return the parts that are taken once the gateway has refunded: what one place lacks is taken from others."""
    have = {one.invoice_id: one.amount for one in room.invoices}
    named = [
        InvoiceMoney(one.invoice_id, one.invoice_number, fit(one.amount, have.get(one.invoice_id, 0)))
        for one in wanted.invoices
    ]
    unapplied, deposit = fit(wanted.unapplied, room.unapplied), fit(wanted.deposit, room.deposit)
    memo = fit(wanted.credit_memo, room.credit_memo)
    kept = RefundParts(invoices=tuple(named), unapplied=unapplied, deposit=deposit, credit_memo=memo)
    rest = Room(
        left=room.left,
        invoices=subtract(room.invoices, named),
        unapplied=room.unapplied - unapplied,
        deposit=room.deposit - deposit,
    )
    more = spread(wanted.amount - kept.amount, rest)
    return RefundParts(
        invoices=tuple(_added(named, more.invoices)),
        unapplied=unapplied + more.unapplied,
        deposit=deposit + more.deposit,
        credit_memo=memo,
    )


def subtract(held: Iterable[InvoiceMoney], taken: Iterable[InvoiceMoney]) -> tuple[InvoiceMoney, ...]:
    """Return the money of invoices, less the parts of it that are taken."""
    sums: dict[UUID, int] = {}
    for one in taken:
        sums[one.invoice_id] = sums.get(one.invoice_id, 0) + one.amount
    return tuple(
        InvoiceMoney(one.invoice_id, one.invoice_number, max(0, one.amount - sums.get(one.invoice_id, 0)))
        for one in held
    )


def _named(wanted: Mapping[UUID, int | None], held: Sequence[InvoiceMoney]) -> list[InvoiceMoney]:
    """Return the money of named invoices: of all or none. Raise InvoiceNotRefundableError when only some have any."""
    have = {one.invoice_id: one for one in held}
    parts, without = [], []
    for invoice_id, amount in wanted.items():
        one = have.get(invoice_id)
        part = _part(amount, one.amount if one is not None else 0)
        if one is not None and part:
            parts.append(InvoiceMoney(invoice_id, one.invoice_number, part))
        else:
            without.append(invoice_id)
    if parts and without:
        raise InvoiceNotRefundableError(without[0])
    return parts


def _part(wanted: int | None, room: int) -> int:
    if wanted is not None and wanted > room:
        raise RefundExceededError(wanted, room)
    return room if wanted is None else wanted


def _added(first: Iterable[InvoiceMoney], second: Iterable[InvoiceMoney]) -> Iterator[InvoiceMoney]:
    sums: dict[UUID, InvoiceMoney] = {}
    for one in (*first, *second):
        before = sums[one.invoice_id].amount if one.invoice_id in sums else 0
        sums[one.invoice_id] = InvoiceMoney(one.invoice_id, one.invoice_number, before + one.amount)
    yield from (one for one in sums.values() if one.amount)
