"""A payment of one invoice by programs that are killed, and a look at what is left of it."""

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from typing import Any
from uuid import UUID

import httpx
from pydantic import SecretStr

from billing_api.auth.keys import new_keys
from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, of_invoices
from tests.factories.users import Member, open_session
from tests.fixtures.books import breaches
from tests.fixtures.later import Later
from tests.fixtures.ports import reserved_port
from tests.fixtures.queries import Sql
from tests.fixtures.services import open_services
from tests.fixtures.signed_in import Portal
from tests.payments import crashing
from tests.payments.buying import entries_of
from tests.payments.gateway_books import differences, doubles, sales_of

PAYMENTS = "/v1/payments"
_SECONDS = 60  # for a program to end, on a busy machine


@dataclass
class Program:
    """A running `billing-api serve`, and a client that the invoice's customer has signed in with."""

    process: ForkServerProcess
    client: httpx.AsyncClient

    async def ended(self) -> int | None:
        """Wait for its end, and return its status."""
        await asyncio.to_thread(self.process.join, _SECONDS)
        return self.process.exitcode


@dataclass(frozen=True)
class Scene:
    """An invoice of 100 dollars, a stored method or a nonce, and programs on the worker's database and the sandbox."""

    settings: Settings
    sandbox: Sandbox
    later: Later
    sql: Sql
    portal: Portal
    invoice: UUID
    method: Json
    token: str
    key: dict[str, str]

    @asynccontextmanager
    async def serve(self, dies_after: str | None = None, **more: str) -> AsyncIterator[Program]:
        """The API as a process, which is killed at the end if it still lives."""
        ours = self.settings.model_copy(update={"signing_keys": SecretStr(new_keys())})
        async with open_services(ours) as services:
            member = Member(self.portal.account_id, self.portal.user_id, "", "owner")
            token = (await open_session(services, member)).access_token
        with reserved_port() as port:
            variables = {
                "DATABASE_URL": ours.database_url,
                "GATEWAY_PORT": str(ours.gateway_port),
                "PUBLIC_URL": ours.public_url,
                "SIGNING_KEYS": ours.signing_keys.get_secret_value(),
                "LOG_LEVEL": "ERROR",
                "SERVE_DOCS": "false",  # making the document takes longer than the rest of a start
                "PORT": str(port),
            }
            process = crashing.start(crashing.serve, variables | more, dies_after)
            patient = httpx.AsyncHTTPTransport(retries=10)  # until it listens
            try:
                async with httpx.AsyncClient(
                    base_url=f"http://127.0.0.1:{port}",
                    headers={"Authorization": f"Bearer {token}"},
                    transport=patient,
                    timeout=_SECONDS,
                ) as client:
                    yield Program(process, client)
            finally:
                process.kill()
                process.join()

    async def pay(self, client: httpx.AsyncClient, key: dict[str, str] | None = None) -> httpx.Response:
        """Pay the invoice, by default with the key of the scene."""
        pay = of_invoices({"invoice_id": str(self.invoice)})
        is_by_nonce = "nonce" in self.method
        with_what = {"payment_method": self.method} if is_by_nonce else {"payment_method_id": self.method["id"]}
        body = {"currency": "USD", "pay": pay, **with_what}
        return await client.post(PAYMENTS, json=body, headers=key or self.key)

    async def pay_and_die(self, dies_after: str) -> None:
        """Pay by a process that is killed at this point."""
        async with self.serve(dies_after) as program:
            try:
                response = await self.pay(program.client)
            except httpx.TransportError:
                assert await program.ended() == -signal.SIGKILL
            else:
                raise AssertionError(response.text)

    async def payment(self) -> tuple[UUID, str]:
        """The id and the state of the account's first payment."""
        rows = await self.sql.fetch(
            "SELECT id, state FROM payments WHERE account_id = $1 ORDER BY number", self.portal.account_id
        )
        return rows[0]["id"], rows[0]["state"]

    async def look_up(self, *minutes: int) -> None:
        """Check the payment as new processes do, each so many minutes after the one before."""
        payment_id, _ = await self.payment()
        for later in minutes:
            self.later.clock.forward(minutes=later)
            await self.later.services.payment_checks.resolve(self.portal.account_id, payment_id)

    async def transactions(self) -> list[dict[str, Any]]:
        """All that the gateway has of the customer."""
        account_id = self.portal.account_id
        customer_id = await self.sql.fetchval(
            "SELECT customer_id FROM gateway_customers WHERE account_id = $1", account_id
        )
        return await asyncio.to_thread(self.sandbox.transactions, customer_id=customer_id)

    async def assert_paid_once(self) -> None:
        """Compare the books with themselves and with the gateway: the invoice is paid, by one sale and one entry."""
        account_id, sales = self.portal.account_id, sales_of(await self.transactions())
        assert [sale.amount for sale in sales] == [10_000]
        assert [kind for kind, *_ in await entries_of(self.sql, account_id)] == ["payment"]
        assert await self.sql.fetchval("SELECT amount_due FROM invoices WHERE id = $1", self.invoice) == 0
        found = await breaches(self.sql, account_id) + doubles(sales) + await differences(self.sql, sales, account_id)
        assert not found, found

    async def assert_repeat_is(self, status: int, code: str | None = None) -> None:
        """Repeat the request with its key: it gets the payment's own result."""
        repeated = await self.pay(self.portal)
        assert (repeated.status_code, repeated.json().get("code")) == (status, code)
        assert repeated.headers["Idempotent-Replayed"] == "true"
        payment_id, _ = await self.payment()
        assert str(payment_id) in {repeated.json().get("id"), repeated.json().get("payment_id")}
