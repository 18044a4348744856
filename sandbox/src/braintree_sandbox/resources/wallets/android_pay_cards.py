"""Google Pay, which Braintree's clients still call Android Pay."""

from dataclasses import dataclass

from braintree_sandbox.resources.wallets.device_card import read_device_card
from braintree_sandbox.resources.wallets.wallet import WalletMethod, logo
from braintree_sandbox.resources.wallets.wallet_card import WalletCardFacts, WalletCards
from braintree_sandbox.state.records import record, value
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.vault.brands import brand
from braintree_sandbox.vault.card_params import MONTH_INVALID, NUMBER_REQUIRED, YEAR_INVALID
from braintree_sandbox.vault.sample_cards import sample_card
from braintree_sandbox.wire.values import Fields, Params

_REQUIRED = {"number": NUMBER_REQUIRED, "expiration_month": MONTH_INVALID, "expiration_year": YEAR_INVALID}


@value("android_pay_facts")
@dataclass(frozen=True, slots=True, kw_only=True)
class AndroidPayFacts(WalletCardFacts):
    """A card in Google Pay: the one that is charged, in `details` the one that it stands for."""


@record("android_pay_card", indexes=("customer_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class AndroidPayCard(WalletMethod[AndroidPayFacts]):
    """A card in Google Pay in the vault."""


class AndroidPayCards(WalletCards[AndroidPayFacts, AndroidPayCard]):
    """Cards that are paid with by Google Pay."""

    name = "android_pay_card"
    plural = "android_pay_cards"
    element = "android_pay_card"
    nonce_type = "AndroidPayCard"
    facts = AndroidPayFacts
    record = AndroidPayCard

    def fields(self, facts: AndroidPayFacts, token: str | None) -> Fields:
        """Return the virtual card and its source; clients derive `last_4` and `card_type` from the former."""
        shown = super().fields(facts, token)
        virtual = {"virtual_card_type": shown.pop("card_type"), "virtual_card_last_4": shown.pop("last_4")}
        return shown | virtual

    def picture(self, brand: str) -> str:
        """Return Google Pay's logo."""
        del brand
        return logo("android_pay_card")

    def nonce_details(self, facts: AndroidPayFacts) -> Fields:
        """Return the facts of the virtual card."""
        last = facts.card.number[-4:]
        return {
            "bin": facts.card.number[:6],
            "card_type": brand(facts.card.number),
            "last_two": last[-2:],
            "last_four": last,
            "is_network_tokenized": bool(facts.details["is_network_tokenized"]),
        }

    def typed(self, sale: Params, errors: ErrorTree) -> AndroidPayFacts | None:
        """Return a card that the phone gave to the merchant: its own, or one with a network token."""
        for name in ("android_pay_card", "android_pay_network_token"):
            sent = section(sale, name)
            if sent:
                return _typed(sent, errors.under(name), tokenized=text(sent, "cryptogram") is not None)
        return None

    def sample(self, *, number: str, source_last: str, tokenized: bool) -> AndroidPayFacts:
        """Return a card that stands for another one of the same brand."""
        card = sample_card(number, cardholder_name=f"{brand(number)} Google Pay Cardholder")
        return AndroidPayFacts(card=card, details=_details(brand(number), source_last, tokenized=tokenized))


ANDROID_PAY_CARDS = AndroidPayCards()


def _typed(sent: Params, errors: ErrorTree, *, tokenized: bool) -> AndroidPayFacts | None:
    card = read_device_card(sent, errors, _REQUIRED)
    if card is None:
        return None
    source_type = text(sent, "source_card_type") or brand(card.number)
    source_last = text(sent, "source_card_last_four") or card.number[-4:]
    details = _details(source_type, source_last, tokenized=tokenized)
    return AndroidPayFacts(card=card, details=details | {"google_transaction_id": text(sent, "google_transaction_id")})


def _details(source_type: str, source_last: str, *, tokenized: bool) -> dict[str, str | bool | None]:
    return {
        "google_transaction_id": "google_transaction_id",
        "source_card_type": source_type,
        "source_card_last_4": source_last,
        "source_description": f"{source_type} {source_last}",
        "is_network_tokenized": tokenized,
    }
