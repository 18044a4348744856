"""3-D Secure on a sale: by an authentication's id or token, by its outcome passed through, or behind the nonce."""

from braintree_sandbox.call import Call
from braintree_sandbox.merchant_accounts import MerchantAccount, Trait
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.records.three_d_secure import Authentication
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.validation.three_d_secure import SALE_CODES, check_pass_thru
from braintree_sandbox.vault.known_nonces import facts_of
from braintree_sandbox.vault.three_d_secure import three_d_secure_info
from braintree_sandbox.wire.values import Fields, Params

_ID, _TOKEN, _PASS_THRU = "three_d_secure_authentication_id", "three_d_secure_token", "three_d_secure_pass_thru"

_ID_INVALID = Code("915196", "3-D Secure authentication ID is invalid.")
_ID_OF_ANOTHER_CARD = Code("915197", "The payment method is not the one that was authenticated.")
_ID_OF_ANOTHER_NONCE = Code("915198", "The authentication ID is not the one behind the nonce.")
_ID_WITH_PASS_THRU = Code("915199", "An authentication ID can't be passed together with 3-D Secure pass-thru data.")
_TOKEN_INVALID = Code("91568", "3-D Secure token is invalid.")
_TOKEN_OF_ANOTHER_CARD = Code("91570", "The sale's data is not what was verified by 3-D Secure.")
_OF_ANOTHER_ACCOUNT = Code("91584", "The merchant account is not the one that 3-D Secure was asked for.")
_NOT_SUPPORTED = Code("915131", "The merchant account does not support 3-D Secure for this card type.")

_SHIFTING_FLAGS = frozenset({"01", "02", "05", "06"})


def read_authentication(
    call: Call, params: Params, facts: object, account: MerchantAccount, errors: ErrorTree
) -> Fields | None:
    """Return `three_d_secure_info`, unless the payment method has its own; None without an authentication."""
    passed = section(params, _PASS_THRU)
    if _ID in params and passed:
        errors.on(_ID, _ID_WITH_PASS_THRU)
    for name in (_ID, _TOKEN):
        if name in params:
            made = call.work.get(Authentication, text(params, name))
            if made is not None and made.merchant_account_id != account.id:
                errors.on("merchant_account_id", _OF_ANOTHER_ACCOUNT)
            return _referred(call, params, name, facts, errors)
    check_pass_thru(params, errors, SALE_CODES)
    return _passed(passed, account, errors) if passed else None


def is_authenticated(info: Fields | None) -> bool:
    """Return whether a sale that requires 3-D Secure may go ahead."""
    return info is not None and bool(info["liability_shifted"])


def _referred(call: Call, params: Params, name: str, facts: object, errors: ErrorTree) -> Fields | None:
    wanted = text(params, name)
    authenticated = _facts_of(call, wanted)
    if authenticated is None or wanted is None:
        errors.on(name, _ID_INVALID if name == _ID else _TOKEN_INVALID)
        return None
    behind = call.work.get(Nonce, text(params, "payment_method_nonce"))
    if behind is not None and isinstance(behind.facts, CardFacts) and name == _ID:
        if behind.facts.three_d_secure_id != wanted:
            errors.on(name, _ID_OF_ANOTHER_NONCE)
    elif isinstance(facts, CardFacts) and not _same_card(facts, authenticated):
        errors.on(name, _ID_OF_ANOTHER_CARD if name == _ID else _TOKEN_OF_ANOTHER_CARD)
    return three_d_secure_info(authenticated.three_d_secure, wanted)


def _facts_of(call: Call, authentication_id: str | None) -> CardFacts | None:
    made = call.work.get(Authentication, authentication_id)
    if made is not None:
        return made.facts
    # The test ids are named as the test nonces are.
    known = facts_of(f"{(authentication_id or '').removesuffix('-id')}-nonce")
    return known if isinstance(known, CardFacts) and known.three_d_secure is not None else None


def _same_card(one: CardFacts, other: CardFacts) -> bool:
    return (one.number, one.expiration_month, one.expiration_year) == (
        other.number,
        other.expiration_month,
        other.expiration_year,
    )


def _passed(passed: Params, account: MerchantAccount, errors: ErrorTree) -> Fields:
    if account.has(Trait.NO_THREE_D_SECURE_PASS_THRU):
        errors.on("merchant_account_id", _NOT_SUPPORTED)
    flag = text(passed, "eci_flag")
    return {
        "status": "authentication_bypassed",
        "enrolled": text(passed, "directory_response") or "Y",
        "liability_shifted": flag in _SHIFTING_FLAGS,
        "liability_shift_possible": True,
        "cavv": text(passed, "cavv"),
        "xid": text(passed, "xid"),
        "eci_flag": flag,
        "ds_transaction_id": text(passed, "ds_transaction_id"),
        "three_d_secure_version": text(passed, "three_d_secure_version"),
    }
