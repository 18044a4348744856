"""Transactions, with copies of everything they were made from: vaulted records may change or be removed."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from braintree_sandbox.records.disputes import Dispute
from braintree_sandbox.state.records import record, value
from braintree_sandbox.wire.values import Array, Fields

# A transaction may keep lists anywhere among the fields that it shows.
value("array")(Array)


@value("status_event")
@dataclass(frozen=True, slots=True, kw_only=True)
class StatusEvent:
    """One step of a transaction's life."""

    status: str
    amount: Decimal
    at: datetime


@value("authorization_adjustment")
@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustment:
    """A try to change the authorised amount, by `amount`."""

    amount: Decimal
    at: datetime
    success: bool
    processor_response_code: str
    processor_response_text: str
    processor_response_type: str


@value("instrument")
@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """The payment method at that moment: the kind, the fields under `element`, and values for searches."""

    kind: str
    element: str
    fields: Fields
    identifier: str
    number: str
    token: str | None = None
    three_d_secure_info: Fields | None = None


@record("transaction", indexes=("order_id", "customer_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction:
    """A sale or a credit."""

    id: str
    type: str
    status: str
    amount: Decimal
    currency: str
    merchant_account_id: str
    instrument: Instrument
    created_at: datetime
    updated_at: datetime
    authorized_amount: Decimal
    status_history: tuple[StatusEvent, ...]
    created_using: str = "full_information"
    order_id: str | None = None
    customer_id: str | None = None
    customer: dict[str, str | None] = field(default_factory=dict)
    billing: dict[str, str | None] = field(default_factory=dict)
    shipping: dict[str, str | None] = field(default_factory=dict)
    descriptor: dict[str, str | None] = field(default_factory=dict)
    custom_fields: dict[str, str] = field(default_factory=dict)
    # Shown as it is, under the names of the response's elements.
    details: Fields = field(default_factory=dict)
    line_items: tuple[dict[str, str | None], ...] = ()
    shipments: tuple[dict[str, str | None], ...] = ()
    installment_count: int = 0
    processor_authorization_code: str | None = None
    processor_response_code: str | None = None
    processor_response_text: str | None = None
    processor_response_type: str | None = None
    processor_settlement_response_code: str | None = None
    processor_settlement_response_text: str | None = None
    additional_processor_response: str | None = None
    gateway_rejection_reason: str | None = None
    cvv_response_code: str | None = None
    avs_postal_code_response_code: str | None = None
    avs_street_address_response_code: str | None = None
    avs_error_response_code: str | None = None
    settlement_batch_id: str | None = None
    authorization_expires_at: datetime | None = None
    refunded_transaction_id: str | None = None
    refund_ids: tuple[str, ...] = ()
    # Partial settlement: the authorisation that a part came from, the parts of one, and whether no more may follow.
    authorized_transaction_id: str | None = None
    partial_settlement_ids: tuple[str, ...] = ()
    finally_captured: bool = False
    adjustments: tuple[Adjustment, ...] = ()
    retry_ids: tuple[str, ...] = ()
    retried_transaction_id: str | None = None
    acquirer_reference_number: str | None = None
    disbursed_at: datetime | None = None
    ach_return_code: str | None = None
    ach_returned_at: datetime | None = None
    disputes: tuple[Dispute, ...] = ()

    @property
    def key(self) -> str:
        """The id, which the gateway chooses."""
        return self.id

    @property
    def refused(self) -> bool:
        """Whether the sale failed, which is a 422 for clients."""
        return self.status in {"processor_declined", "gateway_rejected", "failed"}


@record("request_key")
@dataclass(frozen=True, slots=True, kw_only=True)
class RequestKey:
    """An `api_request_key` that was used, with its request and its result."""

    name: str
    fingerprint: str
    created_at: datetime
    # The result; None when the request was invalid and created nothing.
    transaction: Transaction | None = None

    @property
    def key(self) -> str:
        """The key as the merchant sent it."""
        return self.name
