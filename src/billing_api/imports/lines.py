"""The lines of an import: NDJSON, one document a line, each known by the back office's own id.

A document names its account, and what it pays, by external ids; they may stand in the same file, further up.
"""

from hashlib import blake2b
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator

from billing_api.accounts.schemas import AccountCreate
from billing_api.credits.schemas import CreditMemoCreate
from billing_api.deposits.schemas import DepositCreate
from billing_api.invoices.schemas import InvoiceCreate
from billing_api.kit.card_numbers import without_card_numbers
from billing_api.kit.money import Currency, PositiveAmount
from billing_api.kit.schema import DocumentDate, ExternalId, InputSchema, Reference, words_of

MAX_LINE_BYTES = 1_048_576
_REASONS = 3


class InvoicePart(InputSchema):
    """An amount for one invoice, which is named by its external id."""

    invoice: ExternalId
    amount: PositiveAmount


class DatedInvoicePart(InvoicePart):
    """A use of a credit or deposit that has happened already; without a date it happens today."""

    applied_on: DocumentDate | None = None


def _each_once(parts: list[InvoicePart]) -> list[InvoicePart]:
    if len({part.invoice for part in parts}) != len(parts):
        raise ValueError("an invoice is named twice")
    return parts


DatedParts = Annotated[list[DatedInvoicePart], Field(max_length=1000, default_factory=list)]


class AccountLine(AccountCreate):
    """An account."""

    type: Literal["account"]

    @property
    def account(self) -> str:
        """The account that the line belongs to: itself."""
        return self.external_id


class InvoiceLine(InvoiceCreate):
    """An invoice of an account."""

    type: Literal["invoice"]
    account: ExternalId
    external_id: ExternalId


class CreditMemoLine(CreditMemoCreate):
    """A credit memo of an account, with what was used of it."""

    type: Literal["credit_memo"]
    account: ExternalId
    external_id: ExternalId
    applications: DatedParts


class DepositLine(DepositCreate):
    """A deposit of an account, with what was used of it."""

    type: Literal["deposit"]
    account: ExternalId
    external_id: ExternalId
    applications: DatedParts


class PaymentLine(InputSchema):
    """Money that arrived outside the gateway, for invoices of the account; the rest stays its credit."""

    type: Literal["payment"]
    account: ExternalId
    external_id: ExternalId
    method: Literal["check", "wire", "cash", "other"] = "other"
    currency: Currency
    amount: PositiveAmount
    received_on: DocumentDate
    reference: Reference | None = None
    allocations: Annotated[list[InvoicePart], Field(max_length=1000, default_factory=list), AfterValidator(_each_once)]

    @model_validator(mode="after")
    def _not_more_than_there_is(self) -> Self:
        if sum(part.amount for part in self.allocations) > self.amount:
            raise ValueError("the allocations add up to more than the payment")
        return self


DocumentLine: TypeAlias = InvoiceLine | CreditMemoLine | DepositLine | PaymentLine
Line: TypeAlias = AccountLine | DocumentLine

_LINE: TypeAdapter[Line] = TypeAdapter(Annotated[Line, Field(discriminator="type")])


class BadLineError(ValueError):
    """A line that can't be read; the text says why."""


def parse(raw: bytes) -> Line:
    """Read one line. Raises BadLineError."""
    if len(raw) > MAX_LINE_BYTES:
        raise BadLineError(f"the line has more than {MAX_LINE_BYTES} bytes")
    try:
        return _LINE.validate_json(raw)
    except ValidationError as error:
        raise BadLineError(reason_of(error)) from error


def reason_of(error: ValidationError) -> str:
    """What is wrong with the fields, in one sentence; it repeats no value."""
    errors = error.errors(include_url=False, include_input=False)
    told = [_told(item["loc"], words_of(item)) for item in errors[:_REASONS]]
    more = f" and {len(errors) - _REASONS} more" if len(errors) > _REASONS else ""
    return "; ".join(told) + more


def _told(location: tuple[str | int, ...], words: str) -> str:
    """The words behind the field's name, which has not the line's type in front."""
    path = without_card_numbers(".".join(str(part) for part in location[1:]))
    return f"{path}: {words}" if path else words


def digest_of(line: Line) -> str:
    """Two lines that say the same have the same digest, whatever their white space and order of fields."""
    said = line.model_dump_json(exclude_defaults=True)
    if isinstance(line, InvoiceLine) and "discount" in line.model_fields_set:
        said += "discount"  # none at all is another word than nothing said, which leaves it to the account's terms
    return blake2b(said.encode(), digest_size=16).hexdigest()


def invoices_named(line: Line) -> list[str]:
    """The external ids of the invoices that a line pays or lowers."""
    match line:
        case PaymentLine():
            return [part.invoice for part in line.allocations]
        case CreditMemoLine() | DepositLine():
            return [part.invoice for part in line.applications]
        case _:
            return []
