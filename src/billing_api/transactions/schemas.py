"""The schemas of the transaction history."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from billing_api.kit.read_types import AmountRead, CurrencyRead, NumberRead
from billing_api.ledger.schemas import TransactionType


# Not frozen, as all rows of long lists: each field of a frozen one is set by a call.
@dataclass(slots=True)
class TransactionRead:
    """One entry of the history. `balance_effect` is how much more is owed after it: negative for a payment."""

    id: UUID
    type: TransactionType
    number: NumberRead
    document_id: Annotated[
        UUID, Field(description="The id of the invoice, payment, credit memo or deposit that was posted")
    ]
    invoice_id: Annotated[UUID | None, Field(description="The invoice that it changes; null when it changes none")]
    effective_on: date
    posted_at: Annotated[datetime, Field(description="When it was posted, in UTC")]
    currency: CurrencyRead
    amount: AmountRead
    balance_effect: Annotated[
        AmountRead,
        Field(
            description="The change of the balance, in the currency's minor unit: negative when less is owed after it"
        ),
    ]
