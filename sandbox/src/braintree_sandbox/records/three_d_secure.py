"""3-D Secure authentications that were made in this sandbox; those of test nonces are not stored."""

from dataclasses import dataclass
from datetime import datetime

from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.state.records import record


@record("three_d_secure_authentication")
@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """One authentication of a cardholder; `facts` has the card and the result."""

    id: str
    merchant_account_id: str
    facts: CardFacts
    created_at: datetime

    @property
    def key(self) -> str:
        """The id, which sales refer to."""
        return self.id
