"""Venmo."""

from dataclasses import dataclass

from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.authorisation import Authorisation
from braintree_sandbox.processor.checks import Checks
from braintree_sandbox.resources.wallets.wallet import Wallet, WalletMethod, logo
from braintree_sandbox.state.records import record, value
from braintree_sandbox.vault.kinds import SaleTerms
from braintree_sandbox.wire.values import Fields


@value("venmo_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class VenmoFacts:
    """A Venmo account; one may be known to refuse every payment."""

    username: str
    user_id: str
    fixed_result: str | None = None


@record("venmo_account", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class VenmoAccount(WalletMethod[VenmoFacts]):
    """A Venmo account in the vault."""


class VenmoAccounts(Wallet[VenmoFacts, VenmoAccount]):
    """Accounts at Venmo."""

    name = "venmo_account"
    plural = "venmo_accounts"
    element = "venmo_account"
    nonce_type = "VenmoAccount"
    facts = VenmoFacts
    record = VenmoAccount

    def fields(self, facts: VenmoFacts, token: str | None) -> Fields:
        """Return the user."""
        return {
            "token": token,
            "username": facts.username,
            "venmo_user_id": facts.user_id,
            "source_description": f"Venmo Account: {facts.username}",
            "image_url": logo("venmo"),
        }

    def identifier(self, facts: VenmoFacts) -> str:
        """Return the user's id."""
        return facts.user_id

    def nonce_details(self, facts: VenmoFacts) -> Fields:
        """Return the user; the digits belong to no account."""
        return {"last_two": "99", "username": facts.username, "venmo_user_id": facts.user_id}

    def charge(self, facts: VenmoFacts, terms: SaleTerms) -> tuple[Authorisation, Checks | None]:
        """Return the result of the test account if it has one, else the amount's."""
        return (
            (authorisation.by_fixed_result(facts.fixed_result), None)
            if facts.fixed_result
            else super().charge(facts, terms)
        )


VENMO_ACCOUNTS = VenmoAccounts()
