"""Verifications of cards: the request, the issuer's result, and how it is shown."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.merchant_accounts import MerchantAccount, Trait
from braintree_sandbox.merchants import MerchantRules
from braintree_sandbox.processor import authorisation
from braintree_sandbox.processor.checks import Checks, check
from braintree_sandbox.processor.responses import response
from braintree_sandbox.processor.risk import risk_data
from braintree_sandbox.records.cards import CardFacts, CardVerification
from braintree_sandbox.resources import addresses
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import amount, flag, section, text
from braintree_sandbox.vault.brands import brand
from braintree_sandbox.vault.card_view import card_fields
from braintree_sandbox.vault.three_d_secure import three_d_secure_info
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Fields, Params

routes = BraintreeRoutes()

ACCOUNT_TYPES = frozenset({"credit", "debit"})
_LARGEST_AMOUNT = Decimal(100000)
# Brazilian processors verify by nothing at all or by a real at least.
_SMALLEST_IN_BRAZIL = Decimal(1)
_FAILS = frozenset({"4000111111111115", "5105105105105100", "378734493671000", "6011000990139424"})


class OptionCodes(NamedTuple):
    """One caller's names for the options of a verification, and its codes for their errors."""

    prefix: str
    account_invalid: Code
    account_suspended: Code
    account_without_cards: Code
    amount_negative: Code
    amount_format: Code
    amount_too_large: Code
    amount_unsupported: Code
    account_type_invalid: Code
    account_type_unsupported: Code


