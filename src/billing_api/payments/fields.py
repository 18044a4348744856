"""The fields of payments' bodies, by their types."""

from enum import StrEnum
from typing import Annotated, Literal, Protocol, TypeVar
from uuid import UUID

from pydantic import Field
from pydantic_core import PydanticCustomError

from billing_api.kit.documented import Named
from billing_api.payments.states import PaymentState, Resolver


class CreditKind(StrEnum):
    """The sort of a document whose amount can be used for invoices."""

    CREDIT_MEMO = "credit_memo"
    DEPOSIT = "deposit"


CreditType = Annotated[
    CreditKind,
    Named(
        "CreditType",
        "The sort of a credit",
        {"credit_memo": "The vendor granted it", "deposit": "Money that was received ahead of an invoice"},
    ),
]
PaymentType = Annotated[
    Literal["card", "us_bank_account", "check", "wire", "cash", "other", "credit"],
    Named(
        "PaymentType",
        "The way in which the money came",
        {
            "card": "By card, through the gateway",
            "us_bank_account": "By ACH from a bank account in the US, through the gateway",
            "check": "By check, as the back office reports it",
            "wire": "By wire transfer, as the back office reports it",
            "cash": "In cash, as the back office reports it",
            "other": "In another way, as the back office reports it",
            "credit": "Not at all: credits, deposits and discounts settled the invoices, and nothing was charged",
        },
    ),
]
PaymentStatus = Annotated[
    PaymentState,
    Named(
        "PaymentStatus",
        "Where a payment stands. `scheduled`, `submitting`, `processing`, `unknown` and `cancelling` change by "
        "themselves; the others are final, unless a charge turns up late",
        {
            "scheduled": "It waits for `scheduled_on`: nothing is reserved, its figures are worked out again on the "
            "day, and it can be changed or cancelled until then",
            "submitting": "It is written, and about to be sent to the gateway or on its way; its amounts are reserved",
            "processing": "The gateway has it and the bank has yet to confirm it, which takes days for a bank account; "
            "its amounts are reserved",
            "unknown": "It was sent and the gateway's response is lost: it is looked up (`next_check_at`), and its "
            "amounts are reserved",
            "succeeded": "The money was taken, and its invoices are paid by it",
            "declined": "The bank or the gateway refused it, as `decline` says; nothing was charged",
            "failed": "It did not reach the gateway, or could not be made on its day, as `schedule` says; nothing was "
            "charged",
            "returned": "The bank took the money back, as `decline` says; its invoices are open again",
            "cancelling": "It was charged after it had been given up, and the money is being given back",
            "cancelled": "It was cancelled before its day, or the charge was voided or given back; nothing is paid by "
            "it",
        },
    ),
]

PaymentResolver = Annotated[
    Resolver,
    Named(
        "PaymentResolver",
        "The source of the outcome of a payment that was unknown",
        {
            "gateway": "The gateway, when it was looked up there",
            "person": "An operator of the vendor, who looked into it",
        },
    ),
]

EXAMPLE_INVOICE = "019a6f2e-6f00-7c3a-9d61-3f1f0a6d2b11"
EXAMPLE_METHOD = "019a6f2e-7a10-7b1e-8a55-0c9e5d4f7a21"
EXAMPLE_VERSION = "9f1c0e6b7a2d4c5e8f3b1a0d9c8e7f6a"

QuoteVersion = Annotated[str, Field(max_length=32, pattern="^[0-9a-f]{32}$", examples=[EXAMPLE_VERSION])]


class _NamesInvoice(Protocol):
    @property
    def invoice_id(self) -> UUID: ...


NamesT = TypeVar("NamesT", bound=_NamesInvoice)


def each_once(items: list[NamesT]) -> list[NamesT]:
    """Return the items. Raise PydanticCustomError when an invoice is named twice."""
    if len({item.invoice_id for item in items}) != len(items):
        raise PydanticCustomError("named_twice", "Each invoice may be named once")
    return items
