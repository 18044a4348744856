"""The tables of mails that are to be sent, or were."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from billing_api.db.base import account_key, table, tenant_key
from billing_api.deliveries.states import DeliveryStatus


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail to one recipient. Its words are written when it is sent, from its kind, its locale and its facts."""

    account_id: UUID
    id: UUID
    kind: str  # such as `password_reset`: names its writer
    subject_id: UUID | None  # the invoice, payment or statement that it is about
    user_id: UUID | None  # its reader, where that is a user
    recipient: str
    locale: str
    message_id: str
    facts: dict[str, Any]
    status: DeliveryStatus
    tries: int
    response: str | None  # the mail server's last words, or those of the connection
    created_at: datetime
    tried_at: datetime | None
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class DeliveryContent:
    """The bytes of a mail that was handed over and may not have arrived: each further try sends the same ones."""

    account_id: UUID
    delivery_id: UUID
    content: bytes  # with its headers (RFC 5322); never one with a token
    created_at: datetime


deliveries = table(
    "deliveries",
    Delivery,
    account_key(),
    UniqueConstraint("account_id", "message_id"),
    CheckConstraint("status IN ('queued', 'sent', 'failed')", name="status"),
    CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
    CheckConstraint("tries >= 0", name="tries"),
    Index(None, "account_id", "subject_id", "id"),
)
delivery_contents = table(
    "delivery_contents",
    DeliveryContent,
    tenant_key("delivery_id", "deliveries"),
    Index("ix_delivery_contents_created_at", "created_at"),
    key=("account_id", "delivery_id"),
)
