"""A kind that clients have never heard of, as they meet one when Braintree is ahead of them."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.wallet import Wallet, WalletMethod
from braintree_sandbox.state.records import record, value
from braintree_sandbox.wire.values import Fields


@value("unknown_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownFacts:
    """Nothing is known of it but that it pays."""


@record("unknown_payment_method", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownPaymentMethod(WalletMethod[UnknownFacts]):
    """One in the vault."""


class UnknownPaymentMethods(Wallet[UnknownFacts, UnknownPaymentMethod]):
    """Methods of a kind without a name."""

    name = "abstract_payment_method"
    plural = "abstract_payment_methods"
    element = "abstract_payment_method"
    nonce_type = "AbstractPaymentMethod"
    facts = UnknownFacts
    record = UnknownPaymentMethod

    def fields(self, facts: UnknownFacts, token: str | None) -> Fields:
        """Return its token."""
        del facts
        return {"token": token}

    def identifier(self, facts: UnknownFacts) -> str:
        """Return the kind's name: all are alike."""
        del facts
        return self.name


UNKNOWN_PAYMENT_METHODS = UnknownPaymentMethods()
