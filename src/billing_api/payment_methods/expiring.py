"""Cards that end: told once ahead of time, and once when they have ended. Mails are made from these events."""

from datetime import timedelta
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.db.database import Database, in_transaction
from billing_api.events.service import Outbox
from billing_api.kit.clock import Clock
from billing_api.payment_methods.reading import last_day
from billing_api.payment_methods.repository import PaymentMethodRepository


class CardExpiry:
    """Watches the cards of all accounts."""

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        accounts: Accounts,
        outbox: Outbox,
        clock: Clock,
        *,
        notice: timedelta,
    ) -> None:
        """`notice` is how long before its last day a card's end is told."""
        self.db = db
        self._methods = methods
        self._accounts = accounts
        self._outbox = outbox
        self._clock = clock
        self._notice = notice

    async def tell_due(self, limit: int) -> int:
        """Record the events of up to `limit` cards and answer how many; safe to run twice at once.

        A card that has ended before anybody was told of its coming end is told as ended only.
        """
        today = self._clock.today()
        ending = today + self._notice
        if ending != last_day(ending.year, ending.month):  # this month's cards end after that
            ending = ending.replace(day=1) - timedelta(days=1)
        due = await self._methods.list_ending(today=today, ending=ending, limit=limit)
        return sum([await self._tell(method.account_id, method.id) for method in due])

    @in_transaction
    async def _tell(self, account_id: UUID, method_id: UUID) -> bool:
        await self._accounts.lock_in(account_id)
        method = await self._methods.find_row(account_id, method_id)
        if method is None or method.expiration_year is None or method.expiration_month is None:
            return False
        today, ends_on = self._clock.today(), last_day(method.expiration_year, method.expiration_month)
        if method.status != "active" or ends_on > today + self._notice:
            return False
        stage = "expired" if ends_on < today else "soon"
        if method.expiry_told in {stage, "expired"}:
            return False
        method.expiry_told = stage
        # What is shown of the card changes with the day: a reader's copy is out of date now.
        method.updated_at = self._clock.now()
        method.version += 1
        await self._outbox.record_in(
            account_id,
            "payment_method.expired" if stage == "expired" else "payment_method.expires_soon",
            method_id,
            type=method.kind,
            brand=method.brand,
            last4=method.last4,
            expires_on=ends_on.isoformat(),
            default=method.is_default,
        )
        return True
