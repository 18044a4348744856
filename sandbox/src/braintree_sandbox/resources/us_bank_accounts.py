"""US bank accounts in the vault, debited by ACH."""

from dataclasses import replace
from datetime import datetime

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.authorisation import Authorisation
from braintree_sandbox.processor.checks import Checks
from braintree_sandbox.records.banks import BankAccount, BankFacts, BankVerification
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.resources import bank_verifications
from braintree_sandbox.validation.errors import Code, ErrorTree, invalid
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.kinds import NOT_SUPPORTED_BY_ACCOUNT, Kind, SaleTerms
from braintree_sandbox.vault.subscriptions import subscriptions_of
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Array, Fields, Params, moment

routes = BraintreeRoutes()

METHOD_INVALID = Code("93121", "US bank account verification method is invalid.")
ACCOUNT_INVALID = Code("91728", "Verification merchant account ID is invalid.")
AUTHORISATION_NOT_SUPPORTED = Code("915104", "Processor does not support authorizations; submit for settlement.")
NONCE_NOT_VERIFIED = Code("915171", "US bank account nonce must be verified before it is used in a transaction.")
TOKEN_NOT_VERIFIED = Code("915172", "US bank account must be verified before it is used in a transaction.")


class UsBankAccounts(Kind[BankFacts, BankAccount]):
    """Accounts at US banks."""

    name = "us_bank_account"
    plural = "us_bank_accounts"
    partial = False
    nonce_type = "UsBankAccount"
    facts = BankFacts
    record = BankAccount

    def view(self, call: Call, method: BankAccount) -> Fields:
        """Return the account and its verifications."""
        verifications = call.work.where(BankVerification, "token", method.token)
        return {
            **bank_verifications.account_fields(method.facts, method.token),
            "customer_id": method.customer_id,
            "default": methods.is_default(call.work, method),
            "verified": method.verified,
            "verifiable": not method.verified,
            "verifications": Array(
                "us_bank_account_verification",
                [bank_verifications.view(call, one, with_account=False) for one in verifications],
            ),
            "subscriptions": subscriptions_of(call.work, method.token),
            "global_id": f"paymentmethod_usba_{method.token}",
            "created_at": method.created_at,
            "updated_at": method.updated_at,
        }

    def store(self, call: Call, customer: Customer, facts: BankFacts, params: Params, errors: ErrorTree) -> BankAccount:
        """Vault an account; one that was chosen at the bank is verified by the bank.

        A merchant exempt from the ACH rules gets an independent check of the others, unless it names another way.
        """
        account = BankAccount(
            token=methods.read_token(call.work, params, errors),
            customer_id=customer.id,
            facts=_with_mandate(facts, section(params, "us_bank_account")),
            created_at=call.now,
            updated_at=call.now,
        )
        method = _method_asked_for(params, "payment_method.options")
        if method is None and facts.signed_in:
            method = bank_verifications.TOKENIZED_CHECK
        if method is None and call.merchant.ach_exempt:
            method = bank_verifications.INDEPENDENT_CHECK
        return self._save(call, account, params, errors, method)

    def update(
        self, call: Call, method: BankAccount, facts: BankFacts | None, params: Params, errors: ErrorTree
    ) -> BankAccount:
        """Verify again, rename or make default; the account itself does not change."""
        token = methods.read_token(call.work, params, errors, current=method.token)
        account = replace(method, token=token, facts=facts or method.facts, updated_at=call.now)
        if token != method.token and not errors:
            methods.rename(call, method, account)
            for verification in call.work.where(BankVerification, "token", method.token):
                call.work.put(replace(verification, token=token))
        return self._save(call, account, params, errors, _method_asked_for(params, "options"))

    def instrument(self, facts: BankFacts, method: BankAccount | None) -> Instrument:
        """Return the account as the transaction will always show it."""
        token = method.token if method else None
        return Instrument(
            kind="us_bank_account",
            element="us_bank_account",
            fields=bank_verifications.account_fields(facts, token),
            identifier=facts.identifier,
            number=facts.account_number,
            token=token,
        )

    def in_sale(self, facts: BankFacts, sale: Params) -> BankFacts:
        """Return the account with the mandate that the sale has."""
        return _with_mandate(facts, section(sale, self.name))

    def check(
        self, call: Call, facts: BankFacts, method: BankAccount | None, terms: SaleTerms, errors: ErrorTree
    ) -> None:
        """Note that ACH needs an account that takes it, a sale that settles, and, unless exempt, a verified account."""
        if self.name not in terms.account.accepts:
            errors.on("base", NOT_SUPPORTED_BY_ACCOUNT)
        if not terms.submit and terms.type == "sale":
            errors.on("base", AUTHORISATION_NOT_SUPPORTED)
        if call.merchant.ach_exempt:
            return
        if method is None:
            if not facts.signed_in:
                errors.on("payment_method_nonce", NONCE_NOT_VERIFIED)
        elif not method.verified:
            errors.on("payment_method_token", TOKEN_NOT_VERIFIED)

    def charge(self, facts: BankFacts, terms: SaleTerms) -> tuple[Authorisation, Checks | None]:
        """Approve the debit; its settlement fails days later if it does."""
        del facts
        result = authorisation.by_amount(terms.amount)
        return (replace(result, status="settlement_pending") if result.status == "authorized" else result), None

    def _save(
        self, call: Call, account: BankAccount, params: Params, errors: ErrorTree, method: str | None
    ) -> BankAccount:
        options = section(params, "options")
        merchant_account = call.merchant.account(text(options, "verification_merchant_account_id"))
        if merchant_account is None:
            errors.under("options").on("verification_merchant_account_id", ACCOUNT_INVALID)
        if errors or merchant_account is None:
            return account
        call.work.put(account)
        methods.place_default(call, account, asked=flag(options, "make_default"))
        if method is None:
            return account
        add_ons = text(options, "verification_add_ons") if method == bank_verifications.NETWORK_CHECK else None
        return bank_verifications.start(call, account, method, merchant_account, add_ons=add_ons)


US_BANK_ACCOUNTS = UsBankAccounts()


@routes.get("/payment_methods/us_bank_account/{token}")
def find(call: Call) -> ApiResponse:
    """Return one bank account."""
    account = call.work.get(BankAccount, call.path["token"])
    if account is None:
        raise NotFoundError
    return found("us_bank_account", US_BANK_ACCOUNTS.view(call, account))


def _method_asked_for(params: Params, path: str) -> str | None:
    """Return the method of verification. Raise InvalidError at `path`, where Braintree has it."""
    method = text(section(params, "options"), "us_bank_account_verification_method")
    if method is not None and method not in bank_verifications.METHODS:
        raise invalid(path, "us_bank_account_verification_method", METHOD_INVALID)
    return method


def _with_mandate(facts: BankFacts, sent: Params) -> BankFacts:
    """Return the account with the mandate that the request has."""
    words, accepted = text(sent, "ach_mandate_text"), sent.get("ach_mandate_accepted_at")
    if isinstance(accepted, str):
        accepted = moment(accepted)
    return replace(
        facts,
        mandate_text=words or facts.mandate_text,
        mandate_accepted_at=accepted if isinstance(accepted, datetime) else facts.mandate_accepted_at,
    )
