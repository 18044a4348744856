"""Local payment methods, such as iDEAL, which PayPal processes: approved once by the payer, never vaulted."""

from dataclasses import dataclass, replace

from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.resources.wallets.passing import Passing
from braintree_sandbox.resources.wallets.wallet import logo
from braintree_sandbox.state import ids
from braintree_sandbox.state.records import value
from braintree_sandbox.vault.kinds import register
from braintree_sandbox.vault.known_nonces import register as register_nonces
from braintree_sandbox.wire.values import Fields


@value("local_payment_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPaymentFacts:
    """A payment that its payer has approved."""

    payment_id: str = "PAY-LOCAL1234"
    payer_id: str = "LOCALPAYER1"
    funding_source: str = "ideal"


class LocalPayments(Passing[LocalPaymentFacts]):
    """Payments by a local method."""

    name = "local_payment"
    plural = "local_payments"
    element = "local_payment"
    nonce_type = "LocalPayment"
    submitted = "settling"
    refundable = frozenset({"settling", "settled"})
    facts = LocalPaymentFacts

    def fields(self, facts: LocalPaymentFacts, token: str | None) -> Fields:
        """The payment, before any money moved."""
        del token
        return {
            "payment_id": facts.payment_id,
            "payer_id": facts.payer_id,
            "funding_source": facts.funding_source,
            "image_url": logo("local_payment"),
            "debug_id": None,
            "custom_field": None,
            "description": None,
            "capture_id": None,
            "refund_id": None,
            "refund_from_transaction_fee_amount": None,
            "refund_from_transaction_fee_currency_iso_code": None,
            "transaction_fee_amount": None,
            "transaction_fee_currency_iso_code": None,
            "implicitly_vaulted_payment_method_token": None,
            "implicitly_vaulted_payment_method_global_id": None,
        }

    def identifier(self, facts: LocalPaymentFacts) -> str:
        """The payment's."""
        return facts.payment_id

    def nonce_details(self, facts: LocalPaymentFacts) -> Fields:
        """What was approved."""
        return {"payment_id": facts.payment_id, "payer_id": facts.payer_id, "type": facts.funding_source}

    def captured(self, instrument: Instrument) -> Instrument:
        """The capture and its fee."""
        capture: Fields = {
            "capture_id": f"CAPTURE-{ids.transaction_id().upper()}",
            "debug_id": ids.transaction_id(),
            "transaction_fee_amount": "0.01",
            "transaction_fee_currency_iso_code": "USD",
        }
        return replace(instrument, fields={**instrument.fields, **capture})

    def refunded(self, instrument: Instrument) -> Instrument:
        """The refund's own reference."""
        refund: Fields = {
            "refund_id": f"REFUND-{ids.transaction_id().upper()}",
            "refund_from_transaction_fee_amount": "0.01",
            "refund_from_transaction_fee_currency_iso_code": "USD",
        }
        return replace(instrument, fields={**instrument.fields, **refund})


LOCAL_PAYMENTS = LocalPayments()
register(LOCAL_PAYMENTS, vaulted=False)

register_nonces({"fake-local-payment-method-nonce": LocalPaymentFacts})
