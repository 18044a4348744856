"""The lines of an import: NDJSON, one document a line, each known by the back office's own id.

A document names its account and its invoices by external ids, which may stand further up in the same file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal, Self, TypeAlias, get_args

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError, from_json

from billing_api.accounts.schemas import AccountCreate
from billing_api.credits.schemas import CreditMemoCreate
from billing_api.deposits.schemas import DepositCreate
from billing_api.imports import findings
from billing_api.imports.findings import Finding
from billing_api.invoices.create_schemas import InvoiceCreate
from billing_api.kit.json_members import repeated_members
from billing_api.kit.money import Currency, PositiveAmount
from billing_api.kit.schema import DocumentDate, ExternalId, InputSchema, Reference

MAX_LINE_BYTES = 1_048_576


class InvoicePart(InputSchema):
    """An amount for one invoice, which is named by its external id."""

    invoice: ExternalId
    amount: PositiveAmount


class DatedInvoicePart(InvoicePart):
    """A use of a credit or deposit on a past day; without a date it happens today."""

    applied_on: DocumentDate | None = None


def _each_once(parts: list[InvoicePart]) -> list[InvoicePart]:
    if len({part.invoice for part in parts}) != len(parts):
        raise PydanticCustomError("named_twice", "an invoice is named twice")
    return parts


def _require_enough(amount: int, parts: Sequence[InvoicePart]) -> None:
    if sum(part.amount for part in parts) > amount:
        raise PydanticCustomError("applied_too_much", "more is to be applied than the document has")


DatedParts = Annotated[list[DatedInvoicePart], Field(max_length=1000, default_factory=list)]


class ImportedAccount(AccountCreate):
    """An account."""

    type: Literal["account"]

    @property
    def account(self) -> str:
        """The account that the line belongs to: itself."""
        return self.external_id


class ImportedInvoice(InvoiceCreate):
    """An invoice of an account."""

    type: Literal["invoice"]
    account: ExternalId
    external_id: ExternalId


class ImportedCreditMemo(CreditMemoCreate):
    """A credit memo of an account, with the parts that were used of it."""

    type: Literal["credit_memo"]
    account: ExternalId
    external_id: ExternalId
    applications: DatedParts

    @model_validator(mode="after")
    def _not_more_than_there_is(self) -> Self:
        _require_enough(self.net + self.tax, self.applications)
        return self


class ImportedDeposit(DepositCreate):
    """A deposit of an account, with the parts that were used of it."""

    type: Literal["deposit"]
    account: ExternalId
    external_id: ExternalId
    applications: DatedParts

    @model_validator(mode="after")
    def _not_more_than_there_is(self) -> Self:
        _require_enough(self.amount, self.applications)
        return self


class ImportedPayment(InputSchema):
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
        _require_enough(self.amount, self.allocations)
        return self


ImportedDocument: TypeAlias = ImportedInvoice | ImportedCreditMemo | ImportedDeposit | ImportedPayment
ImportLine: TypeAlias = ImportedAccount | ImportedDocument

_LINE: TypeAdapter[ImportLine] = TypeAdapter(Annotated[ImportLine, Field(discriminator="type")])
_EXTERNAL_ID: TypeAdapter[str] = TypeAdapter(ExternalId)
_TYPES = [get_args(kind.model_fields["type"].annotation)[0] for kind in get_args(ImportLine)]


class BadLineError(ValueError):
    """A line that can't be read, and why; its type and external id as far as they are readable."""

    def __init__(self, findings: tuple[Finding, ...], line_type: str | None = None, external_id: str | None = None):
        super().__init__("; ".join(finding.sentence for finding in findings))
        self.findings = findings
        self.type = line_type
        self.external_id = external_id


def parse(raw: bytes) -> ImportLine:
    """Read one line. Raise BadLineError."""
    if len(raw) > MAX_LINE_BYTES:
        raise BadLineError((Finding("too_long", f"has more than {MAX_LINE_BYTES} bytes"),), *_identity_of(raw))
    try:
        line = _LINE.validate_json(raw)
    except ValidationError as error:
        raise BadLineError(findings.of_fields(error), *_identity_of(raw)) from error
    if repeated := tuple(repeated_members(raw)):
        words = "the field stands in the line more than once"
        places = ("".join(f"/{part}" for part in path) for path in repeated)
        raise BadLineError(
            tuple(Finding("repeated_field", words, place) for place in places), line.type, line.external_id
        )
    return line


def _identity_of(raw: bytes) -> tuple[str | None, str | None]:
    """Return the type and external id of a line with an error elsewhere, even when it breaks off behind them."""
    try:
        fields = from_json(raw, allow_partial=True)
    except ValueError:
        return None, None
    if not isinstance(fields, dict) or fields.get("type") not in _TYPES:
        return None, None
    try:
        return fields["type"], _EXTERNAL_ID.validate_python(fields.get("external_id"))
    except ValidationError:
        return fields["type"], None


def invoices_named(line: ImportLine) -> list[str]:
    """Return the external ids of the invoices that a line pays or lowers."""
    match line:
        case ImportedPayment():
            return [part.invoice for part in line.allocations]
        case ImportedCreditMemo() | ImportedDeposit():
            return [part.invoice for part in line.applications]
        case _:
            return []


@dataclass(frozen=True, slots=True)
class Money:
    """The amount of a document, in the currency's minor unit."""

    currency: str
    amount: int


def money_of(line: ImportLine) -> Money | None:
    """Return the amount of a document; an account has none."""
    match line:
        case ImportedInvoice() | ImportedCreditMemo():
            return Money(line.currency, line.net + line.tax)
        case ImportedDeposit() | ImportedPayment():
            return Money(line.currency, line.amount)
        case _:
            return None


def warnings_about(line: ImportLine) -> list[Finding]:
    """Return warnings about a line that can be imported: amounts that quantity and unit amount do not explain."""
    if not isinstance(line, ImportedInvoice):
        return []
    return [
        Finding(
            "amount_unexplained",
            f"{part.quantity} times {part.unit_amount} is not {part.amount}; the amount counts",
            f"/lines/{place}/amount",
        )
        for place, part in enumerate(line.lines)
        if not part.is_explained
    ]
