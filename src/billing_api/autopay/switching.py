"""Take back what is planned, and switch autopay off by itself."""

from dataclasses import replace
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.autopay.fields import SwitchedOffCode
from billing_api.autopay.model import Autopay
from billing_api.autopay.repository import AutopayRepository
from billing_api.core import Core
from billing_api.payments.planning import PlannedPayments


class AutopaySwitch:
    """Withdraws planned payments, in the open transaction."""

    def __init__(self, core: Core, repository: AutopayRepository, planned: PlannedPayments) -> None:
        self._core = core
        self._repository = repository
        self._planned = planned

    async def withdraw_all(self, account: LockedAccount, *, code: str, text: str, is_off: bool) -> None:
        """Cancel all planned payments that wait, and have their invoices planned again, unless autopay is off.

        Those whose cut-off has passed are only cancelled where autopay is off.
        """
        for waiting in await self._repository.list_waiting(account):
            if await self._planned.withdraw(account, waiting.payment_id, code=code, text=text, is_urgent=is_off):
                follow = self._repository.forget_payment if is_off else self._repository.plan_again
                await follow(account, waiting.payment_id)
        if is_off:
            await self._repository.forget_planned_again(account)

    async def switch_off(
        self,
        account: LockedAccount,
        choice: Autopay,
        code: SwitchedOffCode,
        text: str,
        payment_id: UUID | None = None,
    ) -> None:
        """Switch autopay off by itself, and record the event that the mail follows from."""
        await self.withdraw_all(account, code="autopay_switched_off", text="Autopay was switched off.", is_off=True)
        now = self._core.clock.now()
        self._repository.save(
            replace(
                choice,
                enabled=False,
                pays_from=None,
                switched_off_code=code,
                switched_off_text=text,
                switched_off_at=now,
                switched_off_by=payment_id,
                updated_at=now,
                version=choice.version + 1,
            )
        )
        self._core.audit.record(account.id, "autopay.switched_off", reason=code)
        paid_with = None if choice.payment_method_id is None else str(choice.payment_method_id)
        subject_id = payment_id or account.id
        self._core.events.record(
            account.id, "autopay.switched_off", subject_id, code=code, payment_method_id=paid_with, text=text
        )
