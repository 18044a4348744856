"""The discount for paying an invoice early: pure arithmetic over its terms."""

from datetime import date

from billing_api.invoices.values import Payable

_WHOLE = 10_000  # basis points


def discount_of_terms(*, basis_points: int, net: int, total: int, includes_tax: bool) -> int:
    """Return the discount that the terms give on an invoice, in minor units; half a unit is rounded up.

    Its base is the total, or the net amount without tax, whatever was applied meanwhile.
    """
    base = total if includes_tax else net
    return (base * basis_points + _WHOLE // 2) // _WHOLE


def early_discount(invoice: Payable, today: date) -> int:
    """Return the discount for settling all that is due on an invoice today, in minor units.

    An earlier payment or discount of the invoice leaves none. It is never more than is due.
    """
    if invoice.discount_until is None or today > invoice.discount_until or invoice.paid or invoice.discounted:
        return 0
    discount = discount_of_terms(
        basis_points=invoice.discount_basis_points,
        net=invoice.net,
        total=invoice.total,
        includes_tax=invoice.discount_includes_tax,
    )
    return min(discount, invoice.amount_due)
