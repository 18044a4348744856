"""Apple Pay."""

from dataclasses import dataclass

from braintree_sandbox.call import Call
from braintree_sandbox.merchant_accounts import Trait
from braintree_sandbox.resources.card_verifications import ACCOUNT_TYPES, OptionCodes, Question, read_question
from braintree_sandbox.resources.wallets.device_card import read_device_card
from braintree_sandbox.resources.wallets.wallet import WalletMethod, logo
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.vault.brands import brand
from braintree_sandbox.vault.sample_cards import sample_card
from braintree_sandbox.wire.values import Fields, Params

_REQUIRED = {
    "number": Code("93508", "Number is required."),
    "expiration_month": Code("93509", "Expiration month is required."),
    "expiration_year": Code("93510", "Expiration year is required."),
    "cryptogram": Code("93511", "Cryptogram is required."),
}
_NO_NETWORK_TRANSACTION = Code("93532", "Network transaction ID is not allowed when the card is verified.")
_OPTION_CODES = OptionCodes(
    prefix="verification_",
    account_invalid=Code("93540", "Verification merchant account ID is invalid."),
    account_suspended=Code("93541", "Verification merchant account is suspended."),
    account_without_cards=Code("93533", "Verification is not supported on this merchant account."),
    amount_negative=Code("93535", "Verification amount cannot be negative."),
    amount_format=Code("93534", "Verification amount is an invalid format."),
    amount_too_large=Code("93537", "Verification amount is too large."),
    amount_unsupported=Code("93536", "Verification amount is not supported by the processor."),
    account_type_invalid=Code("93538", "Verification account type is invalid."),
    account_type_unsupported=Code("93543", "Verification account type is not supported."),
)


@value("apple_pay_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class ApplePayFacts(WalletCardFacts):
    """A card in Apple Pay, by the number of the device."""


@record("apple_pay_card", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class ApplePayCard(WalletMethod[ApplePayFacts]):
    """A card in Apple Pay in the vault."""


class ApplePayCards(WalletCards[ApplePayFacts, ApplePayCard]):
    """Cards that are paid with by Apple Pay."""

    name = "apple_pay_card"
    plural = "apple_pay_cards"
    element = "apple_pay"
    nonce_type = "ApplePayCard"
    facts = ApplePayFacts
    record = ApplePayCard
    customer_required = Code("83502", "Customer ID is required for vaulting.")
    token_in_use = Code("93503", "Token is already in use.")
    no_update_by_nonce = Code("93507", "Cannot update an Apple Pay card by a payment method nonce.")

    @property
    def errors_name(self) -> str:
        """The errors' object is the wallet, not the card in it."""
        return self.element

    def question(self, call: Call, params: Params, errors: ErrorTree) -> Question:
        """Return the checks for the issuer to make; Apple Pay has other codes, and other places for two of them."""
        options = section(params, "options")
        if text(params, "network_transaction_id") is not None:
            errors.on("network_transaction_id_not_allowed", _NO_NETWORK_TRANSACTION)
        account = call.merchant.account(text(options, "verification_merchant_account_id"))
        if account is not None and account.has(Trait.SUSPENDED):
            # Such an account verifies nothing: that error comes first.
            errors.under("options").on("verification_merchant_account_id", _OPTION_CODES.account_without_cards)
        account_type = text(options, "verification_account_type")
        if account_type is not None and account_type not in ACCOUNT_TYPES:
            errors.on("verification_account_type", _OPTION_CODES.account_type_invalid)
            options = {name: value for name, value in options.items() if name != "verification_account_type"}
        return read_question(call, {**params, "options": options}, errors, _OPTION_CODES)

    def fields(self, facts: ApplePayFacts, token: str | None) -> Fields:
        """Return the card, with Apple Pay in its brand."""
        shown = super().fields(facts, token)
        return {**shown, "card_type": f"Apple Pay - {shown['card_type']}"}

    def picture(self, brand: str) -> str:
        """Return Apple Pay's logo."""
        del brand
        return logo("apple_pay")

    def typed(self, sale: Params, errors: ErrorTree) -> ApplePayFacts | None:
        """Return a card that the phone gave to the merchant."""
        sent = section(sale, "apple_pay_card")
        card = read_device_card(sent, errors.under("apple_pay"), _REQUIRED) if sent else None
        if card is None:
            return None
        name = f"{_short(brand(card.number))} {card.number[-4:]}"
        return ApplePayFacts(card=card, details=_details(name, eci_indicator=text(sent, "eci_indicator")))

    def sample(self, *, number: str, instrument_name: str, **details: str | bool | None) -> ApplePayFacts:
        """Return a card; `details` are those of a number that is the merchant's rather than the device's."""
        card = sample_card(number, cardholder_name=f"{brand(number)} Apple Pay Cardholder")
        return ApplePayFacts(card=card, details=_details(instrument_name) | details)


APPLE_PAY_CARDS = ApplePayCards()


def _short(brand_name: str) -> str:
    return "AmEx" if brand_name == "American Express" else brand_name


def _details(name: str, **more: str | None) -> dict[str, str | bool | None]:
    return {
        "payment_instrument_name": name,
        "source_description": name,
        "merchant_token_identifier": None,
        "source_card_last4": None,
        "is_device_token": True,
        **more,
    }
