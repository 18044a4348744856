"""Cards: the details of one, and the one in the vault."""

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b

from braintree_sandbox.state.records import record, value


@value("card_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class CardFacts:
    """A card as it was typed or tokenized; only test numbers ever get this far."""

    number: str
    expiration_month: str
    expiration_year: str
    cvv: str | None = None
    cardholder_name: str | None = None
    billing: dict[str, str | None] = field(default_factory=dict)
    # The issuer's result for every amount: a response code, or a reason to reject.
    fixed_result: str | None = None
    three_d_secure: str | None = None
    three_d_secure_id: str | None = None
    # The number is one that the network gave out in place of the card's.
    network_tokenized: bool = False
    # Tokenized with `validate` off: the user of its nonce must check it.
    unchecked: bool = False

    @property
    def identifier(self) -> str:
        """The same 32 characters for the same number, as `unique_number_identifier`."""
        return blake2b(self.number.encode(), digest_size=16).hexdigest()


@record("card", indexes=("customer_id", "identifier"))
@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """A card in the vault."""

    token: str
    customer_id: str
    facts: CardFacts
    created_at: datetime
    updated_at: datetime
    billing_address_id: str | None = None

    @property
    def key(self) -> str:
        """The token, which merchants may choose."""
        return self.token

    @property
    def identifier(self) -> str:
        """The identifier of its number."""
        return self.facts.identifier


@record("card_verification", indexes=("token", "customer_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class CardVerification:
    """One question to the issuer whether a card is good."""

    id: str
    status: str
    facts: CardFacts
    merchant_account_id: str
    amount: str
    currency: str
    created_at: datetime
    processor_response_code: str
    processor_response_text: str
    processor_response_type: str
    cvv_response_code: str
    avs_postal_code_response_code: str
    avs_street_address_response_code: str
    avs_error_response_code: str | None = None
    gateway_rejection_reason: str | None = None
    token: str | None = None
    customer_id: str | None = None
    # The network's id; only the approved have one.
    network_transaction_id: str | None = None
    # Debit or credit, for cards that are both.
    account_type: str | None = None
    # Whether a fraud tool was to look at it, and whether it had the browser's data.
    evaluated: bool = True
    device_data: bool = False
    mastercard_transaction_link_id: str | None = None

    @property
    def key(self) -> str:
        """The id."""
        return self.id
