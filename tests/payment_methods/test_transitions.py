"""Each transition of a payment method is the next version of its row."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from billing_api.gateway.methods import (
    TOO_MANY_TRIES,
    BankVerification,
    BankVerificationStatus,
    BillingAddress,
    MethodKind,
    VaultedBankAccount,
    VaultedCard,
)
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.payment_methods import transitions
from billing_api.payment_methods.details import state_after
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.open_requests import open_change
from billing_api.payment_methods.states import MethodState

BEFORE = datetime(2026, 11, 26, 9, tzinfo=UTC)
NOW = BEFORE + timedelta(hours=1)
METHOD = PaymentMethod(
    account_id=UUID(int=1),
    id=UUID(int=2),
    kind=MethodKind.CARD,
    status=MethodState.ACTIVE,
    token="old",
    created_at=BEFORE,
    updated_at=BEFORE,
    version=7,
    is_default=True,
    verification_tries=2,
)
CARD = VaultedCard(
    brand="Visa",
    last4="1881",
    expiration_month=12,
    expiration_year=2030,
    cardholder_name=None,
    billing_address=None,
    fingerprint="a",
)
ADDRESS = BillingAddress(
    recipient="Pat", line1="1 Main St", line2=None, city=None, region=None, postal_code=None, country="US"
)


def account(status: BankVerificationStatus, *, verified: bool = False) -> VaultedBankAccount:
    """A bank account at the gateway."""
    return VaultedBankAccount(
        bank_name=None,
        last4="0000",
        account_type="checking",
        account_holder_name=None,
        fingerprint="b",
        verified=verified,
        verification=BankVerification(id="v", status=status, wants_amounts=True, decline=None),
    )


@pytest.mark.parametrize(
    ("move", "state"),
    [
        (lambda method: transitions.stored(method, CARD, NOW, default=True), MethodState.ACTIVE),
        (
            lambda method: transitions.stored(method, account(BankVerificationStatus.PENDING), NOW, default=False),
            MethodState.PENDING,
        ),
        (lambda method: transitions.refused(method, NOW), MethodState.REFUSED),
        (lambda method: transitions.discarding(method, NOW), MethodState.DISCARDING),
        (lambda method: transitions.replaced(method, "new", CARD, NOW), MethodState.ACTIVE),
        (lambda method: transitions.looked_up(method, MethodState.PENDING, NOW), MethodState.PENDING),
        (lambda method: transitions.trying_amounts(method, NOW), MethodState.ACTIVE),
        (lambda method: transitions.with_try_back(method, NOW), MethodState.ACTIVE),
        (lambda method: transitions.with_amounts_confirmed(method, NOW), MethodState.ACTIVE),
        (lambda method: transitions.verified(method, NOW), MethodState.ACTIVE),
        (lambda method: transitions.with_decline(method, TOO_MANY_TRIES, NOW), MethodState.VERIFICATION_FAILED),
        (lambda method: transitions.with_default(method, NOW, default=False), MethodState.ACTIVE),
        (lambda method: transitions.with_notice(method, "soon", NOW), MethodState.ACTIVE),
        (lambda method: transitions.removing(method, NOW), MethodState.REMOVING),
        (lambda method: transitions.restored(method, MethodState.PENDING, NOW), MethodState.PENDING),
        (lambda method: transitions.removed(method, NOW), MethodState.REMOVED),
    ],
)
def test_a_transition_counts_one_version_and_sets_the_time(
    move: Callable[[PaymentMethod], PaymentMethod], state: MethodState
) -> None:
    moved = move(METHOD)
    assert (moved.status, moved.version, moved.updated_at) == (state, 8, NOW)
    assert (moved.account_id, moved.id, moved.created_at) == (METHOD.account_id, METHOD.id, BEFORE)


def test_the_next_check_and_the_end_of_a_change_are_no_new_version() -> None:
    """No reader sees them, so they neither spoil an If-Match nor change the time of the last change."""
    due = transitions.with_next_check(METHOD, NOW)
    assert due == replace(METHOD, next_check_at=NOW)
    sent = transitions.sending_address(METHOD, ADDRESS, NOW)
    assert transitions.with_change_closed(sent) == replace(sent, open_request=None)


def test_an_address_under_way_is_a_new_version_of_the_same_representation() -> None:
    first = transitions.sending_address(METHOD, ADDRESS, NOW)
    assert (first.version, first.updated_at, first.next_check_at) == (8, BEFORE, NOW + QUIET_PERIOD)
    second = transitions.sending_address(first, ADDRESS, NOW)
    kept = [open_change(method) for method in (METHOD, first, second)]
    assert [change and (change.version, change.overlapped) for change in kept] == [None, (8, False), (9, True)]


@pytest.mark.parametrize("state", [MethodState.REFUSED, MethodState.DISCARDING, MethodState.REMOVED])
def test_a_method_that_is_gone_has_no_request_and_no_flag(state: MethodState) -> None:
    asking = replace(METHOD, open_request={"default": True}, is_default=False, next_check_at=BEFORE)
    gone = {
        MethodState.REFUSED: transitions.refused(asking, NOW),
        MethodState.DISCARDING: transitions.discarding(asking, NOW, after=QUIET_PERIOD),
        MethodState.REMOVED: transitions.removed(replace(asking, open_request=None, is_default=True), NOW),
    }[state]
    assert (gone.open_request, gone.is_default) == (None, False)
    assert gone.next_check_at == (NOW + QUIET_PERIOD if state is MethodState.DISCARDING else None)


@pytest.mark.parametrize(
    ("before", "found", "after"),
    [
        (MethodState.PENDING, account(BankVerificationStatus.VERIFIED, verified=True), MethodState.ACTIVE),
        (MethodState.PENDING, account(BankVerificationStatus.FAILED), MethodState.VERIFICATION_FAILED),
        (MethodState.VERIFICATION_FAILED, account(BankVerificationStatus.PENDING), MethodState.PENDING),
        (MethodState.ACTIVE, account(BankVerificationStatus.FAILED), MethodState.ACTIVE),
        (MethodState.ACTIVE, CARD, MethodState.ACTIVE),
    ],
)
def test_a_look_at_the_gateway_leads_to_a_state(
    before: MethodState, found: VaultedCard | VaultedBankAccount, after: MethodState
) -> None:
    assert state_after(replace(METHOD, status=before), found) is after
