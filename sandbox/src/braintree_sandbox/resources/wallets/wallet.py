"""The common base of wallets: a token, an owner, unchanging details, and a logo."""

from abc import abstractmethod
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from braintree_sandbox.call import Call
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.authorisation import Authorisation
from braintree_sandbox.processor.checks import Checks
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import flag, section
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.kinds import NOT_SUPPORTED_BY_ACCOUNT, Kind, SaleTerms
from braintree_sandbox.vault.subscriptions import subscriptions_of
from braintree_sandbox.wire.values import Fields, Params

NONCE_OF_ANOTHER_KIND = Code("93102", "Nonce is for another kind of payment method.")
NOT_FOR_THE_VAULT = Code("93102", "Nonce is for a kind of payment method that is not vaulted.")
_LOGOS = "https://assets.braintreegateway.com/payment_method_logo"

F = TypeVar("F")


def logo(name: str) -> str:
    """Return the address of the logo of a kind or a brand."""
    return f"{_LOGOS}/{name.lower().replace(' ', '_')}.png?environment=sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletMethod(Generic[F]):
    """A method in the vault as it was tokenized."""

    token: str
    customer_id: str
    facts: F
    created_at: datetime
    updated_at: datetime

    @property
    def key(self) -> str:
        """The token, which merchants may choose."""
        return self.token


W = TypeVar("W", bound=WalletMethod[Any])


class Wallet(Kind[F, W]):
    """A kind whose details come from a nonce; only the token and the default change in the vault.

    `element` is the element under which a transaction shows it.
    """

    element: ClassVar[str]
    token_in_use: ClassVar[Code] = methods.TOKEN_IN_USE
    no_update_by_nonce: ClassVar[Code] = NONCE_OF_ANOTHER_KIND

    @abstractmethod
    def fields(self, facts: F, token: str | None) -> Fields:
        """Return the details as vault and transactions show them."""

    @abstractmethod
    def identifier(self, facts: F) -> str:
        """Return the same text for the same method, by which a sale is recognised as a duplicate."""

    def number(self, facts: F) -> str:
        """Return the number for searches; empty for a kind without one."""
        del facts
        return ""

    def view(self, call: Call, method: W) -> Fields:
        """Return the details and the vault's facts."""
        return {
            **self.fields(method.facts, method.token),
            "customer_id": method.customer_id,
            "customer_global_id": f"customer_{method.customer_id}",
            "default": methods.is_default(call.work, method),
            "subscriptions": subscriptions_of(call.work, method.token),
            "global_id": f"paymentmethod_{self.name}_{method.token}",
            "created_at": method.created_at,
            "updated_at": method.updated_at,
        }

    def store(self, call: Call, customer: Customer, facts: F, params: Params, errors: ErrorTree) -> W:
        """Vault the details of a nonce; options for cards are ignored."""
        self.check_storing(facts, errors)
        token = methods.read_token(call.work, params, errors, in_use=self.token_in_use)
        method = self.record(
            token=token, customer_id=customer.id, facts=facts, created_at=call.now, updated_at=call.now
        )
        if not errors:
            call.work.put(method)
            methods.place_default(call, method, asked=flag(section(params, "options"), "make_default"))
        return method

    def update(self, call: Call, method: W, facts: F | None, params: Params, errors: ErrorTree) -> W:
        """Change the token, or make it the default; another nonce can't take its place."""
        if facts is not None:
            errors.on("base", self.no_update_by_nonce)
        token = methods.read_token(call.work, params, errors, current=method.token, in_use=self.token_in_use)
        changed = replace(method, token=token, updated_at=call.now)
        if not errors:
            if token == method.token:
                call.work.put(changed)
            else:
                methods.rename(call, method, changed)
            methods.place_default(call, changed, asked=flag(section(params, "options"), "make_default"))
        return changed

    def instrument(self, facts: F, method: W | None) -> Instrument:
        """Return the details as the transaction keeps them."""
        token = method.token if method else None
        return Instrument(
            kind=self.name,
            element=self.element,
            fields=self.fields(facts, token),
            identifier=self.identifier(facts),
            number=self.number(facts),
            token=token,
        )

    def check(self, call: Call, facts: F, method: W | None, terms: SaleTerms, errors: ErrorTree) -> None:
        """Note that a bank's merchant account does not take wallets."""
        del call, facts, method
        if "credit_card" not in terms.account.accepts:
            errors.on("base", NOT_SUPPORTED_BY_ACCOUNT)

    def charge(self, facts: F, terms: SaleTerms) -> tuple[Authorisation, Checks | None]:
        """Return the amount's result."""
        del facts
        return authorisation.by_amount(terms.amount), None
