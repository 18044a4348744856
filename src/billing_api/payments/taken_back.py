"""The port by which refunds follow a payment that has lost its money; they are another feature's."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.payments.states import PaymentState


@dataclass(frozen=True, slots=True)
class LostMoney:
    """A payment whose money is gone: `lacking` of it had been refunded before, and the bank has taken it all the same.

    `state` is RETURNED or CANCELLED, `lacking` in minor units.
    """

    payment_id: UUID
    state: PaymentState
    lacking: int = 0


@dataclass(frozen=True, slots=True)
class RefundsOfLost:
    """The refunds of payments, as payments know them."""

    follow: Callable[[LockedAccount, LostMoney], Awaitable[None]]
