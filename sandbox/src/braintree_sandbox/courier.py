"""The courier: takes waiting deliveries to their addresses, in order for each, off the path of any request."""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

import httpx

from braintree_sandbox.merchants import MERCHANTS
from braintree_sandbox.records.webhooks import Attempt, Delivery
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.webhooks.addresses import AddressError, check_address
from braintree_sandbox.webhooks.signature import form

TIMEOUT_SECONDS = 30
"""How long Braintree waits for the response of a receiver."""
RETRY_AFTER = timedelta(hours=1)
RETRIES = 3
"""Braintree's sandbox tries again once an hour for three hours; in production it is 24."""

_PAUSE_SECONDS = 5
_log = logging.getLogger(__name__)


class Courier:
    """Sends the waiting webhooks of every merchant while `run` runs."""

    def __init__(self, sandbox: SandboxGateway) -> None:
        self._sandbox = sandbox
        self._woken = asyncio.Event()
        self._rounds: dict[str, asyncio.Task[None]] = {}
        sandbox.when_deliveries_change(self._woken.set)

    async def run(self) -> None:
        """Deliver until cancelled; a webhook that is then being sent is sent again by the next run."""
        # Neither proxies nor redirects: a webhook for loopback stays there.
        async with httpx.AsyncClient(trust_env=False, timeout=TIMEOUT_SECONDS) as client:
            try:
                while True:
                    self._woken.clear()
                    self._set_out(client)
                    with suppress(TimeoutError):
                        await asyncio.wait_for(self._woken.wait(), self._seconds_until_next())
            finally:
                for underway in self._rounds.values():
                    underway.cancel()
                await asyncio.gather(*self._rounds.values(), return_exceptions=True)

    def _set_out(self, client: httpx.AsyncClient) -> None:
        """Start a round for every address that something is due for; one address at a time gets one delivery."""
        now = self._sandbox.now()
        for merchant_id, delivery in self._waiting():
            if delivery.due_at <= now and delivery.endpoint_id not in self._rounds:
                round_ = asyncio.create_task(self._round(client, merchant_id, delivery.endpoint_id))
                self._rounds[delivery.endpoint_id] = round_

    async def _round(self, client: httpx.AsyncClient, merchant_id: str, endpoint_id: str) -> None:
        try:
            while (delivery := self._next_due(merchant_id, endpoint_id)) is not None:
                self._record(merchant_id, delivery, await self._send(client, merchant_id, delivery))
        except Exception:  # noqa: BLE001 - the state file can't be written, say: a sent delivery is sent again, but later
            _log.exception("Webhooks of %s could not be recorded", merchant_id)
            await asyncio.sleep(_PAUSE_SECONDS)
        finally:
            del self._rounds[endpoint_id]
            self._woken.set()

    def _next_due(self, merchant_id: str, endpoint_id: str) -> Delivery | None:
        """Return the delivery to send now, after the trouble that waited for it."""
        work = self._sandbox.work(merchant_id)
        while True:
            now = self._sandbox.now()
            due = [
                delivery
                for delivery in work.where(Delivery, "status", "waiting")
                if delivery.endpoint_id == endpoint_id and delivery.due_at <= now
            ]
            if not due:
                return None
            first = min(due, key=lambda delivery: delivery.due_at)
            met = self._sandbox.delivery_troubles.meet(first, now)
            if met is None:
                return first
            work.put(met)
            work.commit()

    async def _send(self, client: httpx.AsyncClient, merchant_id: str, delivery: Delivery) -> Attempt:
        if delivery.lost:
            return Attempt(at=self._sandbox.now(), error="lost on the way, as was asked for")
        try:
            check_address(delivery.url, anywhere=self._sandbox.webhooks_anywhere)
        except AddressError as error:
            return Attempt(at=self._sandbox.now(), error=str(error))
        merchant = MERCHANTS[merchant_id]
        fields = form(merchant, delivery.payload, bad_signature=delivery.bad_signature)
        try:
            response = await client.post(delivery.url, data=fields)
        except httpx.HTTPError as error:
            return Attempt(at=self._sandbox.now(), error=f"{type(error).__name__}: {error}")
        return Attempt(at=self._sandbox.now(), status=response.status_code)

    def _record(self, merchant_id: str, sent: Delivery, attempt: Attempt) -> None:
        work = self._sandbox.work(merchant_id)
        delivery = work.get(Delivery, sent.id)
        if delivery is None:
            return  # forgotten by a reset while it was under way
        work.put(_after(delivery, attempt))
        for held in work.where(Delivery, "status", "held"):
            if held.endpoint_id == delivery.endpoint_id:
                work.put(replace(held, status="waiting", due_at=attempt.at))
        work.commit()

    def _waiting(self) -> Iterator[tuple[str, Delivery]]:
        for merchant_id in MERCHANTS:
            for delivery in self._sandbox.work(merchant_id).where(Delivery, "status", "waiting"):
                yield merchant_id, delivery

    def _seconds_until_next(self) -> float | None:
        """Return the seconds until a delivery is due for an idle endpoint; None when none is waiting."""
        idle = [delivery.due_at for _, delivery in self._waiting() if delivery.endpoint_id not in self._rounds]
        return max((min(idle) - self._sandbox.now()).total_seconds(), 0.0) if idle else None


def _after(delivery: Delivery, attempt: Attempt) -> Delivery:
    """Return the delivery after one more attempt."""
    tried = replace(delivery, attempts=(*delivery.attempts, attempt), lost=False)
    if attempt.succeeded:
        left = delivery.copies - 1
        return replace(tried, copies=max(left, 1), failures=0, status="waiting" if left > 0 else "delivered")
    failures = delivery.failures + 1
    if failures > RETRIES:
        return replace(tried, failures=failures, status="given_up")
    return replace(tried, failures=failures, due_at=attempt.at + RETRY_AFTER)
