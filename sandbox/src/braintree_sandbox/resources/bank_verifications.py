"""Verifications of US bank accounts: network check, independent check, micro-transfers."""

import re
from dataclasses import replace
from datetime import datetime, timedelta

from braintree_sandbox import search
from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, found
from braintree_sandbox.merchant_accounts import MerchantAccount
from braintree_sandbox.processor import banks
from braintree_sandbox.processor.responses import response
from braintree_sandbox.records.banks import BankAccount, BankFacts, BankVerification
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.search import one_of, range_of, text_of
from braintree_sandbox.state import ids
from braintree_sandbox.state.store import Work
from braintree_sandbox.validation.errors import Code, InvalidError, invalid
from braintree_sandbox.validation.params import takes
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Fields, Value

routes = BraintreeRoutes()

_POSITIVE = re.compile(r"0*[1-9]\d{0,5}\Z", re.ASCII)
_CONFIRM = takes("deposit_amounts")

NETWORK_CHECK, INDEPENDENT_CHECK, MICRO_TRANSFERS = "network_check", "independent_check", "micro_transfers"
TOKENIZED_CHECK = "tokenized_check"
# Methods by which another party has checked the account: the merchant, or a service that the owner signed in to.
VOUCHED = frozenset({INDEPENDENT_CHECK, TOKENIZED_CHECK, "instant_verification_account_validation"})
METHODS = frozenset({NETWORK_CHECK, MICRO_TRANSFERS}) | VOUCHED
MAX_FAILED_ATTEMPTS = 4
DEPOSITS_ARRIVE = timedelta(days=2)
NETWORK_ANSWERS = timedelta(days=1)

NOT_CONFIRMABLE = Code("96101", "Verification cannot be confirmed in its state.")
NOT_MICRO_TRANSFERS = Code("96102", "Verification must be a micro transfers verification.")
AMOUNTS_DO_NOT_MATCH = Code("96103", "Amounts do not match those that were deposited.")
TOO_MANY_ATTEMPTS = Code("96104", "Too many confirmation attempts.")
INVALID_AMOUNTS = Code("96106", "Deposit amounts must be two positive integers.")


def account_fields(facts: BankFacts, token: str | None) -> Fields:
    """Return an account as transactions and verifications show it."""
    return {
        "token": token,
        "routing_number": facts.routing_number,
        "last_4": facts.account_number[-4:],
        "account_type": facts.account_type,
        "account_holder_name": facts.account_holder_name,
        "ownership_type": facts.ownership_type,
        "bank_name": facts.bank_name,
        "image_url": "https://assets.braintreegateway.com/payment_method_logo/us_bank_account.png",
        "ach_mandate": {"text": facts.mandate_text, "accepted_at": facts.mandate_accepted_at},
    }


def view(call: Call, verification: BankVerification, *, with_account: bool = True) -> Fields:
    """Return the verification, with its account unless it is shown inside that."""
    account = call.work.get(BankAccount, verification.token) if with_account else None
    return {
        "id": verification.id,
        "status": verification.status,
        "verification_method": verification.method,
        "verification_add_ons": verification.add_ons,
        "merchant_account_id": verification.merchant_account_id,
        "processor_response_code": verification.processor_response_code,
        "processor_response_text": verification.processor_response_text,
        "additional_processor_response": verification.additional_processor_response,
        "gateway_rejection_reason": None,
        "verification_determined_at": None if verification.status == "pending" else verification.updated_at,
        "global_id": f"usbankaccountverification_{verification.id}",
        **({"us_bank_account": account_fields(account.facts, account.token)} if account else {}),
        "created_at": verification.created_at,
        "updated_at": verification.updated_at,
    }


def start(
    call: Call, account: BankAccount, method: str, merchant_account: MerchantAccount, *, add_ons: str | None = None
) -> BankAccount:
    """Begin a verification and return the account as it is afterwards."""
    number = account.facts.account_number
    if method == NETWORK_CHECK:
        finding = banks.network_check(number, account.facts.account_type)
    elif method == MICRO_TRANSFERS:
        finding = banks.micro_transfers(number)
    else:
        finding = banks.Finding(banks.VERIFIED, response(1000))
    verification = BankVerification(
        id=ids.transaction_id(),
        token=account.token,
        customer_id=account.customer_id,
        method=method,
        status=finding.status,
        merchant_account_id=merchant_account.id,
        created_at=call.now,
        updated_at=call.now,
        processor_response_code=finding.response.code if finding.response else None,
        processor_response_text=finding.response.text if finding.response else None,
        additional_processor_response=finding.additional,
        add_ons=add_ons,
        deposit_amounts=banks.deposit_amounts(number) if method == MICRO_TRANSFERS else (),
        settles_at_once=banks.settles_at_once(number),
    )
    call.work.put(verification)
    return _settle_account(call.work, verification, call.now) or account


@routes.get("/us_bank_account_verifications/{verification_id}")
def find(call: Call) -> ApiResponse:
    """Return one verification."""
    return found("us_bank_account_verification", view(call, _verification(call)))


