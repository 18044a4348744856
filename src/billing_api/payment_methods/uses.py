"""The uses that end with their method: scheduled payments and autopay, which features above this one know."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.db.database import Database
from billing_api.payment_methods.schemas import MethodPaymentRead


@dataclass(frozen=True, slots=True)
class MethodUses:
    """The payments that wait for their day with a method, by day, and whether autopay pays with it."""

    scheduled_payments: tuple[MethodPaymentRead, ...] = ()
    autopay: bool = False

    @property
    def kinds(self) -> list[str]:
        """The kinds of the uses."""
        return ["autopay"] * self.autopay + ["scheduled_payment"] * bool(self.scheduled_payments)


class MethodUser(ABC):
    """A part of a feature that uses methods; its calls are made in the open transaction."""

    @abstractmethod
    async def uses_of(self, account: LockedAccount, method_id: UUID) -> MethodUses:
        """Return the uses of a method."""

    @abstractmethod
    async def detach(self, account: LockedAccount, method_id: UUID) -> None:
        """End the uses of a method that is removed."""

    @abstractmethod
    def show(self, account: LockedAccount, method_id: UUID, *, brand: str | None, last4: str | None) -> None:
        """Show these details of a method where a copy of them is kept."""


class MethodUsers:
    """The users of methods in all features; those of higher features end their uses first."""

    def __init__(self, db: Database, find: Callable[[], Sequence[MethodUser]]) -> None:
        """`find` returns the users from the top; it is called late, since they need payment methods themselves."""
        self._db = db
        self._find = find

    async def uses_of(self, account: LockedAccount, method_id: UUID) -> MethodUses:
        """Return all uses of a method."""
        found = [await user.uses_of(account, method_id) for user in self._find()]
        payments = tuple(payment for uses in found for payment in uses.scheduled_payments)
        return MethodUses(payments, any(uses.autopay for uses in found))

    async def detach(self, account: LockedAccount, method_id: UUID) -> MethodUses:
        """End all uses of a method that is removed, and return the uses that there were."""
        uses = await self.uses_of(account, method_id)
        if uses.kinds:
            for user in self._find():
                await user.detach(account, method_id)
                await self._db.write_appended()  # the next one reads them
        return uses

    def show(self, account: LockedAccount, method_id: UUID, *, brand: str | None, last4: str | None) -> None:
        """Have all users show the details of the card that a method has now."""
        for user in self._find():
            user.show(account, method_id, brand=brand, last4=last4)
