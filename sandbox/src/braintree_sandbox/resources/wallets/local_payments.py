"""Local payment methods, such as iDEAL, which PayPal processes: approved once by the payer, never vaulted."""

from dataclasses import dataclass

from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.resources.wallets import paypal_money
from braintree_sandbox.resources.wallets.passing import Passing
from braintree_sandbox.resources.wallets.wallet import logo
from braintree_sandbox.state.records import value
from braintree_sandbox.wire.values import Fields


@value("local_payment_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class LocalPaymentFacts:
    """A payment that its payer has approved."""

    payment_id: str
    payer_id: str
    funding_source: str


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
        """Return the payment, before any money moved."""
        del token
        return {
            "payment_id": facts.payment_id,
            "payer_id": facts.payer_id,
            "funding_source": facts.funding_source,
            "image_url": logo("local_payment"),
            **paypal_money.NOT_MOVED,
            "debug_id": paypal_money.debug_id(),
            "custom_field": None,
            "description": None,
            "implicitly_vaulted_payment_method_token": None,
            "implicitly_vaulted_payment_method_global_id": None,
        }

    def identifier(self, facts: LocalPaymentFacts) -> str:
        """Return the payment's id."""
        return facts.payment_id

    def nonce_details(self, facts: LocalPaymentFacts) -> Fields:
        """Return the approved payment."""
        return {"payment_id": facts.payment_id, "payer_id": facts.payer_id, "type": facts.funding_source}

    def captured(self, instrument: Instrument) -> Instrument:
        """Return the capture and PayPal's fee."""
        return paypal_money.captured(instrument)

    def refunded(self, instrument: Instrument) -> Instrument:
        """Return the refund's own id, and PayPal's refund of its fee."""
        return paypal_money.refunded(instrument)


LOCAL_PAYMENTS = LocalPayments()
