"""Customers who pay all the time: each repeats a request that got no response, with its key, until it gets one."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any
from uuid import UUID, uuid4

import httpx

from billing_api.errors import AppError
from billing_api.payments.schemas import PaymentQuery
from billing_api.refunds.schemas import RefundCreate
from tests.factories.credits import post_credit_memo
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json
from tests.factories.users import Member, open_session
from tests.fixtures.services import Services
from tests.payments.conftest import request_of

_AMOUNTS = (1_000, 2_500, 9_900, 9_900, 33_300, 200_100, 400_100)
_FINAL = {201, 402}


@dataclass
class Customer:
    """One account with its methods; `answers` has the last response to each key, by the payment's id."""

    services: Services
    member: Member
    methods: list[str]
    urls: list[str]
    random: Random
    counts: Counter[str]
    answers: dict[str, tuple[int, str | None]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    async def sign_in(self) -> None:
        """Get a token; the clock may have moved past the last one."""
        grant = await open_session(self.services, self.member)
        self.headers = {"Authorization": f"Bearer {grant.access_token}"}

    async def live(self, until: asyncio.Event) -> None:
        """Pay, and once in a while take money back, until the end."""
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            while not until.is_set():
                try:
                    await self._step(client, until)
                except (AppError, OSError) as error:  # the database is away, or it was refused
                    self.counts[f"refused in this process: {type(error).__name__}"] += 1
                    await asyncio.sleep(0.1)  # a database that starts again sends no event

    async def _step(self, client: httpx.AsyncClient, until: asyncio.Event) -> None:
        account_id, random = self.member.account_id, self.random
        await post_invoice(self.services, account_id, random.choice(_AMOUNTS))
        if random.random() < 0.1:
            await post_credit_memo(self.services, account_id, 500)
        body: Json = {
            "currency": "USD",
            "pay": random.choice([{"type": "everything_due"}, {"type": "spread", "amount": random.randint(1, 900)}]),
            "credits": {"type": "automatic"},
            "payment_method_id": random.choice(self.methods),
        }
        if random.random() < 0.1:
            tomorrow = self.services.clock.today().toordinal() + 1
            body["scheduled_on"] = type(self.services.clock.today()).fromordinal(tomorrow).isoformat()
        self.counts["payments tried"] += 1
        await self._send(client, body, until)
        if random.random() < 0.1:
            await self._take_back()

    async def _send(self, client: httpx.AsyncClient, body: Json, until: asyncio.Event) -> None:
        key = {"Idempotency-Key": str(uuid4())}
        for _ in range(200):
            url = f"{self.random.choice(self.urls)}/v1/payments"
            try:
                response = await client.post(url, json=body, headers=self.headers | key)
            except httpx.TransportError:
                self.counts["responses lost"] += 1
                await asyncio.sleep(0.1)  # a process that starts again sends no event
                continue
            document = response.json()
            if response.status_code == 401:
                await self.sign_in()
                continue
            if response.status_code == 202 or response.status_code in _FINAL:
                payment_id = document.get("id") or document["payment_id"]
                self.answers[payment_id] = (response.status_code, document.get("status"))
            if response.status_code == 409 and document["code"] == "request_in_flight" and not until.is_set():
                await asyncio.sleep(0.2)  # as Retry-After wants it, though sooner
                continue
            if response.status_code == 503 and "Retry-After" in response.headers:
                self.counts["payments not sent, and tried again"] += 1
                await asyncio.sleep(0.1)
                continue
            self.counts[f"answered {response.status_code} {_word_of(document)}"] += 1
            return

    async def _take_back(self) -> None:
        query = PaymentQuery.model_validate({"status": ["succeeded"], "limit": 5})
        for payment in (await self.services.payments.list(self.member.account_id, query)).data[-1:]:
            wanted: Any = self.random.choice([{"type": "whole"}, {"type": "amount", "amount": 100}])
            self.counts["refunds tried"] += 1
            await self.services.refunds.refund(
                self.member.account_id, payment.id, RefundCreate(refund=wanted), request_of()
            )

    def wrong_answers(self, states: dict[UUID, str]) -> list[str]:
        """Return the answers that are not so: paid, and no money came; declined, and it did."""
        return [
            f"payment {payment_id} was answered {status} {state}, and is {states.get(UUID(payment_id))}"
            for payment_id, (status, state) in self.answers.items()
            if states.get(UUID(payment_id)) not in _MAY_BE[status]
        ]


def _word_of(document: Json) -> str:
    """Return the status or the code of a response, with the fields that are not valid.

    The day of a scheduled payment is one: a request that is repeated while the clock jumps a day ahead asks for a day
    that is not ahead any more.
    """
    invalid = [f"{one['code']} at {one['pointer']}" for one in document.get("errors", [])]
    return " ".join([document.get("code") or document["status"], *invalid])


_ENDED = {"succeeded", "returned", "cancelled"}
_MAY_BE = {
    201: {*_ENDED, "declined", "failed"},  # a transfer may be declined later, and a scheduled payment may never be sent
    202: {*_ENDED, "declined", "failed"},
    402: {"declined", "returned", "cancelled"},
}
