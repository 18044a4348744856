"""The settled transactions of a day, added up by kind of card, merchant account, sale or credit, and a custom field."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.records.transactions import Transaction
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import takes, text
from braintree_sandbox.wire.values import Array, Fields, Params, day_of

routes = BraintreeRoutes()

_ACCEPTED = takes("settlement_date", "group_by_custom_field")
_DATE_REQUIRED = Code("82301", "Settlement date is required.")
_DATE_INVALID = Code("82302", "Settlement date is invalid.")
_CUSTOM_FIELD_INVALID = Code("82303", "Custom field is invalid.")


class _Group(NamedTuple):
    """The common values of the transactions in one record."""

    card_type: str | None
    merchant_account_id: str
    kind: str
    custom_value: str | None


@routes.post("/settlement_batch_summary")
def generate(call: Call) -> ApiResponse:
    """Return the records of one day; none when nothing was settled."""
    params = call.params("settlement_batch_summary", _ACCEPTED)
    errors = ErrorTree()
    here = errors.under("settlement_batch_summary")
    day = _day(params, here)
    custom_field = text(params, "group_by_custom_field")
    if custom_field is not None and custom_field not in call.merchant.custom_fields:
        here.on("group_by_custom_field", _CUSTOM_FIELD_INVALID)
    if errors or day is None:
        raise InvalidError(errors)
    settled = (
        one for one in call.work.all(Transaction) if (one.settlement_batch_id or "").startswith(f"{day.isoformat()}_")
    )
    return found("settlement_batch_summary", {"records": Array("record", _records(settled, custom_field))})


def _records(settled: Iterable[Transaction], custom_field: str | None) -> list[Fields]:
    sums: dict[_Group, tuple[int, Decimal]] = {}
    for one in settled:
        card_type = one.instrument.fields.get("card_type")
        group = _Group(
            card_type=card_type if isinstance(card_type, str) else None,
            merchant_account_id=one.merchant_account_id,
            kind=one.type,
            custom_value=one.custom_fields.get(custom_field) if custom_field else None,
        )
        count, total = sums.get(group, (0, Decimal(0)))
        sums[group] = (count + 1, total + one.amount)
    return [_record(group, count, total, custom_field) for group, (count, total) in sums.items()]


def _record(group: _Group, count: int, total: Decimal, custom_field: str | None) -> Fields:
    record: Fields = {
        "card_type": group.card_type,
        "merchant_account_id": group.merchant_account_id,
        "kind": group.kind,
        "count": str(count),
        "amount_settled": total,
    }
    return record | {custom_field: group.custom_value} if custom_field else record


def _day(params: Params, errors: ErrorTree) -> date | None:
    sent = params.get("settlement_date")
    if sent is None:
        errors.on("settlement_date", _DATE_REQUIRED)
        return None
    day = day_of(sent)
    if day is None:
        errors.on("settlement_date", _DATE_INVALID)
    return day
