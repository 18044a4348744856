"""The transitions of a payment method: each returns the changed row, which the caller writes.

`_changed` alone counts versions and sets the time of a change. The functions without it change nothing that a reader
sees. Times are UTC, as the caller's clock has them.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from billing_api.gateway.failures import Decline
from billing_api.gateway.methods import BillingAddress, MethodKind, VaultedBankAccount, VaultedCard
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.payment_methods.details import details_of
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.open_requests import AddressChange, as_json
from billing_api.payment_methods.states import MethodState


def _changed(method: PaymentMethod, now: datetime, **values: Any) -> PaymentMethod:
    """Return the method with these values, as its next version: a reader of the row before has an old one now."""
    return replace(method, **values, version=method.version + 1, updated_at=now)


def stored(
    method: PaymentMethod, vaulted: VaultedCard | VaultedBankAccount, now: datetime, *, default: bool
) -> PaymentMethod:
    """Return a `vaulting` method with the gateway's details: active, or pending while its bank has to confirm it."""
    is_active = isinstance(vaulted, VaultedCard) or vaulted.verified
    return _changed(
        method,
        now,
        **details_of(method, vaulted),
        status=MethodState.ACTIVE if is_active else MethodState.PENDING,
        verified_at=now if is_active and method.kind is MethodKind.US_BANK_ACCOUNT else None,
        is_default=default,
        open_request=None,
    )


def refused(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a method of which nothing is at the gateway."""
    return _changed(method, now, status=MethodState.REFUSED, open_request=None, next_check_at=None)


def discarding(method: PaymentMethod, now: datetime, *, after: timedelta = timedelta(0)) -> PaymentMethod:
    """Return a method whose token is to be removed from the gateway, `after` a charge under way has ended."""
    return _changed(method, now, status=MethodState.DISCARDING, open_request=None, next_check_at=now + after)


def replaced(method: PaymentMethod, token: str, card: VaultedCard, now: datetime) -> PaymentMethod:
    """Return a method with a new card under a new token; an address for the old card is forgotten."""
    return _changed(method, now, **details_of(method, card), token=token, open_request=None)


def with_token(method: PaymentMethod, token: str) -> PaymentMethod:
    """Return a method with the token of another one, which has its token now."""
    return replace(method, token=token)


def sending_address(method: PaymentMethod, address: BillingAddress, now: datetime) -> PaymentMethod:
    """Return a card whose new address is about to be sent; its representation has not changed yet, and keeps its time.

    Its version moves now, whatever the outcome: of two changes of the same version the later one is refused. Should
    the response be lost, the check compares the card with the gateway's.
    """
    change = AddressChange(address=address, version=method.version + 1, overlapped=method.open_request is not None)
    return _changed(method, method.updated_at, open_request=as_json(change), next_check_at=now + QUIET_PERIOD)


def with_change_closed(method: PaymentMethod) -> PaymentMethod:
    """Return a card of which no change of address is open: the gateway has taken it or not."""
    return replace(method, open_request=None)


def with_next_check(method: PaymentMethod, at: datetime | None) -> PaymentMethod:
    """Return a method whose next look at the gateway is due at this time."""
    return replace(method, next_check_at=at)


def with_details(method: PaymentMethod, details: Mapping[str, Any]) -> PaymentMethod:
    """Return a method with the gateway's details, for the transition that a look at it leads to."""
    return replace(method, **details)


def looked_up(method: PaymentMethod, state: MethodState, now: datetime) -> PaymentMethod:
    """Return a method whose details or state a look at the gateway has changed."""
    return _changed(method, now, status=state)


def trying_amounts(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a bank account with one more try of amounts; should the response be lost, the check looks it up."""
    return _changed(method, now, verification_tries=method.verification_tries + 1, next_check_at=now + QUIET_PERIOD)


def with_try_back(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a bank account whose try was not made."""
    return _changed(method, now, verification_tries=method.verification_tries - 1)


def with_amounts_confirmed(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a bank account whose amounts were right; it is verified when its deposits have settled."""
    return _changed(method, now, amounts_confirmed_at=now, verification_wants_amounts=False)


def verified(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a bank account that can pay."""
    return _changed(method, now, status=MethodState.ACTIVE, verified_at=now)


def verification_failed(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a bank account that can't pay, so that it is no default either."""
    return _changed(method, now, status=MethodState.VERIFICATION_FAILED, is_default=False)


def blocked(method: PaymentMethod, code: str, now: datetime) -> PaymentMethod:
    """Return a bank account that can't pay since its bank has returned a debit, so that it is no default either."""
    return _changed(method, now, blocked_code=code, blocked_at=now, is_default=False)


def unblocked(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a bank account that a new verification lets pay again."""
    return verified(replace(method, blocked_code=None, blocked_at=None), now)


def with_decline(method: PaymentMethod, decline: Decline, now: datetime) -> PaymentMethod:
    """Return a bank account whose verification has failed for this reason."""
    declined = replace(method, decline_code=decline.code, decline_text=decline.text, verification_wants_amounts=False)
    return verification_failed(declined, now)


def with_default(method: PaymentMethod, now: datetime, *, default: bool) -> PaymentMethod:
    """Return a method with or without the account's default flag."""
    return _changed(method, now, is_default=default)


def with_notice(method: PaymentMethod, notice: str, now: datetime) -> PaymentMethod:
    """Return a card whose expiry was announced; its representation changes with the day, so it is a new version."""
    return _changed(method, now, expiry_announced=notice)


def removing(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a method whose removal is about to be sent; the check finishes it should the response be lost."""
    return _changed(method, now, status=MethodState.REMOVING, next_check_at=now + QUIET_PERIOD)


def restored(method: PaymentMethod, state: MethodState, now: datetime) -> PaymentMethod:
    """Return a method whose removal the gateway has refused, in the state before."""
    return _changed(method, now, status=state)


def removed(method: PaymentMethod, now: datetime) -> PaymentMethod:
    """Return a method that is gone."""
    return _changed(method, now, status=MethodState.REMOVED, is_default=False, removed_at=now, next_check_at=None)
