"""PayPal accounts: their details, and the forms of a payer's agreement."""

from dataclasses import dataclass
from enum import StrEnum

from braintree_sandbox.resources.wallets.wallet import WalletMethod
from braintree_sandbox.state.records import record, value
from braintree_sandbox.validation.errors import Code
from braintree_sandbox.validation.params import text
from braintree_sandbox.wire.values import Params


class Consent(StrEnum):
    """The payer's agreement, which decides whether the account can be vaulted."""

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
    """A payer and the agreement; `token` is the one that the browser chose."""

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


def from_browser(sent: Params) -> PayPalFacts:
    """Return the payer's agreement: an order by its payment token, else by a consent code or an access token."""
    token, code, access = text(sent, "token"), text(sent, "consent_code"), text(sent, "access_token")
    if text(sent, "payment_token") is not None:
        return _order(sent, token)
    if code is not None and access is not None:
        consent = Consent.CONTRADICTORY
    elif code is not None:
        consent = Consent.FUTURE
    else:
        consent = Consent.NONE if access is None else Consent.ONE_TIME
    return PayPalFacts(email="jane.doe@example.com", payer_id="FAKEPAYER1", consent=consent, token=token)


def _order(sent: Params, token: str | None) -> PayPalFacts:
    """Return an order, which may be charged later, unless the payer meant one payment."""
    later = text(sent, "intent") == "order"
    return PayPalFacts(
        email="bt_buyer_us@paypal.com",
        payer_id=text(sent, "payer_id") or "FAKEPAYER3",
        payment_id=None if later else text(sent, "payment_token"),
        consent=Consent.FUTURE if later else Consent.ONE_TIME,
        token=token,
    )
