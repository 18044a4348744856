"""Chargebacks as clients read them, and the query of their list."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from billing_api.chargebacks.states import ChargebackKind, ChargebackState
from billing_api.kit.documented import Named
from billing_api.kit.pagination import PageQuery, Several
from billing_api.kit.read_types import AmountRead, CurrencyRead, GatewayText, NumberRead
from billing_api.kit.schema import ReadSchema, VersionedRead

ChargebackType = Annotated[
    ChargebackKind,
    Named(
        "ChargebackType",
        "The sort of a dispute that the bank of a card has opened",
        {
            "chargeback": "The bank has taken the money",
            "pre_arbitration": "The bank has taken the money again, after the vendor had won it back",
            "retrieval": "The bank asks the vendor for facts; no money moves",
        },
    ),
]
ChargebackStatus = Annotated[
    ChargebackState,
    Named(
        "ChargebackStatus",
        "Where a chargeback stands",
        {
            "open": "The vendor may still reply to the bank",
            "under_review": "The vendor has replied, and the bank has yet to decide",
            "won": "The money is back: the payment counts again",
            "lost": "The money stays with the card's owner, and the invoices stay open",
            "accepted": "The vendor has given in, and the invoices stay open",
            "expired": "The vendor did not reply in time, and the invoices stay open",
        },
    ),
]


class ChargebackInvoiceRead(ReadSchema):
    """The part that one invoice lost; it is due again while the chargeback is not won."""

    invoice_id: UUID
    invoice_number: NumberRead
    amount: AmountRead
    discounted: AmountRead = Field(
        description="The discount for paying early that went with it, in the currency's minor unit", examples=[0]
    )


class ChargebackRead(VersionedRead):
    """A payment that the owner of a card disputes at their bank; amounts in minor units."""

    id: UUID
    number: NumberRead = Field(description="The chargeback's number, as people read it", examples=["CB-000003"])
    type: ChargebackType
    status: ChargebackStatus
    payment_id: UUID
    payment_number: NumberRead = Field(description="The payment's number, as people read it", examples=["PMT-000042"])
    reason: GatewayText = Field(description="The bank's reason, in the gateway's word", examples=["fraud"])
    currency: CurrencyRead
    amount: AmountRead
    taken: AmountRead = Field(
        description="The part of the amount that was taken from the payment. It is less where a part had been refunded"
    )
    won: AmountRead = Field(description="The part of `taken` that came back, in the minor unit", examples=[0])
    invoices: list[ChargebackInvoiceRead] = Field(
        description="The invoices that lost money by it", json_schema_extra={"maxItems": 1000}
    )
    opened_on: date = Field(description="The day on which the bank opened it")
    reply_by: date | None = Field(description="The last day for the vendor's reply; null when there is none")
    resolved_at: datetime | None = Field(description="When its end was recorded, in UTC; null until then")
    created_at: datetime
    updated_at: datetime


class ChargebackQuery(PageQuery):
    """Chargebacks, newest first."""

    status: Several[ChargebackStatus] = None
    payment_id: UUID | None = Field(None, description="Only those of this payment")
