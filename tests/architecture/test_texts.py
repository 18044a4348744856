"""Every text that a client can send is searched for card numbers, but for those named here (docs/decisions/0010)."""

from collections.abc import Iterator
from typing import Annotated, Any, get_args, get_origin

from billing_api import main  # noqa: F401 - it imports every feature
from billing_api.kit.schema import InputSchema
from billing_api.kit.text import Text

# What programs number and copy, and what is neither kept nor shown.
IDENTIFIERS = {
    "ApplicationCreate.external_id",
    "ApplicationCreate.source_external_id",
    "WriteOffCreate.external_id",
    "AccountCreate.external_id",
    "CreditMemoCreate.external_id",
    "CreditMemoCreate.number",
    "ImportedCreditMemo.account",
    "ImportedCreditMemo.external_id",
    "DepositCreate.external_id",
    "EmailsCreate.recipients",
    "StatementScheduleUpdate.recipients",
    "DepositCreate.number",
    "DepositCreate.reference",
    "ImportedDeposit.account",
    "ImportedDeposit.external_id",
    "InvoiceCreate.external_id",
    "InvoiceCreate.number",
    "InvoiceCreate.po_number",
    "ImportedInvoice.account",
    "ImportedInvoice.external_id",
    "InvoiceLineCreate.description",
    "InvoicePart.invoice",
    "InvoiceFilters.q",
    "OfflinePaymentCreate.external_id",
    "OfflinePaymentCreate.reference",
    "ImportedPayment.account",
    "ImportedPayment.external_id",
    "ImportedPayment.reference",
    "SessionCreate.email",
    "TransactionFilters.q",
    "PasswordResetCreate.email",
    "ProfileUpdate.email",
}


def inputs(base: type[InputSchema] = InputSchema) -> Iterator[type[InputSchema]]:
    """Every class of requests and of imported lines, but those that tests make."""
    for child in base.__subclasses__():
        if child.__module__.startswith("billing_api."):
            yield child
        yield from inputs(child)


def texts() -> Iterator[tuple[str, tuple[Any, ...]]]:
    """Each field that takes text, where it is declared, and what marks the text."""
    for schema in inputs():
        for name in schema.__annotations__.keys() & schema.model_fields.keys():
            field = schema.model_fields[name]
            for marks in _marks(field.annotation, tuple(field.metadata)):
                yield f"{schema.__name__}.{name}", marks


def _marks(annotation: Any, marks: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if annotation is str:
        yield marks
    elif get_origin(annotation) is Annotated:
        inner, *more = get_args(annotation)
        yield from _marks(inner, (*marks, *more))
    else:
        for part in get_args(annotation):
            yield from _marks(part)


def test_identifiers_are_named() -> None:
    """Any other text is searched for card numbers."""
    found = {name for name, marks in texts() for mark in marks if isinstance(mark, Text) and mark.identifier}
    assert found <= IDENTIFIERS, f"add {sorted(found - IDENTIFIERS)} to IDENTIFIERS here, or have them searched"
    assert found >= IDENTIFIERS, f"remove {sorted(IDENTIFIERS - found)} from IDENTIFIERS here"


def test_every_text_has_a_form_or_is_a_text() -> None:
    """A plain `str` would take what can't be stored."""
    plain = {
        name
        for name, marks in texts()
        if not any(isinstance(mark, Text) or "pattern='" in repr(mark) for mark in marks)
    }
    assert not plain, f"give {sorted(plain)} a type of kit/schema.py, such as ShortText, in place of `str`"


def test_the_texts_are_found() -> None:
    """Directly, where they may be null, and where they may stay away."""
    searched = {name for name, marks in texts() for mark in marks if isinstance(mark, Text) and not mark.identifier}
    assert searched >= {"AddressUpdate.label", "AddressUpdate.line1", "MandateCreate.text", "InvoiceCreate.memo"}
