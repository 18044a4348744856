"""The kind of payment method that a card is: stored with its billing address, verified, and charged."""

from collections.abc import Mapping
from dataclasses import replace

from braintree_sandbox.call import Call
from braintree_sandbox.processor import authorisation, checks
from braintree_sandbox.processor.authorisation import Authorisation
from braintree_sandbox.processor.checks import Checks
from braintree_sandbox.records.cards import Card, CardFacts, CardVerification
from braintree_sandbox.records.customer import Address, Customer
from braintree_sandbox.records.transactions import Instrument
from braintree_sandbox.resources import addresses, card_verifications
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import flag, section, text
from braintree_sandbox.validation.three_d_secure import CARD_CODES, check_pass_thru
from braintree_sandbox.vault import methods
from braintree_sandbox.vault.card_params import read_card
from braintree_sandbox.vault.card_view import card_fields, is_expired
from braintree_sandbox.vault.kinds import NOT_SUPPORTED_BY_ACCOUNT, Kind, RefusedError, SaleTerms
from braintree_sandbox.vault.sale_cards import read_sale_card
from braintree_sandbox.vault.sample_cards import sample_card
from braintree_sandbox.vault.subscriptions import subscriptions_of
from braintree_sandbox.vault.three_d_secure import three_d_secure_info
from braintree_sandbox.wire.values import Array, Fields, Params

ADDRESS_INVALID = Code("91702", "Billing address ID is invalid.")
ADDRESS_CONFLICT = Code("91701", "Cannot provide both a billing address and a billing address ID.")
ADDRESS_FORMAT = Code("91744", "Billing address format is invalid.")
CURRENCY_NOT_SUPPORTED = Code("91770", "Currency code is not supported by the merchant account.")
DUPLICATE = Code("81724", "Duplicate card exists in the vault.")
DUPLICATE_OF_CUSTOMER = Code("81763", "Duplicate card exists in the vault for the customer.")


