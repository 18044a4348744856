"""PayPal accounts: what a nonce of one stands for, and the ways in which a payer may have agreed."""

from dataclasses import dataclass
from enum import StrEnum

from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.state.records import record, value
from braintree_sandbox.validation.errors import Code


class Consent(StrEnum):
    """What the payer agreed to, and so whether the account can be vaulted."""

    FUTURE = "future"
    ONE_TIME = "one_time"
    NONE = "none"
    CONTRADICTORY = "contradictory"


REFUSALS: dict[Consent, Code] = {
    Consent.ONE_TIME: Code("82902", "Cannot vault a one-time use PayPal account."),
    Consent.NONE: Code("82901", "PayPal consent code or access token is required."),
    Consent.CONTRADICTORY: Code("82903", "Cannot have both a PayPal consent code and an access token."),
}


@value("paypal_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class PayPalFacts:
    """A payer, and what was agreed with him; `token` is the one that his browser asked for."""

    email: str | None
    payer_id: str
    consent: str = Consent.FUTURE
    first_name: str | None = "Jane"
    last_name: str | None = "Doe"
    payment_id: str | None = None
    billing_agreement_id: str | None = None
    token: str | None = None


@record("paypal_account", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class PayPalAccount(WalletMethod[PayPalFacts]):
    """A PayPal account in the vault."""


def one_time() -> PayPalFacts:
    """A payment that its payer approved, this one only."""
    return PayPalFacts(
        email="jane.doe@example.com", payer_id="FAKEPAYER1", consent=Consent.ONE_TIME, payment_id="PAY-FAKE1234ONCE"
    )


def future() -> PayPalFacts:
    """An account that may be charged from now on."""
    return PayPalFacts(email="jane.doe@example.com", payer_id="FAKEPAYER1")


def agreement(email: str = "jane.doe@paypal.com", billing_agreement_id: str = "BILLING_AGREEMENT_ID") -> PayPalFacts:
    """An account with a billing agreement."""
    return PayPalFacts(email=email, payer_id="FAKEPAYER2", billing_agreement_id=billing_agreement_id)


def refreshed() -> PayPalFacts:
    """The account behind a refresh token."""
    return agreement("jane.doe@example.com", "B_FAKE_ID")
