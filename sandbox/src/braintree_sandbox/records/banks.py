"""US bank accounts: the details of one, the one in the vault, and its verifications."""

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
    # Its owner chose it at the bank.
    signed_in: bool = False

    @property
    def identifier(self) -> str:
        """The same text for the same account."""
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
    """One way of finding out whether an account exists and may be debited."""

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
    # The additional check: of the account's owner.
    add_ons: str | None = None
    # Micro-transfers: the cents that were sent, whether they arrive at once, and the tries so far.
    deposit_amounts: tuple[int, ...] = ()
    settles_at_once: bool = True
    failed_attempts: int = 0
    confirmed: bool = False

    @property
    def key(self) -> str:
        """The id."""
        return self.id
