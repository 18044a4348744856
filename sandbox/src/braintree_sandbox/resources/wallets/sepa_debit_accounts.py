"""SEPA direct debit, which PayPal collects."""

from dataclasses import dataclass, replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, deleted, found
from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.resources.wallets import paypal_money
from braintree_sandbox.resources.wallets.wallet import Wallet, WalletMethod, logo
from braintree_sandbox.state import ids
from braintree_sandbox.state.records import record, value
from braintree_sandbox.validation.errors import Code
from braintree_sandbox.vault import methods
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Fields

routes = BraintreeRoutes()


@value("sepa_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class SepaFacts:
    """A bank account by references to it, and the mandate to debit it."""

    bank_reference_token: str
    last_4: str
    mandate_type: str
    merchant_or_partner_customer_id: str


@record("sepa_debit_account", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class SepaDebitAccount(WalletMethod[SepaFacts]):
    """An account for SEPA direct debit in the vault."""


class SepaDebitAccounts(Wallet[SepaFacts, SepaDebitAccount]):
    """Accounts that are debited by SEPA."""

    name = "sepa_debit_account"
    plural = "sepa_debit_accounts"
    element = "sepa_debit_account_detail"
    nonce_type = "SEPADebitAccount"
    submitted = "settling"
    refundable = frozenset({"settling", "settled"})
    facts = SepaFacts
    record = SepaDebitAccount
    customer_required = Code("87117", "Customer ID is required for a SEPA debit account.")

    def fields(self, facts: SepaFacts, token: str | None) -> Fields:
        """Return the account and its mandate."""
        return {
            "token": token,
            **self.nonce_details(facts),
            "image_url": logo("sepa_debit_account"),
            "view_mandate_url": f"https://www.sandbox.paypal.com/mandate/{facts.bank_reference_token}",
        }

    def identifier(self, facts: SepaFacts) -> str:
        """Return the bank's reference."""
        return facts.bank_reference_token

    def nonce_details(self, facts: SepaFacts) -> Fields:
        """Return the account and its mandate, without the links for merchants."""
        return {
            "bank_reference_token": facts.bank_reference_token,
            "last_4": facts.last_4,
            "mandate_type": facts.mandate_type,
            "merchant_or_partner_customer_id": facts.merchant_or_partner_customer_id,
        }

    def instrument(self, facts: SepaFacts, method: SepaDebitAccount | None) -> Instrument:
        """Return the account with the payment's references; an order only when the payer approved this payment."""
        plain = super().instrument(facts, method)
        money: Fields = {
            **paypal_money.NOT_MOVED,
            "global_id": f"transaction_sepa_{ids.digits(8)}",
            "debug_id": None,
            "paypal_v2_order_id": None if method else ids.transaction_id().upper(),
            "settlement_type": None,
            "correlation_id": None,
        }
        return replace(plain, fields={**plain.fields, **money})

    def captured(self, instrument: Instrument) -> Instrument:
        """Return the capture and PayPal's fee."""
        return paypal_money.captured(instrument)

    def refunded(self, instrument: Instrument) -> Instrument:
        """Return the refund's own id, and PayPal's refund of its fee."""
        return paypal_money.refunded(instrument)


SEPA_DEBIT_ACCOUNTS = SepaDebitAccounts()


@routes.get("/payment_methods/sepa_debit_account/{token}")
def find(call: Call) -> ApiResponse:
    """Return one account."""
    return found("sepa_debit_account", SEPA_DEBIT_ACCOUNTS.view(call, _account(call)))


@routes.delete("/payment_methods/sepa_debit_account/{token}")
def delete(call: Call) -> ApiResponse:
    """Remove an account."""
    methods.remove(call, _account(call))
    return deleted()


def _account(call: Call) -> SepaDebitAccount:
    account = call.work.get(SepaDebitAccount, call.path["token"])
    if account is None:
        raise NotFoundError
    return account
