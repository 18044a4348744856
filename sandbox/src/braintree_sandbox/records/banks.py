"""US bank accounts: their details, the accounts in the vault, and their verifications."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from braintree_sandbox.state.records import record, value


@value("bank_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class BankFacts:
    """A bank account as it was tokenized."""

    account_number: str
    routing_number: str
    account_type: str
    account_holder_name: str
    bank_name: str
    ownership_type: str = "personal"
    mandate_text: str | None = None
    mandate_accepted_at: datetime | None = None
    # The owner signed in at the bank and chose this account, so that it needs no verification.
    signed_in: bool = False

    @property
    def identifier(self) -> str:
        """A text that is equal for equal accounts."""
        return blake2b(f"{self.routing_number}/{self.account_number}".encode(), digest_size=16).hexdigest()


@record("bank_account", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccount:
    """A US bank account in the vault."""

    token: str
    customer_id: str
    facts: BankFacts
    created_at: datetime
    updated_at: datetime
    verified: bool = False

    @property
    def key(self) -> str:
        """The token, which merchants may choose."""
        return self.token


@record("bank_verification", indexes=("token", "customer_id"))
@dataclass(frozen=True, slots=True, kw_only=True)
class BankVerification:
    """One check that an account exists and may be debited, by one method."""

    id: str
    token: str
    customer_id: str
    method: str
    status: str
    merchant_account_id: str
    created_at: datetime
    updated_at: datetime
    processor_response_code: str | None = None
    processor_response_text: str | None = None
    additional_processor_response: str | None = None
    # The name of an additional check, of the account's owner.
    add_ons: str | None = None
    # For micro-transfers: the amounts sent, in cents, whether they arrive at once, and the wrong tries so far.
    deposit_amounts: tuple[int, ...] = ()
    settles_at_once: bool = True
    failed_attempts: int = 0
    confirmed: bool = False

    @property
    def key(self) -> str:
        """The id."""
        return self.id
