"""Level 2 and 3 data for a charge that is about to be sent: the invoices are read, and the rest is arithmetic."""

import re
from dataclasses import replace
from uuid import UUID

import structlog

from billing_api.addresses.service import AddressBook
from billing_api.gateway.charges import ChargeOrder, PurchaseData
from billing_api.gateway.methods import MethodKind
from billing_api.invoices.service import Invoices
from billing_api.payment_settings import PurchaseDataLevel
from billing_api.payments.purchase_data import MOST_ITEMS, ChargedInvoice, purchase_data
from billing_api.payments.schemas import PaymentRead

log = structlog.get_logger(__name__)

_POSTAL_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9 -]{0,8}\Z")


class Purchases:
    """Adds what the vendor's setting wants; a charge is never refused or put off for it."""

    def __init__(
        self, invoices: Invoices, addresses: AddressBook, *, level: PurchaseDataLevel, ships_from: str
    ) -> None:
        self._invoices = invoices
        self._addresses = addresses
        self._level = level
        self._ships_from = ships_from

    async def complete(self, account_id: UUID, order: ChargeOrder, payment: PaymentRead) -> ChargeOrder:
        """Return the order of a payment with the data of its purchase; unchanged where there are none to send."""
        if self._level is PurchaseDataLevel.OFF or order.method_kind is not MethodKind.CARD:
            return order
        try:
            return replace(order, purchase=await self._purchase(account_id, payment))
        except Exception:  # whatever it is, the charge is good without them
            log.exception("purchase_data_left_out", payment_id=str(payment.id))
            return order

    async def _purchase(self, account_id: UUID, payment: PaymentRead) -> PurchaseData | None:
        parts = {part.invoice_id: part for part in payment.allocations}
        with_lines = self._level is PurchaseDataLevel.LEVEL_3
        invoices, lines = await self._invoices.list_billed(
            account_id, parts, most_lines=MOST_ITEMS + 1 if with_lines else 0
        )
        charged = [
            ChargedInvoice(invoice=one, amount=parts[one.id].amount, discounted=parts[one.id].discounted)
            for one in invoices
        ]
        data = purchase_data(self._level, charged, lines, amount=payment.amount, currency=payment.currency)
        return data if data is None or not data.line_items else await self._with_places(account_id, data)

    async def _with_places(self, account_id: UUID, data: PurchaseData) -> PurchaseData:
        data = replace(data, ships_from_postal_code=self._ships_from or None)
        address = await self._addresses.default_shipping(account_id)
        if address is None or not _POSTAL_CODE.match(address.postal_code or ""):
            return data
        return replace(data, ships_to_postal_code=address.postal_code, ships_to_country=address.country)
