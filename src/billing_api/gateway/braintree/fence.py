"""The fence: a request that changes something is not sent once a search may have decided that it was never sent."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from billing_api.gateway.braintree.transport import before_sending
from billing_api.gateway.failures import GatewayUnavailableError
from billing_api.kit.clock import Clock

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Fence:
    """The time within which a request may still be sent after it was written down."""

    clock: Clock
    time_to_send: timedelta

    def sending(self, written_at: datetime | None) -> AbstractContextManager[None]:
        """Stop a request that is sent too late. Inside, raise GatewayUnavailableError."""
        return before_sending(lambda: self._require_in_time(written_at))

    def _require_in_time(self, written_at: datetime | None) -> None:
        if written_at is not None and self.clock.now() > written_at + self.time_to_send:
            log.warning("too_late_to_send", written_at=written_at.isoformat())
            raise GatewayUnavailableError("too late to be sent")
