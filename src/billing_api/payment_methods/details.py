"""Details that the gateway has of a card or bank account, as its method's row keeps them."""

from collections.abc import Collection
from dataclasses import asdict
from datetime import date
from typing import Any

from billing_api.errors import AppError, FieldError, InvalidInputError
from billing_api.gateway.methods import (
    BankVerificationStatus,
    MethodKind,
    VaultedBankAccount,
    VaultedCard,
    VaultedMethod,
)
from billing_api.payment_methods.errors import PaymentMethodDeclinedError
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.reading import last_day_of
from billing_api.payment_methods.states import MethodState

# Details whose change is no change of the card or account itself.
_OF_THE_RECORD = {
    "fingerprint",
    "three_d_secure_status",
    "liability_shifted",
    "verification_id",
    "verification_wants_amounts",
    "verification_tries",
    "amounts_confirmed_at",
    "decline_code",
    "decline_text",
}


def details_of(method: PaymentMethod, vaulted: VaultedCard | VaultedBankAccount) -> dict[str, Any]:
    """Return the gateway's details by the row's columns."""
    own = _card(method, vaulted) if isinstance(vaulted, VaultedCard) else _bank_account(method, vaulted)
    return {"last4": vaulted.last4, "fingerprint": vaulted.fingerprint} | own


def is_an_update(method: PaymentMethod, changed: Collection[str]) -> bool:
    """Return whether these changes are an update of the card or account.

    A method from before fingerprints were recorded seems all new when it is looked up first.
    """
    return method.fingerprint is not None and bool(set(changed) - _OF_THE_RECORD)


def is_verified_anew(method: PaymentMethod, found: VaultedCard | VaultedBankAccount) -> bool:
    """Return whether the gateway has verified the account again since the row was written."""
    if not isinstance(found, VaultedBankAccount) or not found.verified or found.verification is None:
        return False
    return found.verification.id != method.verification_id


def state_after(method: PaymentMethod, found: VaultedCard | VaultedBankAccount) -> MethodState:
    """Return the state that a look at the gateway leads to; a method that can pay stays active."""
    if method.status is MethodState.ACTIVE or not isinstance(found, VaultedBankAccount):
        return method.status
    if found.verified:
        return MethodState.ACTIVE
    match found.verification.status if found.verification else None:
        case BankVerificationStatus.FAILED:
            return MethodState.VERIFICATION_FAILED
        case BankVerificationStatus.PENDING:
            return MethodState.PENDING
    return method.status


def reason_not_to_keep(method: PaymentMethod, vaulted: VaultedMethod, today: date) -> AppError | None:
    """Return the reason why a method that the gateway has stored can't be kept, or None."""
    if method.kind is MethodKind.CARD:
        if not isinstance(vaulted, VaultedCard):
            return InvalidInputError(FieldError("/nonce", "not_a_card", "The nonce is not a card's."))
        expires_on = last_day_of(vaulted)
        if expires_on is not None and expires_on < today:
            return InvalidInputError(FieldError("/nonce", "card_expired", f"The card was good through {expires_on}."))
    elif not isinstance(vaulted, VaultedBankAccount):
        return InvalidInputError(FieldError("/nonce", "not_a_bank_account", "The nonce is not a US bank account's."))
    elif (
        not vaulted.verified
        and vaulted.verification is not None
        and vaulted.verification.decline is not None
        and vaulted.verification.status is BankVerificationStatus.FAILED
    ):
        return PaymentMethodDeclinedError(vaulted.verification.decline, None)
    return None


def _card(method: PaymentMethod, card: VaultedCard) -> dict[str, Any]:
    authenticated = card.three_d_secure
    is_same_month = (method.expiration_year, method.expiration_month) == (card.expiration_year, card.expiration_month)
    return {
        "brand": card.brand,
        "cardholder_name": card.cardholder_name,
        "expiration_month": card.expiration_month,
        "expiration_year": card.expiration_year,
        "expiry_announced": method.expiry_announced if is_same_month else None,
        "billing_address": asdict(card.billing_address) if card.billing_address else None,
        "three_d_secure_status": authenticated.status if authenticated else None,
        "liability_shifted": authenticated.liability_shifted if authenticated else None,
    }


def _bank_account(method: PaymentMethod, account: VaultedBankAccount) -> dict[str, Any]:
    verification = account.verification
    decline = verification.decline if verification else None
    # A new verification has tries and amounts of its own.
    is_new = verification is not None and verification.id != method.verification_id
    confirmed_at = None if is_new else method.amounts_confirmed_at
    return {
        "bank_name": account.bank_name,
        "bank_account_type": account.account_type,
        "account_holder_name": account.account_holder_name,
        "verification_id": verification.id if verification else None,
        "verification_wants_amounts": verification is not None and verification.wants_amounts and confirmed_at is None,
        "verification_tries": 0 if is_new else method.verification_tries,
        "amounts_confirmed_at": confirmed_at,
        "decline_code": decline.code if decline else None,
        "decline_text": decline.text if decline else None,
    }
