"""The tables of the gateway's webhooks: the inbox, and how far the sweep has come."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, UniqueConstraint

from billing_api.db.base import table
from billing_api.gateway.notices import NoticeSubject


class NoticeResult(StrEnum):
    """The result of a webhook."""

    APPLIED = "applied"  # its subject was looked up, and recorded as it stands there
    KEPT = "kept"  # nothing is to be done
    UNKNOWN = "unknown"  # its subject is not one of ours


@dataclass(frozen=True, slots=True)
class GatewayNotice:
    """Global: one webhook, once however often it came, without its content.

    `digest` is that of its content, since the gateway has no id for a webhook.
    """

    id: UUID
    digest: str
    kind: str
    subject: NoticeSubject
    subject_id: str | None
    order_id: str | None
    return_code: str | None
    received_at: datetime
    result: NoticeResult | None = None
    applied_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class GatewaySweep:
    """Global: the time up to which the gateway was searched for events whose webhooks were lost."""

    name: str  # the name of the sweep
    swept_through: datetime


gateway_notices = table(
    "gateway_notices",
    GatewayNotice,
    UniqueConstraint("digest"),
    CheckConstraint("(result IS NULL) = (applied_at IS NULL)", name="applied_at"),
    Index("ix_gateway_notices_received_at", "received_at"),
    key=("id",),
)
gateway_sweeps = table("gateway_sweeps", GatewaySweep, key=("name",))
