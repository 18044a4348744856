"""Level 2 and 3 data of a card's charge: pure arithmetic over the invoices that it pays.

Business cards cost the vendor less with them. What does not fit is left out, and the charge is made without it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing_api.gateway.charges import LineItem, PurchaseData
from billing_api.invoices.values import BilledInvoice, BilledLine
from billing_api.kit.money import EXPONENTS
from billing_api.payment_settings import PurchaseDataLevel

# Source: Braintree, "Level 2 and Level 3 Processing", and its validation errors.
MOST_ITEMS = 249
PURCHASE_ORDER_CHARACTERS, NAME_CHARACTERS, DESCRIPTION_CHARACTERS = 17, 35, 127
MOST_DECIMALS = 2  # of a line's total
QUANTITY_DECIMALS = Decimal("0.0001")
MOST = 2_147_483_647  # of a quantity, and of an amount in the major unit
UNIT = "unit"


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargedInvoice:
    """An invoice, and the part of it that the charge pays; amounts in minor units."""

    invoice: BilledInvoice
    amount: int
    discounted: int

    @property
    def is_whole(self) -> bool:
        """Whether the charge pays all of it, but for the discount for paying early."""
        return self.amount + self.discounted == self.invoice.total


def purchase_data(
    level: PurchaseDataLevel,
    charged: Sequence[ChargedInvoice],
    lines: Sequence[BilledLine],
    *,
    amount: int,
    currency: str,
) -> PurchaseData | None:
    """Return the data of a charge of `amount`, or None when nothing fits.

    `lines` are those of the invoices; there may be fewer when there are more than MOST_ITEMS. Tax and line items need
    whole invoices: a part of an invoice has no lines of its own. Line items add up to the charge, with the tax and less
    the discount.
    """
    if level is PurchaseDataLevel.OFF or EXPONENTS[currency] > MOST_DECIMALS:
        return None
    tax = _tax(charged, amount)
    items: tuple[LineItem, ...] = ()
    discount = sum(part.discounted for part in charged)
    if level is PurchaseDataLevel.LEVEL_3 and tax is not None:
        net = amount - tax + discount
        items = _fitting(_of_lines(lines), net, currency) or _fitting(_of_invoices(charged), net, currency)
    data = PurchaseData(
        purchase_order_number=_purchase_order(charged),
        tax_amount=tax,
        discount_amount=discount if items else None,
        line_items=items,
    )
    return data if data != PurchaseData() else None


def _purchase_order(charged: Sequence[ChargedInvoice]) -> str | None:
    """Return the number that all of the invoices have, if it fits."""
    numbers = {part.invoice.po_number for part in charged}
    number = numbers.pop() if len(numbers) == 1 else None
    if number is None or len(number) > PURCHASE_ORDER_CHARACTERS or not (number.isascii() and number.isprintable()):
        return None
    return number


def _tax(charged: Sequence[ChargedInvoice], amount: int) -> int | None:
    """Return the tax in the charge; None when a part of an invoice is charged, or more than invoices."""
    if not all(part.is_whole for part in charged) or sum(part.amount for part in charged) != amount:
        return None
    tax = sum(part.invoice.tax for part in charged)
    return tax if 0 <= tax <= amount else None


def _of_lines(lines: Sequence[BilledLine]) -> list[LineItem]:
    return [_item(line.description, line.amount, line.quantity, line.unit_amount) for line in lines if line.amount]


def _of_invoices(charged: Sequence[ChargedInvoice]) -> list[LineItem]:
    """Return one item for each invoice, where the lines are too many."""
    return [_item(f"Invoice {part.invoice.number}", part.invoice.net) for part in charged if part.invoice.net]


def _item(text: str, amount: int, quantity: Decimal = Decimal(1), unit_amount: int | None = None) -> LineItem:
    """Return a line; one whose quantity does not explain it is one unit."""
    total = abs(amount)
    if unit_amount is None or not _explains(quantity, unit_amount, amount):
        quantity, unit_amount = Decimal(1), total
    words = " ".join(text.split())
    return LineItem(
        name=words[:NAME_CHARACTERS].strip(),
        description=words[:DESCRIPTION_CHARACTERS].strip(),
        is_credit=amount < 0,
        quantity=abs(quantity),
        unit_amount=abs(unit_amount),
        total_amount=total,
        unit_of_measure=UNIT,
    )


def _explains(quantity: Decimal, unit_amount: int, amount: int) -> bool:
    fits = quantity == quantity.quantize(QUANTITY_DECIMALS) and abs(quantity) <= MOST
    return fits and quantity * unit_amount == amount


def _fitting(items: Sequence[LineItem], net: int, currency: str) -> tuple[LineItem, ...]:
    """Return the items if they fit and add up to the net amount, or none."""
    most = MOST * 10 ** EXPONENTS[currency]
    added = sum(-item.total_amount if item.is_credit else item.total_amount for item in items)
    fit = all(item.name and max(item.total_amount, item.unit_amount) <= most for item in items)
    return tuple(items) if len(items) <= MOST_ITEMS and added == net and fit else ()
