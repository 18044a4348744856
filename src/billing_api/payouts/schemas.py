"""Payouts as clients read them, and the queries of their lists."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from billing_api.gateway.notices import MoneyDirection
from billing_api.kit.documented import Named, Sent
from billing_api.kit.money import Currency
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import CurrencyRead, GatewayText, NumberRead, SumRead
from billing_api.kit.schema import Day, ReadSchema
from billing_api.payouts.states import PayoutState

PayoutStatus = Annotated[
    PayoutState,
    Named(
        "PayoutStatus",
        "Where the money of a payout is",
        {
            "in_transit": "Its payments have settled; the transfer to the vendor's bank is not confirmed yet",
            "paid": "The gateway has transferred it to the vendor's bank",
            "failed": "The transfer failed: Braintree's disbursement says why, and tries it again",
        },
    ),
]
PayoutMovement = Annotated[
    MoneyDirection,
    Named(
        "PayoutMovement",
        "The direction of the money",
        {"charge": "A customer's payment, to the vendor", "refund": "Given back to a customer"},
    ),
]
PayoutSort = Annotated[
    Literal["settled_on", "-settled_on"], Named("PayoutSort", "A field of the rows; `-` turns the order round")
]


class PayoutRead(ReadSchema):
    """One settlement batch of the gateway; amounts in the currency's minor unit."""

    id: UUID
    batch_id: GatewayText = Field(
        description="The gateway's id of the batch, as its reports have it", examples=["2026-11-02_vendor_usd_k7x2"]
    )
    merchant_account: GatewayText = Field(description="The merchant account at the gateway", examples=["vendor_usd"])
    currency: CurrencyRead
    status: PayoutStatus
    settled_on: date = Field(description="The day in UTC on which its payments settled")
    paid_on: date | None = Field(description="The day of the transfer to the vendor's bank; null before it is known")
    amount: SumRead = Field(description="`charged` less `refunded`, before the gateway's fees")
    charged: SumRead = Field(description="The sum of its charges")
    refunded: SumRead = Field(description="The sum of its refunds", examples=[0])
    count: Annotated[int, Sent(minimum=0, maximum=2**31 - 1)] = Field(
        description="The number of its charges and refunds", examples=[1]
    )
    created_at: datetime
    updated_at: datetime


class PayoutItemRead(ReadSchema):
    """A charge or refund of a payout; it has no payment where the portal did not make it."""

    id: UUID
    transaction_id: GatewayText = Field(description="The gateway's id of the transaction", examples=["k7x2m9pq"])
    movement: PayoutMovement
    amount: SumRead = Field(description="Positive, in the minor unit of the payout's currency")
    account_id: UUID | None = Field(description="The account whose payment it is; null for another system's")
    payment_id: UUID | None = Field(description="The payment that was charged, or given back; null as `account_id`")
    payment_number: NumberRead | None = Field(description="The payment's number", examples=["PMT-000042"])


class PayoutQuery(PageQuery):
    """Payouts, by the day of their settlement."""

    status: Several[PayoutStatus] = Field(None, description="With any of these statuses")
    currency: Currency | None = Field(None, description="In this currency")
    settled_from: Day | None = Field(None, description="Settled on this day or later")
    settled_to: Day | None = Field(None, description="Settled on this day or earlier")
    payment_id: UUID | None = Field(None, description="With a charge or refund of this payment")
    sort: PayoutSort = Field("-settled_on", description="The order; `-` means descending")


class PayoutItemQuery(PageQuery):
    """The charges and refunds of a payout, in the order in which they were found."""
