"""The gateway as a whole: its state, its clock, its merchants and the faults that tests have ordered."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from braintree_sandbox.faults import Faults
from braintree_sandbox.merchants import MERCHANTS, Merchant, MerchantRules
from braintree_sandbox.records.webhooks import Delivery
from braintree_sandbox.state.clock import ClockOffset, now
from braintree_sandbox.state.journal import Journal
from braintree_sandbox.state.store import Change, Store, Work
from braintree_sandbox.webhooks.outbox import AnyWatch, post_changes
from braintree_sandbox.webhooks.trouble import WaitingTroubles

PassTime = Callable[[Work, datetime], None]

# The clock belongs to no merchant.
_NO_MERCHANT = ""


class SandboxGateway:
    """Everything that requests act upon."""

    def __init__(
        self,
        *,
        pass_time: Sequence[PassTime],
        watches: Sequence[AnyWatch],
        state_file: Path | None = None,
        webhooks_anywhere: bool = False,
        with_tls: bool = False,
    ) -> None:
        self.faults = Faults()
        self.with_tls = with_tls
        self.webhooks_anywhere = webhooks_anywhere
        self.delivery_troubles = WaitingTroubles()
        self._store = Store()
        self._pass_time = pass_time
        self._watches = watches
        self._deliveries_changed: Callable[[], None] = _do_nothing
        self._journal = Journal(state_file) if state_file else None
        self._by_authorization = {merchant.authorization: merchant.id for merchant in MERCHANTS.values()}
        if self._journal:
            self._store.apply(self._journal.replay())

    def work(self, merchant_id: str) -> Work:
        """Return a unit of work on one merchant's records."""
        return Work(self._store, merchant_id, self._log, self._post_webhooks)

    def now(self) -> datetime:
        """Return the sandbox's time."""
        return now(self.work(_NO_MERCHANT).get(ClockOffset, "clock"))

    def merchant(self, merchant_id: str) -> Merchant | None:
        """Return a merchant with the rules it has now."""
        merchant = MERCHANTS.get(merchant_id)
        if merchant is None:
            return None
        rules = self.work(merchant_id).get(MerchantRules, "rules")
        return replace(merchant, rules=rules) if rules else merchant

    def merchant_of(self, authorization: bytes) -> str | None:
        """Return the id of the merchant whose keys these are."""
        return self._by_authorization.get(authorization)

    def advance(self, step: timedelta) -> datetime:
        """Move the clock ahead, do everything that is due by then, and return the new time."""
        clock = self.work(_NO_MERCHANT)
        offset = clock.get(ClockOffset, "clock") or ClockOffset(0.0)
        clock.put(ClockOffset(offset.seconds + step.total_seconds()))
        clock.commit()
        moment = self.now()
        for merchant_id in MERCHANTS:
            work = self.work(merchant_id)
            for due in self._pass_time:
                due(work, moment)
            work.commit()
        return moment

    def when_deliveries_change(self, notice: Callable[[], None]) -> None:
        """Call `notice` whenever webhooks wait that did not before, or the clock has moved; it must not act at once."""
        self._deliveries_changed = notice

    def reset(self) -> None:
        """Forget everything: records, clock, rules and faults."""
        self._store.clear()
        self.faults.clear()
        self.delivery_troubles.clear()
        if self._journal:
            self._journal.clear()

    def _post_webhooks(self, work: Work) -> None:
        post_changes(work, self._watches, self.now)

    def _log(self, changes: list[Change]) -> None:
        if self._journal:
            self._journal.append(changes)
        if any(kind is Delivery or kind is ClockOffset for kind, _, _, _ in changes):
            self._deliveries_changed()


def _do_nothing() -> None:
    """Do nothing: no courier is waiting yet."""
