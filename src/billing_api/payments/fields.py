"""The fields of payments' bodies, by their types."""

from typing import Annotated, Literal, Protocol, TypeVar
from uuid import UUID

from pydantic import Field

from billing_api.kit.documented import Named
from billing_api.payments.states import PaymentState

PaymentType = Annotated[
    Literal["card", "us_bank_account", "check", "wire", "cash", "other"],
    Named(
        "PaymentType", "The way in which the money came: through the gateway by `card` or `us_bank_account`, or offline"
    ),
]
PaymentStatus = Annotated[
    PaymentState,
    Named(
        "PaymentStatus",
        "`processing`: the bank has yet to confirm it. `unknown`: the gateway's response is lost, and is looked up. "
        "`failed`: nothing was charged. `returned`: the bank took the money back. `cancelling`: charged too late, and "
        "given back; then `cancelled`",
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
    """Return the items. Raise ValueError when an invoice is named twice."""
    if len({item.invoice_id for item in items}) != len(items):
        raise ValueError("Each invoice may be named once.")
    return items
