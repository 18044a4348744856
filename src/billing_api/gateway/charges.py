"""Sales and refunds at the gateway: as they are ordered, and as they stand there."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from billing_api.gateway.failures import Decline
from billing_api.gateway.methods import BillingAddress, MethodKind, ThreeDSecure, VaultedCard


class ChargeStatus(StrEnum):
    """The state of a charge at the gateway."""

    SUCCEEDED = "succeeded"  # authorised and submitted for settlement, or further
    PROCESSING = "processing"  # a bank transfer under way: the money is not certain yet
    DECLINED = "declined"
    RETURNED = "returned"  # the settlement was refused after the charge had been accepted
    CANCELLED = "cancelled"  # voided before settlement
    UNKNOWN = "unknown"  # such as money that is held and will not be taken: an operator has to look


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedSale:
    """A sale as it was ordered: every charge that is found under its id must agree with it.

    `order_id` is ours and unique, so that the sale is found after a lost response. `amount` is in the currency's minor
    unit. `token` is that of the stored method; it is None for a sale by a nonce, and for an order from before tokens
    were kept. `stored_as` is the token under which a sale by a nonce stores its card when it succeeds.
    """

    order_id: str
    token: str | None
    amount: int
    currency: str
    stored_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceToCharge:
    """A card or bank account that is charged by its nonce, as a charge of this customer.

    A bank account comes with the mandate that its owner accepted.
    """

    nonce: str = field(repr=False)
    billing_address: BillingAddress | None = None
    customer_id: str | None = None
    mandate_text: str | None = None
    mandate_accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """A line of a purchase; amounts in the currency's minor unit. A credit lowers the sum."""

    name: str
    description: str
    is_credit: bool
    quantity: Decimal
    unit_amount: int
    total_amount: int
    unit_of_measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseData:
    """The level 2 and 3 data of a card's charge; amounts in the currency's minor unit.

    With line items, they add up to the charge with the tax and less the discount.
    """

    purchase_order_number: str | None = None
    tax_amount: int | None = None
    discount_amount: int | None = None
    line_items: tuple[LineItem, ...] = ()
    ships_from_postal_code: str | None = None
    ships_to_postal_code: str | None = None
    ships_to_country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOrder(OrderedSale):
    """A charge of a stored method, or of `nonce` in its place.

    `authentication_id` is that of the 3-D Secure of a stored card; a nonce knows its own. With
    `requires_liability_shift` the gateway rejects a card whose bank does not bear the loss by fraud. A charge
    `is_merchant_initiated` when its customer is not there, who has agreed to it before: the card's bank is told so.

    `written_at` is the time in UTC of the transaction that wrote the order down. Some minutes later it must not be sent
    any more, since a search that finds nothing counts by then.
    """

    request_key: str
    method_kind: MethodKind
    written_at: datetime
    nonce: NonceToCharge | None = None
    device_data: str | None = field(default=None, repr=False)
    authentication_id: str | None = None
    requires_liability_shift: bool = False
    is_merchant_initiated: bool = False
    purchase: PurchaseData | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A transaction at the gateway; one with `differences` from the sale that was ordered is an alarm.

    `card` is the card that it has stored, where it has.
    """

    transaction_id: str
    status: ChargeStatus
    decline: Decline | None
    differences: tuple[str, ...] = ()
    three_d_secure: ThreeDSecure | None = None
    card: VaultedCard | None = None

    @property
    def holds_money(self) -> bool:
        """Whether the customer's money was taken, or will be in some days."""
        return self.status in {ChargeStatus.SUCCEEDED, ChargeStatus.PROCESSING}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Money to give back of a settled charge; `amount` is in the currency's minor unit.

    `order_id` is ours and unique, so that the refund is found after a lost response. `written_at` is as in a
    ChargeOrder; None for a refund that is sent whenever it can be.
    """

    transaction_id: str
    order_id: str
    request_key: str
    amount: int
    currency: str
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTransaction:
    """A sale or a refund as the gateway has it; amounts are in the currency's minor unit.

    `disputed` is what the card's bank has taken of a sale by disputes that are not won; None where one of them is in
    another currency.
    """

    transaction_id: str
    is_refund: bool
    order_id: str | None
    refunded_id: str | None  # of a refund: the sale's
    status: ChargeStatus
    currency: str
    amount: int
    disputed: int | None
    created_at: datetime

    @property
    def holds_money(self) -> bool:
        """Whether money was moved, or will be in some days."""
        return self.status in {ChargeStatus.SUCCEEDED, ChargeStatus.PROCESSING}
