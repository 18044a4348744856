"""A method's row as it is shown."""

from calendar import monthrange
from dataclasses import dataclass, fields
from datetime import date, timedelta
from typing import Any, Protocol

from billing_api.kit.clock import Clock
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.repository import MethodRow
from billing_api.payment_methods.schemas import NextStep, PaymentMethodRead

# Source: Braintree, "Micro-transfers": five tries, the fifth wrong one ends the verification.
MAX_TRIES = 5


class VerificationState(Protocol):
    """How far the verification of a row's bank account has come."""

    @property
    def status(self) -> str: ...
    @property
    def verification_wants_amounts(self) -> bool: ...
    @property
    def verification_tries(self) -> int: ...


class Expiring(Protocol):
    """A method, as a row or as the gateway has it; a bank account has no end."""

    @property
    def expiration_month(self) -> int | None: ...
    @property
    def expiration_year(self) -> int | None: ...


@dataclass(frozen=True, slots=True)
class MethodReader:
    """Turns rows into answers; what a card's end means depends on the day."""

    clock: Clock
    notice: timedelta

    def read_row(self, method: PaymentMethod) -> PaymentMethodRead:
        """A row that is being changed."""
        return self.read(MethodRow(**{field.name: getattr(method, field.name) for field in fields(MethodRow)}))

    def read(self, row: MethodRow) -> PaymentMethodRead:
        """A row that was read."""
        is_card = row.kind == "card"
        return PaymentMethodRead.model_validate(
            {
                "id": row.id,
                "type": row.kind,
                "status": row.status,
                "default": row.is_default,
                "last4": row.last4,
                "card": self._card(row) if is_card else None,
                "us_bank_account": None if is_card else _bank_account(row),
                "created_at": row.created_at,
                "updated_at": row.updated_at,
                "removed_at": row.removed_at,
                "version": row.version,
            }
        )

    def _card(self, row: MethodRow) -> dict[str, Any]:
        today = self.clock.today()
        ends_on = last_day(row.expiration_year or 1, row.expiration_month or 1)
        return {
            "brand": row.brand,
            "cardholder_name": row.cardholder_name,
            "expiration_month": row.expiration_month,
            "expiration_year": row.expiration_year,
            "expired": ends_on < today,
            "expires_soon": today <= ends_on <= today + self.notice,
            "billing_address": row.billing_address,
        }


def last_day(year: int, month: int) -> date:
    """The last day on which a card of this month can pay."""
    return date(year, month, monthrange(year, month)[1])


def last_day_of(card: Expiring) -> date | None:
    """Return the last day on which a card can pay; None for a bank account."""
    if not card.expiration_year or not card.expiration_month:
        return None
    return last_day(card.expiration_year, card.expiration_month)


def tries_left(method: VerificationState) -> int:
    """How often amounts can still be sent."""
    return max(MAX_TRIES - method.verification_tries, 0)


def next_step(method: VerificationState) -> NextStep | None:
    """What brings the account's verification forward; None where nothing does, since it is done or the method gone."""
    if method.status == "verification_failed":
        return "add_again"
    if method.status != "pending":
        return None
    if not method.verification_wants_amounts:
        return "wait"
    # Tries whose answers were lost count too: the gateway may have none left, and does not tell.
    return "confirm_amounts" if tries_left(method) else "add_again"


def _bank_account(row: MethodRow) -> dict[str, Any]:
    return {
        "bank_name": row.bank_name,
        "account_type": row.bank_account_type,
        "account_holder_name": row.account_holder_name,
        "mandate_text": row.mandate_text,
        "mandate_accepted_at": row.mandate_accepted_at,
        "verification": _verification(row),
    }


def _verification(row: MethodRow) -> dict[str, Any]:
    """A removed account keeps what was found out about it."""
    unverified = "failed" if row.status == "verification_failed" or row.decline_code else "pending"
    step = next_step(row)
    return {
        "status": "verified" if row.verified_at else unverified,
        "next_step": step,
        "tries_left": tries_left(row) if step == "confirm_amounts" else None,
        "verified_at": row.verified_at,
        "decline_code": row.decline_code,
        "decline_text": row.decline_text,
    }
