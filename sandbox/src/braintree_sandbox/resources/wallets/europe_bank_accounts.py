"""European bank accounts by IBAN, for clients older than SEPA direct debit."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from braintree_sandbox.resources.wallets.wallet import Wallet, WalletMethod, logo
from braintree_sandbox.state.records import record, value
from braintree_sandbox.wire.values import Fields


@value("europe_bank_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class EuropeBankFacts:
    """An account and the mandate to debit it."""

    iban: str
    bic: str
    account_holder_name: str
    mandate_reference_number: str
    mandate_accepted_at: datetime


@record("europe_bank_account", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class EuropeBankAccount(WalletMethod[EuropeBankFacts]):
    """A European bank account in the vault."""


class EuropeBankAccounts(Wallet[EuropeBankFacts, EuropeBankAccount]):
    """Accounts at European banks."""

    name = "europe_bank_account"
    plural = "europe_bank_accounts"
    element = "europe_bank_account"
    nonce_type = "EuropeBankAccount"
    facts = EuropeBankFacts
    record = EuropeBankAccount

    def fields(self, facts: EuropeBankFacts, token: str | None) -> Fields:
        """Return the account, its number masked."""
        return {
            "token": token,
            "masked_iban": f"{facts.iban[:4]}****{facts.iban[-4:]}",
            "bic": facts.bic,
            "account_holder_name": facts.account_holder_name,
            "mandate_reference_number": facts.mandate_reference_number,
            "mandate_accepted_at": facts.mandate_accepted_at,
            "image_url": logo("sepa"),
        }

    def identifier(self, facts: EuropeBankFacts) -> str:
        """Return a text that is the same for the same IBAN, without revealing it."""
        return blake2b(facts.iban.encode(), digest_size=16).hexdigest()

    def nonce_details(self, facts: EuropeBankFacts) -> Fields:
        """Return the public facts of the account."""
        shown = self.fields(facts, None)
        return {name: shown[name] for name in ("masked_iban", "bic", "account_holder_name")}


EUROPE_BANK_ACCOUNTS = EuropeBankAccounts()
