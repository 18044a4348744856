"""Objections of a merchant account, or of its processor, to a sale."""

from decimal import Decimal

from braintree_sandbox.merchant_accounts import MerchantAccount, Trait
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.resources.transactions.source import Source
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.vault.brands import brand
from braintree_sandbox.vault.card_params import TYPE_NOT_ACCEPTED
from braintree_sandbox.wire.values import Fields, Params

_SUSPENDED = Code("91514", "Merchant account is suspended.")
_TAX_REQUIRED = Code("815224", "Tax amount is required for this merchant account.")
_AMOUNT_NOT_SUPPORTED = Code("815193", "The processor does not support this amount.")
_TYPE_INVALID = Code("915184", "Account type is invalid.")
_TYPE_NOT_SUPPORTED = Code("915185", "Account type is not supported by the merchant account or the card.")
_DEBIT_NEEDS_SUBMISSION = Code("915186", "Account type debit does not support authorizations.")
# By the parameter that named the card: where it is noted, and how.
_BRAND_NOT_ACCEPTED = {
    "payment_method_nonce": Code("91567", "The card type behind the nonce is not accepted by the merchant account."),
    "payment_method_token": Code("91517", "The card type of the token is not accepted by the merchant account."),
    "customer_id": Code("81509", "The customer's default card type is not accepted by the merchant account."),
}

_MINIMUM = Decimal(1)
_BRAZILIAN_BRANDS = frozenset({"Elo", "Hiper", "Hipercard"})


def check_account(
    params: Params, source: Source, account: MerchantAccount, amount: Decimal, errors: ErrorTree
) -> Fields:
    """Return the account's additions to the card's fields; note its objections."""
    if account.has(Trait.SUSPENDED):
        errors.on("merchant_account_id", _SUSPENDED)
    if account.has(Trait.TAX_REQUIRED) and text(params, "tax_amount") is None:
        errors.on("tax_amount", _TAX_REQUIRED)
    if account.has(Trait.MINIMUM_AMOUNT) and 0 < amount < _MINIMUM:
        errors.on("amount", _AMOUNT_NOT_SUPPORTED)
    if not isinstance(source.facts, CardFacts):
        return {}
    card_brand = brand(source.facts.number)
    if card_brand in _BRAZILIAN_BRANDS and not account.has(Trait.BRAZILIAN_BRANDS):
        if source.named_by == "credit_card":
            errors.under("credit_card").on("number", TYPE_NOT_ACCEPTED)
        else:
            errors.on(source.named_by, _BRAND_NOT_ACCEPTED[source.named_by])
    return _account_type(params, account, card_brand, errors)


def _account_type(params: Params, account: MerchantAccount, card_brand: str, errors: ErrorTree) -> Fields:
    options = section(params, "options")
    wanted = text(section(options, "credit_card"), "account_type")
    if wanted is None:
        return {}
    here = errors.under("options").under("credit_card")
    if wanted not in {"credit", "debit"}:
        here.on("account_type", _TYPE_INVALID)
    elif not account.has(Trait.ACCOUNT_TYPES) or card_brand not in _BRAZILIAN_BRANDS | {"Visa"}:
        here.on("account_type", _TYPE_NOT_SUPPORTED)
    elif wanted == "debit" and not flag(options, "submit_for_settlement"):
        here.on("account_type", _DEBIT_NEEDS_SUBMISSION)
    return {"account_type": wanted}
