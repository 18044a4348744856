"""A method's representation."""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from billing_api.gateway.methods import MethodKind, VaultedCard
from billing_api.gateway.reasons import decline_code, shown
from billing_api.kit.clock import Clock
from billing_api.payment_methods.fields import NextStep
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.schemas import PaymentMethodRead
from billing_api.payment_methods.states import MethodState

# Source: Braintree, "Micro-transfers": five tries, the fifth wrong one ends the verification.
MAX_TRIES = 5


@dataclass(frozen=True, slots=True)
class MethodReader:
    """Turns rows into their representations; whether a card has expired depends on the day."""

    clock: Clock
    notice: timedelta

    def read(self, row: PaymentMethod) -> PaymentMethodRead:
        """Return the representation of a method that was stored."""
        is_card = row.kind is MethodKind.CARD
        return PaymentMethodRead.model_validate(
            {
                "id": row.id,
                "type": row.kind,
                "status": row.status,
                "default": row.is_default,
                "blocked": blocked(row),
                "last4": row.last4,
                "card": self._card(row) if is_card else None,
                "us_bank_account": None if is_card else _bank_account(row),
                "created_at": row.created_at,
                "updated_at": row.updated_at,
                "removed_at": row.removed_at,
                "version": row.version,
            }
        )

    def _card(self, row: PaymentMethod) -> dict[str, Any]:
        today = self.clock.today()
        expires_on = last_day(row.expiration_year or 1, row.expiration_month or 1)
        return {
            "brand": row.brand,
            "cardholder_name": row.cardholder_name,
            "expiration_month": row.expiration_month,
            "expiration_year": row.expiration_year,
            "expired": expires_on < today,
            "expires_soon": today <= expires_on <= today + self.notice,
            "billing_address": row.billing_address,
            "three_d_secure": three_d_secure(row.three_d_secure_status, row.liability_shifted),
        }


def blocked(row: PaymentMethod) -> dict[str, Any] | None:
    """Return why a bank account can't pay any more, or None."""
    if row.blocked_code is None:
        return None
    known = decline_code(row.blocked_code)
    return {
        "code": row.blocked_code,
        "reason": known.reason,
        "message": known.message,
        "blocked_at": row.blocked_at,
    }


def three_d_secure(status: str | None, liability_shifted: bool | None) -> dict[str, Any] | None:
    """Return the result of an authentication by 3-D Secure, or None without one."""
    return None if status is None else {"status": status, "liability_shifted": bool(liability_shifted)}


def last_day(year: int, month: int) -> date:
    """Return the last day on which a card of this month can pay."""
    return date(year, month, monthrange(year, month)[1])


def last_day_of(card: PaymentMethod | VaultedCard) -> date | None:
    """Return the last day on which a card can pay; None for a bank account."""
    if not card.expiration_year or not card.expiration_month:
        return None
    return last_day(card.expiration_year, card.expiration_month)


def tries_left(method: PaymentMethod) -> int:
    """Return how often amounts can still be sent."""
    return max(MAX_TRIES - method.verification_tries, 0)


def next_step(method: PaymentMethod) -> NextStep | None:
    """Return the step that brings an account's verification forward, or None where there is none."""
    if method.status is MethodState.VERIFICATION_FAILED:
        return "add_again"
    if method.status is not MethodState.PENDING:
        return None
    if not method.verification_wants_amounts:
        return "wait"
    # Tries whose responses were lost count too: the gateway may have none left, and does not say so.
    return "confirm_amounts" if tries_left(method) else "add_again"


def _bank_account(row: PaymentMethod) -> dict[str, Any]:
    return {
        "bank_name": row.bank_name,
        "account_type": row.bank_account_type,
        "account_holder_name": row.account_holder_name,
        "mandate_text": row.mandate_text,
        "mandate_accepted_at": row.mandate_accepted_at,
        "verification": _verification(row),
    }


def _verification(row: PaymentMethod) -> dict[str, Any]:
    """Return the verification; a removed account keeps its result."""
    unverified = "failed" if row.status is MethodState.VERIFICATION_FAILED or row.decline_code else "pending"
    step = next_step(row)
    code, text = row.decline_code, row.decline_text
    if code is not None and text is not None:
        code, text = shown(code, text)
    return {
        "status": "verified" if row.verified_at else unverified,
        "next_step": step,
        "tries_left": tries_left(row) if step == "confirm_amounts" else None,
        "verified_at": row.verified_at,
        "decline_code": code,
        "decline_text": text,
    }
