"""PayPal's facts about a payment by any of its methods."""

from dataclasses import replace

from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.state import ids
from braintree_sandbox.wire.values import Fields

_FEE, _CURRENCY = "0.01", "USD"

NOT_MOVED: Fields = dict.fromkeys(
    (
        "capture_id",
        "refund_id",
        "transaction_fee_amount",
        "transaction_fee_currency_iso_code",
        "refund_from_transaction_fee_amount",
        "refund_from_transaction_fee_currency_iso_code",
    )
)
"""Before anything was captured or given back."""


def reference(kind: str) -> str:
    """Return an id of PayPal's form, such as `SALE-XXXXXXXX`."""
    return f"{kind}-{ids.transaction_id().upper()}"


def debug_id() -> str:
    """Return an id for PayPal's support."""
    return f"FAKE-PAYPAL-LOG-{ids.digits(8)}"


def captured(instrument: Instrument) -> Instrument:
    """Return the capture and PayPal's fee."""
    return _with(
        instrument,
        {
            "capture_id": reference("SALE"),
            "transaction_fee_amount": _FEE,
            "transaction_fee_currency_iso_code": _CURRENCY,
        },
    )


def refunded(instrument: Instrument) -> Instrument:
    """Return the refund's own id, and PayPal's refund of its fee."""
    return _with(
        instrument,
        {
            "refund_id": reference("REFUND"),
            "refund_from_transaction_fee_amount": _FEE,
            "refund_from_transaction_fee_currency_iso_code": _CURRENCY,
        },
    )


def _with(instrument: Instrument, fields: Fields) -> Instrument:
    return replace(instrument, fields={**instrument.fields, **fields})
