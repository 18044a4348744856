"""Cards and bank accounts at the gateway: nonces, methods to store, and stored ones."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from billing_api.gateway.failures import Decline


class MethodKind(StrEnum):
    """The kind of a payment method."""

    CARD = "card"
    US_BANK_ACCOUNT = "us_bank_account"


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingAddress:
    """The address of the card's bills; `country` is ISO 3166-1 alpha-2. Street and postal code are checked."""

    recipient: str | None
    line1: str | None
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeDSecure:
    """The result of a cardholder's authentication by 3-D Secure; `status` is the gateway's word.

    `authentication_id` names the authentication in a charge of the same card.
    """

    status: str
    liability_shifted: bool
    authentication_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceDetails:
    """The card or bank account that a nonce stands for; `kind` is None for another kind of method."""

    kind: MethodKind | None
    brand: str | None
    last4: str | None
    three_d_secure: ThreeDSecure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardToVault:
    """A card to store under a token of ours; the nonce stands for its number.

    `device_data` is the text that the gateway's script has collected about the customer's device.
    """

    customer_id: str
    token: str
    nonce: str = field(repr=False)
    billing_address: BillingAddress | None = None
    device_data: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccountToVault:
    """A US bank account to store under a token of ours, with the mandate that its owner accepted."""

    customer_id: str
    token: str
    nonce: str = field(repr=False)
    mandate_text: str
    mandate_accepted_at: datetime


class BankVerificationStatus(StrEnum):
    """The state of a bank account's verification."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankVerification:
    """The newest verification of a bank account; `wants_amounts` while the customer has to send the amounts."""

    id: str
    status: BankVerificationStatus
    wants_amounts: bool
    decline: Decline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultedCard:
    """The details of a stored card that may be shown. `fingerprint` is equal for equal numbers, and hides them.

    `three_d_secure` is the result with which its bank has confirmed the card last.
    """

    brand: str
    last4: str
    expiration_month: int
    expiration_year: int
    cardholder_name: str | None
    billing_address: BillingAddress | None
    fingerprint: str | None
    three_d_secure: ThreeDSecure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultedBankAccount:
    """A stored bank account; it can't be charged before it is verified.

    The gateway has no fingerprint for bank accounts: this one is the bank's routing number, which is public, with the
    account's type and last four.
    """

    bank_name: str | None
    last4: str
    account_type: str | None
    account_holder_name: str | None
    fingerprint: str
    verified: bool
    verification: BankVerification | None


@dataclass(frozen=True, slots=True)
class VaultedOther:
    """A stored method that is neither a card nor a bank account, such as a wallet."""


VaultedMethod = VaultedCard | VaultedBankAccount | VaultedOther


class AmountsResult(StrEnum):
    """The gateway's response to the amounts of two micro-deposits."""

    CONFIRMED = "confirmed"  # they are right: the account is verified, or will be when the deposits have settled
    WRONG = "wrong"
    TOO_MANY_TRIES = "too_many_tries"
    NOT_AWAITED = "not_awaited"  # they were confirmed before, or the verification has ended or is of another kind


# The end of a verification after too many wrong amounts.
TOO_MANY_TRIES = Decline("too_many_tries", "Wrong amounts were sent too often", soft=False)
