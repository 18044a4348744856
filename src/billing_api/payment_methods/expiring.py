"""Expiring cards: one event ahead of time, and one when a card has expired. Mails are made from these events."""

from datetime import timedelta
from uuid import UUID

from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.payment_methods import transitions
from billing_api.payment_methods.reading import last_day, last_day_of
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.states import MethodState


class CardExpiry:
    """Watches the cards of all accounts."""

    def __init__(self, core: Core, methods: PaymentMethodRepository, *, notice: timedelta) -> None:
        """Take the time between the first event of a card and its last day."""
        self.db = core.db
        self._core = core
        self._methods = methods
        self._notice = notice

    async def announce_due(self, limit: int) -> int:
        """Record the events of up to `limit` cards and return their number; safe to run twice at once.

        A card that has expired without an event ahead of time gets the second event only.
        """
        today = self._core.clock.today()
        through = today + self._notice
        if through != last_day(through.year, through.month):  # this month's cards expire after that
            through = through.replace(day=1) - timedelta(days=1)
        due = await self._methods.list_expiring(today=today, through=through, limit=limit)
        return sum([await self._announce(method.account_id, method.id) for method in due])

    @in_transaction
    async def _announce(self, account_id: UUID, method_id: UUID) -> bool:
        account = await self._core.accounts.lock(account_id)
        method = await self._methods.find(account_id, method_id)
        expires_on = last_day_of(method) if method is not None else None
        if method is None or expires_on is None or method.status is not MethodState.ACTIVE:
            return False
        today = self._core.clock.today()
        notice = "expired" if expires_on < today else "soon"
        if expires_on > today + self._notice or method.expiry_announced in {notice, "expired"}:
            return False
        await self._methods.update(account, transitions.with_notice(method, notice, self._core.clock.now()))
        self._core.events.record(
            account_id,
            "payment_method.expired" if notice == "expired" else "payment_method.expires_soon",
            method_id,
            type=method.kind,
            brand=method.brand,
            last4=method.last4,
            expires_on=expires_on.isoformat(),
            default=method.is_default,
        )
        return True
