"""Deliveries on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field

from billing_api.deliveries.fields import MAX_RECIPIENTS, RecipientAddresses
from billing_api.deliveries.states import DeliveryStatus
from billing_api.kit.documented import Named, Sent
from billing_api.kit.pagination import PageQuery
from billing_api.kit.read_types import EmailRead, LongTextRead
from billing_api.kit.schema import InputSchema, ReadSchema

DeliveryStatusName = Annotated[
    DeliveryStatus,
    Named(
        "MailStatus",
        "Where a mail stands",
        {
            "queued": "it waits, or is tried again later",
            "sent": "the vendor's mail server has accepted it",
            "failed": "the mail server refuses it for good, all tries have failed, or the vendor has cancelled it",
        },
    ),
]


class EmailsCreate(InputSchema):
    """Whom a document is mailed to."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recipients": ["accounts@sunnyside.example"]}]})

    recipients: Annotated[RecipientAddresses, Field(min_length=1)] = Field(
        description="Each gets a mail of their own; an address that is given twice gets one"
    )


class DeliveryQuery(PageQuery):
    """Deliveries, newest first."""


class DeliveryRead(ReadSchema):
    """A mail to one recipient, and its outcome."""

    id: UUID
    recipient: EmailRead = Field(description="The address that it goes to")
    status: DeliveryStatusName
    tries: Annotated[int, Sent(minimum=0, maximum=1000)] = Field(description="How often it was tried", examples=[1])
    response: LongTextRead | None = Field(
        description="The mail server's words at the last try, or why there are none; null before the first",
        examples=["250 2.0.0 accepted"],
    )
    message_id: Annotated[str, Sent(maxLength=320)] = Field(
        description="The Message-ID header: the same at each try",
        examples=["<0d6b1c52-8e4f-5a37@vendor.example>"],
    )
    created_at: datetime
    tried_at: datetime | None = Field(description="The time of the last try; null before the first")
    sent_at: datetime | None = Field(description="When the mail server accepted it; null until then")


class DeliveriesQueued(ReadSchema):
    """The mails that a request has queued."""

    deliveries: list[DeliveryRead] = Field(
        description="One for each recipient", json_schema_extra={"maxItems": MAX_RECIPIENTS}
    )
