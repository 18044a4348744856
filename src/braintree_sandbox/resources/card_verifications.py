"""Verifications of cards: asked for while vaulting, found and searched afterwards."""

from dataclasses import replace
from decimal import Decimal

from braintree_sandbox import search
from braintree_sandbox.call import Answer, BraintreeRoutes, Call, found
from braintree_sandbox.merchant_accounts import MerchantAccount
from braintree_sandbox.merchants import MerchantRules
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.checks import Checks, check
from braintree_sandbox.processor.responses import response
from braintree_sandbox.records.cards import CardFacts, CardVerification
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.resources import addresses
from braintree_sandbox.search import one_of, range_of, text_of
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import amount, text
from braintree_sandbox.vault.brands import brand
from braintree_sandbox.vault.card_view import card_fields
from braintree_sandbox.vault.three_d_secure import three_d_secure_info
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Fields, Params

routes = BraintreeRoutes()

_FAILS = frozenset({"4000111111111115", "5105105105105100", "378734493671000", "6011000990139424"})
_ACCOUNT_INVALID = Code("91728", "Verification merchant account ID is invalid.")
_AMOUNT_NEGATIVE = Code("91739", "Verification amount cannot be negative.")
_AMOUNT_FORMAT = Code("91740", "Verification amount is an invalid format.")
_AMOUNT_TOO_LARGE = Code("91752", "Verification amount is too large.")


def view(verification: CardVerification) -> Fields:
    """The verification with the card as it was."""
    return {
        "id": verification.id,
        "status": verification.status,
        "amount": verification.amount,
        "currency_iso_code": verification.currency,
        "merchant_account_id": verification.merchant_account_id,
        "processor_response_code": verification.processor_response_code,
        "processor_response_text": verification.processor_response_text,
        "processor_response_type": verification.processor_response_type,
        "network_response_code": "XX",
        "network_response_text": "sample network response text",
        "cvv_response_code": verification.cvv_response_code,
        "avs_error_response_code": verification.avs_error_response_code,
        "avs_postal_code_response_code": verification.avs_postal_code_response_code,
        "avs_street_address_response_code": verification.avs_street_address_response_code,
        "gateway_rejection_reason": verification.gateway_rejection_reason,
        "global_id": f"verification_{verification.id}",
        "credit_card": card_fields(verification.facts, verification.token),
        "billing": addresses.shown(verification.facts.billing),
        "risk_data": {"id": None, "decision": "Not Evaluated", "device_data_captured": False},
        "three_d_secure_info": three_d_secure_info(verification.facts.three_d_secure),
        "created_at": verification.created_at,
        "updated_at": verification.created_at,
    }


def read_options(call: Call, options: Params, errors: ErrorTree) -> tuple[MerchantAccount, str]:
    """The account and the amount to verify with; what is wrong is noted in `errors`."""
    account = call.merchant.account(text(options, "verification_merchant_account_id"))
    if account is None:
        errors.on("verification_merchant_account_id", _ACCOUNT_INVALID)
        account = call.merchant.default_account
    raw = text(options, "verification_amount") or "0.00"
    parsed = amount(raw)
    if parsed is None:
        errors.on("verification_amount", _AMOUNT_FORMAT)
    elif parsed < 0:
        errors.on("verification_amount", _AMOUNT_NEGATIVE)
    elif parsed > Decimal(100000):
        errors.on("verification_amount", _AMOUNT_TOO_LARGE)
    return account, str(parsed or "0.00")


def verify(
    call: Call, facts: CardFacts, *, account: MerchantAccount, amount: str, token: str | None, customer_id: str | None
) -> CardVerification:
    """Ask the issuer, and keep the answer whatever it is."""
    checks = check(facts.cvv, facts.billing)
    verdict = _verdict(facts, amount)
    rejection = verdict.rejection or (
        rejection_by_checks(call.merchant.rules, checks) if verdict.status == "authorized" else None
    )
    said = verdict.response or response(1000)
    status = "gateway_rejected" if rejection else verdict.status
    return call.work.put(
        CardVerification(
            id=ids.transaction_id(),
            status="verified" if status == "authorized" else status,
            # The code was for this question alone and is not kept.
            facts=replace(facts, cvv=None),
            merchant_account_id=account.id,
            amount=amount,
            currency=account.currency,
            created_at=call.now,
            processor_response_code=said.code,
            processor_response_text=said.text,
            processor_response_type=said.type,
            cvv_response_code=checks.cvv,
            avs_postal_code_response_code=checks.postal_code,
            avs_street_address_response_code=checks.street_address,
            avs_error_response_code=checks.error,
            gateway_rejection_reason=rejection,
            token=token,
            customer_id=customer_id,
        )
    )


def rejection_by_checks(rules: MerchantRules, checks: Checks) -> str | None:
    """The rule of the merchant's own that a code or an address broke; an approval by the issuer does not help."""
    address, code = checks.rejection
    avs, cvv = address and rules.reject_avs_mismatch, code and rules.reject_cvv_mismatch
    if avs and cvv:
        return "avs_and_cvv"
    return "avs" if avs else "cvv" if cvv else None


def message(verification: CardVerification) -> str:
    """What a client is told of a card that was not verified."""
    if verification.gateway_rejection_reason:
        return f"Gateway Rejected: {verification.gateway_rejection_reason}"
    return verification.processor_response_text


@routes.get("/verifications/{verification_id}")
def find(call: Call) -> Answer:
    """One verification."""
    verification = call.work.get(CardVerification, call.path["verification_id"])
    if verification is None:
        raise NotFoundError
    return found("verification", view(verification))


def _email(call: Call, verification: CardVerification) -> str | None:
    customer = call.work.get(Customer, verification.customer_id)
    return customer.email if customer else None


def _searchable(call: Call) -> search.Searchable[CardVerification]:
    return search.Searchable(
        record=CardVerification,
        collection="credit_card_verifications",
        item="verification",
        view=lambda _, verification: view(verification),
        fields={
            "id": text_of(lambda v: v.id),
            "ids": one_of(lambda v: v.id),
            "status": one_of(lambda v: v.status),
            "created_at": range_of(lambda v: v.created_at),
            "customer_id": text_of(lambda v: v.customer_id),
            "customer_email": text_of(lambda v: _email(call, v)),
            "payment_method_token": text_of(lambda v: v.token),
            "credit_card_card_type": one_of(lambda v: brand(v.facts.number)),
            "credit_card_cardholder_name": text_of(lambda v: v.facts.cardholder_name),
            "credit_card_expiration_date": text_of(lambda v: f"{v.facts.expiration_month}/{v.facts.expiration_year}"),
            "credit_card_number": text_of(lambda v: v.facts.number),
            "billing_address_details_postal_code": text_of(lambda v: v.facts.billing.get("postal_code")),
            "verification_type": one_of(lambda _: "credit_card"),
        },
    )


@routes.post("/verifications/advanced_search_ids")
def search_ids(call: Call) -> Answer:
    """The ids of the verifications that match."""
    return _searchable(call).ids(call)


@routes.post("/verifications/advanced_search")
def search_page(call: Call) -> Answer:
    """The verifications of one page."""
    return _searchable(call).page(call)


def _verdict(facts: CardFacts, amount_text: str) -> authorisation.Verdict:
    if facts.number in _FAILS and facts.destiny is None:
        return authorisation.declined(2000)
    if facts.destiny is not None:
        return authorisation.by_destiny(facts.destiny)
    return authorisation.by_amount(Decimal(amount_text))
