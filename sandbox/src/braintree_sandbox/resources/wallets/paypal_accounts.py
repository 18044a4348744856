"""PayPal accounts, and payments by PayPal."""

from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, deleted, found
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.resources.wallets import paypal_money
from braintree_sandbox.resources.wallets.paypal_facts import REFUSALS, Consent, PayPalAccount, PayPalFacts
from braintree_sandbox.resources.wallets.wallet import Wallet, logo
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import section, takes, text
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.kinds import SaleTerms
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Fields, Params

routes = BraintreeRoutes()

_UPDATE = takes("token", options=takes("make_default"))
_TEST_PAYER, _TEST_RECIPIENT = "payer@example.com", "test@paypal.com"
_TO_PAYEE = ("payee_id", "payee_email", "custom_field", "description")


class PayPalAccounts(Wallet[PayPalFacts, PayPalAccount]):
    """Accounts at PayPal."""

    name = "paypal_account"
    plural = "paypal_accounts"
    element = "paypal"
    nonce_type = "PayPalAccount"
    submitted = "settling"
    refundable = frozenset({"settling", "settled"})
    facts = PayPalFacts
    record = PayPalAccount
    customer_required = Code("82905", "Customer ID is required for vaulting.")
    token_in_use = Code("92906", "Token is already in use.")
    no_update_by_nonce = Code("92914", "Cannot update a PayPal account by a payment method nonce.")

    def fields(self, facts: PayPalFacts, token: str | None) -> Fields:
        """Return the account as the vault shows it."""
        return {
            "token": token,
            "email": facts.email,
            "payer_id": facts.payer_id,
            "payer_info": _payer_info(facts),
            "billing_agreement_id": facts.billing_agreement_id,
            "image_url": logo("paypal"),
            "limited_use_order_id": None,
            "funding_source_image_url": None,
            "funding_source_description": None,
            "revoked_at": None,
            "edit_paypal_vault_id": None,
        }

    def identifier(self, facts: PayPalFacts) -> str:
        """Return the payer's id."""
        return facts.payer_id

    def check_storing(self, facts: PayPalFacts, errors: ErrorTree) -> None:
        """Note that an agreement for one payment can't be kept."""
        refusal = REFUSALS.get(Consent(facts.consent))
        if refusal is not None:
            errors.on("base", refusal)

    def check_agreement(self, facts: PayPalFacts, errors: ErrorTree) -> None:
        """Note an error for a payer without an agreement, or with two at once."""
        if facts.consent in {Consent.NONE, Consent.CONTRADICTORY}:
            errors.on("base", REFUSALS[Consent(facts.consent)])

    def nonce_details(self, facts: PayPalFacts) -> Fields:
        """Return the payer."""
        return {"email": facts.email, "payer_info": _payer_info(facts), "cobranded_card_label": None}

    def store(
        self, call: Call, customer: Customer, facts: PayPalFacts, params: Params, errors: ErrorTree
    ) -> PayPalAccount:
        """Vault the account, under the nonce's token unless the request has one."""
        if facts.token is not None and text(params, "token") is None:
            params = {**params, "token": facts.token}
        return super().store(call, customer, replace(facts, token=None), params, errors)

    def typed(self, sale: Params, errors: ErrorTree) -> PayPalFacts | None:
        """Return a payment that the payer approved at PayPal, from the sale's own parameters."""
        del errors
        sent = section(sale, "paypal_account")
        payment_id, payer_id = text(sent, "payment_id"), text(sent, "payer_id")
        if payment_id is None or payer_id is None:
            return None
        return PayPalFacts(email=None, payer_id=payer_id, consent=Consent.ONE_TIME, payment_id=payment_id)

    def instrument(self, facts: PayPalFacts, method: PayPalAccount | None) -> Instrument:
        """Return the payer and PayPal's facts of the payment."""
        token = method.token if method else None
        fields: Fields = {
            "token": token,
            "payer_email": facts.email,
            "payer_id": facts.payer_id,
            "payer_first_name": facts.first_name,
            "payer_last_name": facts.last_name,
            "payer_status": "VERIFIED",
            "payment_id": facts.payment_id or paypal_money.reference("PAY"),
            "authorization_id": paypal_money.reference("AUTH"),
            "billing_agreement_id": facts.billing_agreement_id,
            "debug_id": paypal_money.debug_id(),
            "image_url": logo("paypal"),
            "seller_protection_status": "ELIGIBLE",
            "implicitly_vaulted_payment_method_token": None,
            "implicitly_vaulted_payment_method_global_id": None,
            "shipping_option_id": None,
            **paypal_money.NOT_MOVED,
            **dict.fromkeys(_TO_PAYEE),
        }
        return Instrument(
            kind=self.name,
            element=self.element,
            fields=fields,
            identifier=self.identifier(facts),
            number="",
            token=token,
        )

    def in_sale(self, facts: PayPalFacts, sale: Params) -> PayPalFacts:
        """Return the payer of PayPal's test payments, which is always the same."""
        del sale
        return facts if facts.email is None else replace(facts, email=_TEST_PAYER)

    def for_sale(self, instrument: Instrument, sale: Params) -> Instrument:
        """Return the payee and the purpose; the parameters may be in any of three places."""
        options = section(sale, "options")
        places = (section(options, "paypal"), section(sale, "paypal_account"), options)
        to_payee = {name: next((text(one, name) for one in places if text(one, name)), None) for name in _TO_PAYEE}
        return replace(instrument, fields={**instrument.fields, **to_payee, **_recipient(places[0])})

    def captured(self, instrument: Instrument) -> Instrument:
        """Return the capture and PayPal's fee."""
        return paypal_money.captured(instrument)

    def refunded(self, instrument: Instrument) -> Instrument:
        """Return the refund's own id, and PayPal's refund of its fee."""
        return paypal_money.refunded(instrument)

    def check(
        self, call: Call, facts: PayPalFacts, method: PayPalAccount | None, terms: SaleTerms, errors: ErrorTree
    ) -> None:
        """Note that a payer without an agreement can't be charged."""
        super().check(call, facts, method, terms, errors)
        self.check_agreement(facts, errors.under(self.name))