CARD_OPTION_CODES = OptionCodes(
    prefix="verification_",
    account_invalid=Code("91728", "Verification merchant account ID is invalid."),
    account_suspended=Code("91742", "Verification merchant account is suspended."),
    account_without_cards=Code("91730", "Verification is not supported on this merchant account."),
    amount_negative=Code("91739", "Verification amount cannot be negative."),
    amount_format=Code("91740", "Verification amount is an invalid format."),
    amount_too_large=Code("91752", "Verification amount is too large."),
    amount_unsupported=Code("91741", "Verification amount is not supported by the processor."),
    account_type_invalid=Code("91757", "Verification account type is invalid."),
    account_type_unsupported=Code("91758", "Verification account type is not supported."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request to verify a card, with the facts for a fraud tool; the amount is decimal text."""

    account: MerchantAccount
    amount: str
    account_type: str | None = None
    evaluated: bool = True
    device_data: bool = False


def view(call: Call, verification: CardVerification) -> Fields:
    """Return the verification with the card as it was."""
    risk = risk_data(call.merchant.rules, evaluation_id=verification.id, device_data=verification.device_data)
    account_type: Fields = {"account_type": verification.account_type} if verification.account_type else {}
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
        "network_transaction_id": verification.network_transaction_id,
        "mastercard_transaction_link_id": verification.mastercard_transaction_link_id,
        "ani_first_name_response_code": "I",
        "ani_last_name_response_code": "I",
        "cvv_response_code": verification.cvv_response_code,
        "avs_error_response_code": verification.avs_error_response_code,
        "avs_postal_code_response_code": verification.avs_postal_code_response_code,
        "avs_street_address_response_code": verification.avs_street_address_response_code,
        "gateway_rejection_reason": verification.gateway_rejection_reason,
        "global_id": f"verification_{verification.id}",
        "credit_card": card_fields(verification.facts, verification.token) | account_type,
        "billing": addresses.shown(verification.facts.billing),
        **({"risk_data": risk} if verification.evaluated else {}),
        "three_d_secure_info": three_d_secure_info(verification.facts.three_d_secure),
        "created_at": verification.created_at,
        "updated_at": verification.created_at,
    }


def read_question(call: Call, params: Params, errors: ErrorTree, codes: OptionCodes) -> Question:
    """Return the checks for the issuer to make, from the options in `params`; note errors in their owner's `errors`."""
    options, here = section(params, "options"), errors.under("options")
    account = _account(call, options, here, codes)
    return Question(
        account=account,
        amount=_amount(account, options, here, codes),
        account_type=_account_type(account, options, here, codes),
        evaluated=not flag(options, "skip_advanced_fraud_checking"),
        device_data=any(text(params, name) for name in ("device_data", "device_session_id")),
    )


def verify(
    call: Call, facts: CardFacts, question: Question, *, token: str | None = None, customer_id: str | None = None
) -> CardVerification:
    """Verify a card, and keep the result, a decline too."""
    checks = check(facts.cvv, facts.billing)
    result = _authorisation(facts, question.amount)
    approved = result.status == "authorized"
    rejection = result.rejection or (rejection_by_checks(call.merchant.rules, checks) if approved else None)
    said = result.response or response(1000)
    return call.work.put(
        CardVerification(
            id=ids.transaction_id(),
            status="gateway_rejected" if rejection else "verified" if approved else result.status,
            # The code was for this question alone and is not kept.
            facts=replace(facts, cvv=None),
            merchant_account_id=question.account.id,
            amount=question.amount,
            currency=question.account.currency,
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
            network_transaction_id=ids.digits(15) if approved else None,
            account_type=question.account_type,
            evaluated=question.evaluated,
            device_data=question.device_data,
            mastercard_transaction_link_id=ids.transaction_link_id() if brand(facts.number) == "MasterCard" else None,
        )
    )


def rejection_by_checks(rules: MerchantRules, checks: Checks) -> str | None:
    """Return the merchant's rule that a code or an address broke, even if the issuer approved."""
    address, code = checks.rejection
    avs, cvv = address and rules.reject_avs_mismatch, code and rules.reject_cvv_mismatch
    if avs and cvv:
        return "avs_and_cvv"
    return "avs" if avs else "cvv" if cvv else None


def message(verification: CardVerification) -> str:
    """Return the sentence for a card that was not verified."""
    if verification.gateway_rejection_reason:
        return f"Gateway Rejected: {verification.gateway_rejection_reason}"
    return verification.processor_response_text


@routes.get("/verifications/{verification_id}")
def find(call: Call) -> ApiResponse:
    """Return one verification."""
    verification = call.work.get(CardVerification, call.path["verification_id"])
    if verification is None:
        raise NotFoundError
    return found("verification", view(call, verification))


def _account(call: Call, options: Params, errors: ErrorTree, codes: OptionCodes) -> MerchantAccount:
    name = f"{codes.prefix}merchant_account_id"
    account = call.merchant.account(text(options, name))
    if account is None:
        errors.on(name, codes.account_invalid)
    elif "credit_card" not in account.accepts:
        errors.on(name, codes.account_without_cards)
    elif account.has(Trait.SUSPENDED):
        errors.on(name, codes.account_suspended)
    return account or call.merchant.default_account


def _amount(account: MerchantAccount, options: Params, errors: ErrorTree, codes: OptionCodes) -> str:
    name = f"{codes.prefix}amount"
    parsed = amount(text(options, name) or "0.00")
    if parsed is None:
        errors.on(name, codes.amount_format)
    elif parsed < 0:
        errors.on(name, codes.amount_negative)
    elif parsed > _LARGEST_AMOUNT:
        errors.on(name, codes.amount_too_large)
    elif account.has(Trait.BRAZILIAN_BRANDS) and account.currency == "BRL" and 0 < parsed < _SMALLEST_IN_BRAZIL:
        errors.on(name, codes.amount_unsupported)
    return str(parsed or "0.00")


def _account_type(account: MerchantAccount, options: Params, errors: ErrorTree, codes: OptionCodes) -> str | None:
    name = f"{codes.prefix}account_type"
    wanted = text(options, name)
    if wanted is None:
        return None
    if not (account.has(Trait.ACCOUNT_TYPES) or account.has(Trait.BRAZILIAN_BRANDS)):
        errors.on(name, codes.account_type_unsupported)
    elif wanted not in ACCOUNT_TYPES:
        errors.on(name, codes.account_type_invalid)
    return wanted


def _authorisation(facts: CardFacts, amount_text: str) -> authorisation.Authorisation:
    if facts.fixed_result is not None:
        return authorisation.by_fixed_result(facts.fixed_result)
    if facts.number in _FAILS:
        return authorisation.declined(2000)
    return authorisation.by_amount(Decimal(amount_text))