class CreditCards(Kind[CardFacts, Card]):
    """Cards that are stored and charged by their number."""

    name = "credit_card"
    plural = "credit_cards"
    nonce_type = "CreditCard"
    facts = CardFacts
    record = Card

    def view(self, call: Call, method: Card) -> Fields:
        """Return the card, its billing address and its verifications."""
        work = call.work
        address = work.get(Address, f"{method.customer_id}/{method.billing_address_id}")
        verifications = reversed(work.where(CardVerification, "token", method.token))
        return {
            **card_fields(method.facts, method.token),
            "customer_id": method.customer_id,
            "is_network_tokenized": method.facts.network_tokenized,
            "default": methods.is_default(work, method),
            "expired": is_expired(method.facts, call.now),
            "subscriptions": subscriptions_of(work, method.token),
            "verifications": Array("verification", [card_verifications.view(call, one) for one in verifications]),
            **({"billing_address": addresses.view(address)} if address else {}),
            "global_id": f"paymentmethod_cc_{method.token}",
            "created_at": method.created_at,
            "updated_at": method.updated_at,
        }

    def store(self, call: Call, customer: Customer, facts: CardFacts, params: Params, errors: ErrorTree) -> Card:
        """Vault a card, after a verification if one is wanted; sent details replace the nonce's."""
        if "payment_method_nonce" in params:
            facts = read_card(params, errors, base=facts)
        token = methods.read_token(call.work, params, errors)
        card = Card(token=token, customer_id=customer.id, facts=facts, created_at=call.now, updated_at=call.now)
        return self._save(call, None, card, params, errors)

    def update(self, call: Call, method: Card, facts: CardFacts | None, params: Params, errors: ErrorTree) -> Card:
        """Change a card, by its details or by those of a nonce."""
        base = facts if facts is not None else method.facts
        fresh = read_card(params, errors, base=base)
        token = methods.read_token(call.work, params, errors, current=method.token)
        card = replace(method, token=token, facts=fresh, updated_at=call.now)
        return self._save(call, method, card, params, errors)

    def sample(self, **fields: str) -> CardFacts:
        """Return a card that expires at the end of next year."""
        return sample_card(**fields)

    def typed(self, sale: Params, errors: ErrorTree) -> CardFacts | None:
        """Return a card that a sale has in its own parameters."""
        return read_sale_card(sale, errors)

    def instrument(self, facts: CardFacts, method: Card | None) -> Instrument:
        """Return the card as the transaction will always show it."""
        token = method.token if method else None
        return Instrument(
            kind="credit_card",
            element="credit_card",
            fields={**card_fields(facts, token), "bin_extended": facts.number[:8], "payment_account_reference": None},
            identifier=facts.identifier,
            number=facts.number,
            token=token,
            three_d_secure_info=three_d_secure_info(facts.three_d_secure, facts.three_d_secure_id),
        )

    def check(self, call: Call, facts: CardFacts, method: Card | None, terms: SaleTerms, errors: ErrorTree) -> None:
        """Note that a bank's merchant account takes no cards."""
        del call, facts, method
        if self.name not in terms.account.accepts:
            errors.on("base", NOT_SUPPORTED_BY_ACCOUNT)

    def charge(self, facts: CardFacts, terms: SaleTerms) -> tuple[Authorisation, Checks | None]:
        """Return the issuer's result: by the test number first, then by the amount."""
        if facts.fixed_result:
            result = authorisation.by_fixed_result(facts.fixed_result)
        else:
            result = authorisation.by_amount(terms.amount, accepts_partial=terms.accepts_partial)
        return result, checks.check(terms.cvv, terms.billing)

    def _save(self, call: Call, old: Card | None, card: Card, params: Params, errors: ErrorTree) -> Card:
        options = section(params, "options")
        if not flag(options, "verify_card"):
            # Then it does not matter which of the two accounts verifies the card.
            options = {name: value for name, value in options.items() if name != "verification_account_type"}
            params = {**params, "options": options}
        question = card_verifications.read_question(call, params, errors, card_verifications.CARD_OPTION_CODES)
        currency = text(options, "verification_currency_iso_code")
        if currency not in {None, question.account.currency}:
            errors.under("options").on("verification_currency_iso_code", CURRENCY_NOT_SUPPORTED)
        if flag(options, "verify_card"):
            check_pass_thru(params, errors, CARD_CODES)
        if isinstance(params.get("billing_address"), str):
            errors.on("billing_address", ADDRESS_FORMAT)
            params = {name: value for name, value in params.items() if name != "billing_address"}
        address = _billing_address(call, card, params, errors)
        _find_duplicates(call, card, options, errors)
        if errors:
            return card
        billing = address.fields if address else card.facts.billing
        card = replace(card, billing_address_id=address.id if address else None)
        if flag(options, "verify_card"):
            verification = card_verifications.verify(
                call,
                replace(card.facts, billing=dict(billing)),
                question,
                token=card.token,
                customer_id=card.customer_id,
            )
            if verification.status != "verified":
                raise RefusedError(
                    card_verifications.message(verification),
                    "verification",
                    card_verifications.view(call, verification),
                    replace(verification, token=old.token if old else None),
                )
        # Code and authentication were for this once.
        card = replace(card, facts=replace(card.facts, cvv=None, three_d_secure=None, three_d_secure_id=None))
        if old is not None and old.token != card.token:
            methods.rename(call, old, card)
            for verification in call.work.where(CardVerification, "token", old.token):
                call.work.put(replace(verification, token=card.token))
        call.work.put(card)
        methods.place_default(call, card, asked=flag(options, "make_default"))
        return card


CARDS = CreditCards()


def _billing_address(call: Call, card: Card, params: Params, errors: ErrorTree) -> Address | None:
    """Return the billing address: a named one, a sent one, the nonce's, or the card's present one."""
    wanted, typed = text(params, "billing_address_id"), section(params, "billing_address")
    current = call.work.get(Address, f"{card.customer_id}/{card.billing_address_id}")
    if wanted is not None:
        if typed:
            errors.on("base", ADDRESS_CONFLICT)
        named = call.work.get(Address, f"{card.customer_id}/{wanted}")
        if named is None:
            errors.on("billing_address_id", ADDRESS_INVALID)
        return named
    if typed:
        fields = addresses.read(typed, errors.under("billing_address"))
        if errors:
            return current
        if current is not None and flag(section(typed, "options"), "update_existing"):
            return addresses.change(call, current, fields)
        return _new_address(call, card, fields, errors)
    if current is None and card.facts.billing and not errors:
        return _new_address(call, card, card.facts.billing, errors)
    return current


def _new_address(call: Call, card: Card, fields: Mapping[str, str | None], errors: ErrorTree) -> Address:
    addresses.check_room(call, card.customer_id, errors.under("billing_address"))
    return addresses.add(call, card.customer_id, dict(fields))


def _find_duplicates(call: Call, card: Card, options: Params, errors: ErrorTree) -> None:
    anywhere = flag(options, "fail_on_duplicate_payment_method")
    of_customer = flag(options, "fail_on_duplicate_payment_method_for_customer")
    if not (anywhere or of_customer):
        return
    others = [other for other in call.work.where(Card, "identifier", card.identifier) if other.token != card.token]
    if anywhere and others:
        errors.on("number", DUPLICATE)
    elif of_customer and any(other.customer_id == card.customer_id for other in others):
        errors.on("number", DUPLICATE_OF_CUSTOMER)