PAYPAL_ACCOUNTS = PayPalAccounts()


@routes.get("/payment_methods/paypal_account/{token}")
def find(call: Call) -> ApiResponse:
    """Return one account."""
    return found("paypal_account", PAYPAL_ACCOUNTS.view(call, _account(call)))


@routes.put("/payment_methods/paypal_account/{token}")
def update(call: Call) -> ApiResponse:
    """Change an account's token, or make it the default."""
    account = _account(call)
    errors = ErrorTree()
    params = call.params("paypal_account", _UPDATE)
    changed = PAYPAL_ACCOUNTS.update(call, account, None, params, errors.under("paypal_account"))
    if errors:
        raise InvalidError(errors)
    return found("paypal_account", PAYPAL_ACCOUNTS.view(call, changed))


@routes.delete("/payment_methods/paypal_account/{token}")
def delete(call: Call) -> ApiResponse:
    """Remove an account."""
    methods.remove(call, _account(call))
    return deleted()


def _recipient(options: Params) -> Fields:
    """Return the recipient of the goods, by default the one of PayPal's test orders."""
    phone = section(options, "recipient_phone")
    return {
        "recipient_email": text(options, "recipient_email") or _TEST_RECIPIENT,
        "recipient_phone": {name: text(phone, name) for name in ("country_code", "national_number")},
    }


def _account(call: Call) -> PayPalAccount:
    account = call.work.get(PayPalAccount, call.path["token"])
    if account is None:
        raise NotFoundError
    return account


def _payer_info(facts: PayPalFacts) -> Fields:
    return {
        "email": facts.email,
        "first_name": facts.first_name,
        "last_name": facts.last_name,
        "payer_id": facts.payer_id,
    }
