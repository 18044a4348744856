"""The use of a payment method by autopay: it is switched off when the method is removed."""

from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.autopay.model import Autopay
from billing_api.autopay.repository import AutopayRepository
from billing_api.autopay.switching import AutopaySwitch
from billing_api.payment_methods.uses import MethodUser, MethodUses


class AutopayMethodUses(MethodUser):
    """Knows whether autopay pays with a method, and switches it off with the method."""

    def __init__(self, repository: AutopayRepository, switch: AutopaySwitch) -> None:
        self._repository = repository
        self._switch = switch

    async def uses_of(self, account: LockedAccount, method_id: UUID) -> MethodUses:
        """Return whether autopay pays with a method; its planned payments are scheduled payments of the method."""
        return MethodUses(autopay=await self._find(account, method_id) is not None)

    async def detach(self, account: LockedAccount, method_id: UUID) -> None:
        """Switch autopay off if it pays with a method."""
        if (choice := await self._find(account, method_id)) is not None:
            await self._switch.switch_off(account, choice, "payment_method", "The payment method was removed.")

    def show(self, account: LockedAccount, method_id: UUID, *, brand: str | None, last4: str | None) -> None:
        """Change nothing: autopay keeps no copy of a method's details."""

    async def _find(self, account: LockedAccount, method_id: UUID) -> Autopay | None:
        choice = await self._repository.find(account.id)
        return choice if choice is not None and choice.enabled and choice.payment_method_id == method_id else None