@routes.put("/us_bank_account_verifications/{verification_id}/confirm_micro_transfer_amounts")
def confirm(call: Call) -> ApiResponse:
    """Compare the cents the customer saw with those that were sent."""
    verification = _verification(call)
    amounts = _cents(call.params("us_bank_account_verification", _CONFIRM).get("deposit_amounts"))
    if verification.method != MICRO_TRANSFERS:
        raise _wrong(NOT_MICRO_TRANSFERS)
    if verification.status != banks.PENDING or verification.confirmed:
        raise _wrong(NOT_CONFIRMABLE)
    if amounts is None:
        raise _wrong(INVALID_AMOUNTS)
    if sorted(amounts) != sorted(verification.deposit_amounts):
        raise _count_failure(call, verification)
    confirmed = replace(verification, confirmed=True, updated_at=call.now)
    if verification.settles_at_once:
        confirmed = replace(confirmed, status=banks.VERIFIED)
    call.work.put(confirmed)
    _settle_account(call.work, confirmed, call.now)
    return found("us_bank_account_verification", view(call, confirmed))


def pass_time(work: Work, now: datetime) -> None:
    """Let deposits arrive and networks respond as the days go by."""
    for verification in list(work.all(BankVerification)):
        if verification.status != banks.PENDING:
            continue
        age = now - verification.created_at
        if verification.method == NETWORK_CHECK and age >= NETWORK_ANSWERS:
            finding = banks.pending_network_check_result()
            decided = replace(
                verification,
                status=finding.status,
                processor_response_code=finding.response.code if finding.response else None,
                processor_response_text=finding.response.text if finding.response else None,
                updated_at=now,
            )
        elif verification.confirmed and age >= DEPOSITS_ARRIVE:
            decided = replace(verification, status=banks.VERIFIED, updated_at=now)
        else:
            continue
        work.put(decided)
        _settle_account(work, decided, now)


def _searchable(call: Call) -> search.Searchable[BankVerification]:
    def of_account(name: str) -> search.Field[BankVerification]:
        def value(verification: BankVerification) -> str | None:
            account = call.work.get(BankAccount, verification.token)
            return str(getattr(account.facts, name)) if account else None

        return text_of(value)

    def email(verification: BankVerification) -> str | None:
        customer = call.work.get(Customer, verification.customer_id)
        return customer.email if customer else None

    return search.Searchable(
        record=BankVerification,
        collection="us_bank_account_verifications",
        item="us_bank_account_verification",
        view=view,
        fields={
            "id": text_of(lambda v: v.id),
            "ids": one_of(lambda v: v.id),
            "status": one_of(lambda v: v.status),
            "verification_method": one_of(lambda v: v.method),
            "created_at": range_of(lambda v: v.created_at),
            "customer_id": text_of(lambda v: v.customer_id),
            "customer_email": text_of(email),
            "payment_method_token": text_of(lambda v: v.token),
            "account_holder_name": of_account("account_holder_name"),
            "routing_number": of_account("routing_number"),
            "account_type": of_account("account_type"),
            "account_number": of_account("account_number"),
        },
    )


@routes.post("/us_bank_account_verifications/advanced_search_ids")
def search_ids(call: Call) -> ApiResponse:
    """Return the ids of the verifications that match."""
    return _searchable(call).ids(call)


@routes.post("/us_bank_account_verifications/advanced_search")
def search_page(call: Call) -> ApiResponse:
    """Return the verifications of one page."""
    return _searchable(call).page(call)


def _verification(call: Call) -> BankVerification:
    verification = call.work.get(BankVerification, call.path["verification_id"])
    if verification is None:
        raise NotFoundError
    return verification


def _cents(sent: Value) -> list[int] | None:
    if not isinstance(sent, list) or len(sent) != 2:
        return None
    texts = [str(amount) for amount in sent]
    return [int(amount) for amount in texts] if all(_POSITIVE.match(amount) for amount in texts) else None


def _settle_account(work: Work, verification: BankVerification, now: datetime) -> BankAccount | None:
    """Mark the account of a verified verification as verified."""
    account = work.get(BankAccount, verification.token)
    if account is None or verification.status != banks.VERIFIED:
        return account
    return work.put(replace(account, verified=True, updated_at=now))


def _count_failure(call: Call, verification: BankVerification) -> InvalidError:
    attempts = verification.failed_attempts + 1
    locked = attempts > MAX_FAILED_ATTEMPTS
    counted = replace(
        verification,
        failed_attempts=attempts,
        status="gateway_rejected" if locked else verification.status,
        updated_at=call.now,
    )
    return _wrong(TOO_MANY_ATTEMPTS if locked else AMOUNTS_DO_NOT_MATCH, keep=counted)


def _wrong(code: Code, *, keep: BankVerification | None = None) -> InvalidError:
    return invalid("us_bank_account_verification", "base", code, keep=keep)
