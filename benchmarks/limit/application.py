"""The ASGI application, and the server that it runs in."""

import asyncio
import base64
import gc
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from benchmarks.limit import queries
from benchmarks.limit.bodies import (
    Address,
    Balance,
    InvoiceDetail,
    InvoicePage,
    NewAddress,
    NewPayment,
    NewQuote,
    Overview,
    Payment,
    Quote,
    QuoteLine,
    TransactionPage,
)
from benchmarks.limit.paying import pay
from benchmarks.limit.writes import Actor, add_address
from benchmarks.load import CONNECTIONS
from billing_api.kit.ids import new_id

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]  # generic for the type checker alone

_PAGE = 25
_NEWEST = 5


@dataclass(frozen=True, slots=True)
class Request:
    """The parts of a request that handlers use."""

    actor: Actor
    path: str
    headers: Mapping[bytes, bytes]
    receive: Receive

    async def body(self) -> bytes:
        """Return the body, which fits into one message."""
        message: bytes = (await self.receive())["body"]
        return message


Handler = Callable[[Request], Awaitable[Any]]


class Limit:
    """The application; `actors` are the users by their Authorization header."""

    def __init__(self, pool: "Pool", actors: Mapping[bytes, Actor]) -> None:
        self._pool = pool
        self._actors = actors
        self._encode = msgspec.json.Encoder().encode
        self._address = msgspec.json.Decoder(NewAddress).decode
        self._quote = msgspec.json.Decoder(NewQuote).decode
        self._payment = msgspec.json.Decoder(NewPayment).decode
        self._handlers: dict[tuple[str, str], tuple[int, Handler]] = {
            ("GET", "/v1/invoices"): (200, self._list_invoices),
            ("GET", "/v1/balance"): (200, self._get_balance),
            ("GET", "/v1/overview"): (200, self._get_overview),
            ("GET", "/v1/transactions"): (200, self._list_transactions),
            ("POST", "/v1/payments/quote"): (200, self._quote_payment),
            ("POST", "/v1/addresses"): (201, self._create_address),
            ("POST", "/v1/payments"): (201, self._create_payment),
            ("GET", "/readyz"): (200, _ready),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to the requests that are measured; any other one is an error."""
        path = scope["path"]
        status, handler = self._handlers.get((scope["method"], path), (200, self._get_invoice))
        headers = dict(scope["headers"])
        actor = self._actors.get(headers.get(b"authorization", b""), _NOBODY)
        body = self._encode(await handler(Request(actor, path, headers, receive)))
        own_headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": own_headers})
        await send({"type": "http.response.body", "body": body})

    async def _list_invoices(self, request: Request) -> InvoicePage:
        rows = await queries.newest_invoices(self._pool, request.actor.account_id, _today(), _PAGE + 1)
        shown, has_more = rows[:_PAGE], len(rows) > _PAGE
        return InvoicePage(shown, _cursor(shown[-1].issued_on, shown[-1].id) if has_more else None, has_more)

    async def _get_invoice(self, request: Request) -> InvoiceDetail:
        invoice_id = UUID(request.path.removeprefix("/v1/invoices/"))
        return await queries.invoice(self._pool, request.actor.account_id, invoice_id, _today())

    async def _list_transactions(self, request: Request) -> TransactionPage:
        rows = await queries.transactions(self._pool, request.actor.account_id, _PAGE + 1)
        shown, has_more = [entry for entry, _ in rows[:_PAGE]], len(rows) > _PAGE
        cursor = _cursor(shown[-1].effective_on, rows[_PAGE - 1][1]) if has_more else None
        return TransactionPage(shown, cursor, has_more)

    async def _get_balance(self, request: Request) -> Balance:
        return await queries.balance(self._pool, request.actor.account_id, _today())

    async def _get_overview(self, request: Request) -> Overview:
        account_id = request.actor.account_id
        async with (
            self._pool.acquire() as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            return Overview(
                balance=await queries.balance(connection, account_id, _today()),
                newest_invoices=await queries.newest_invoices(connection, account_id, _today(), _NEWEST),
                profile=await queries.profile(connection, account_id),
                default_shipping_address=await queries.shipping_address(connection, account_id),
                default_payment_method=await queries.payment_method(connection, account_id, _today()),
            )

    async def _quote_payment(self, request: Request) -> Quote:
        wanted = self._quote(await request.body())
        lines = await queries.payable(self._pool, request.actor.account_id, wanted.currency, wanted.pay.invoices)
        amount, version = sum(line.amount for line in lines), _version(wanted.currency, lines)
        return Quote(
            wanted.currency, amount, 0, 0, 0, 0, lines, False, [], True, None, ["card", "us_bank_account"], version
        )

    async def _create_address(self, request: Request) -> Address:
        new = self._address(await request.body())
        now = datetime.now(UTC)
        address = Address(
            version=1,
            id=new_id(),
            created_at=now,
            updated_at=now,
            **{name: getattr(new, name) for name in NewAddress.__struct_fields__},
        )
        await add_address(self._pool, request.actor, address)
        return address

    async def _create_payment(self, request: Request) -> Payment:
        body, key = await request.body(), request.headers[b"idempotency-key"].decode()
        return await pay(self._pool, request.actor, self._payment(body), key, body)


_NOBODY = Actor(UUID(int=0), UUID(int=0))


async def _ready(_: Request) -> None:
    return None


def _today() -> date:
    return datetime.now(UTC).date()


def _cursor(*place: object) -> str:
    return base64.urlsafe_b64encode(json.dumps([str(part) for part in place]).encode()).rstrip(b"=").decode()


def _version(currency: str, lines: list[QuoteLine]) -> str:
    """Return the digest of the figures, as the service has it."""
    figures = sorted((str(line.invoice_id), line.amount_due, line.payable, line.amount, 0, 0, 0) for line in lines)
    return blake2b(json.dumps([currency, 0, figures, []]).encode(), digest_size=16).hexdigest()


@asynccontextmanager
async def opened(dsn: str, actors: Mapping[bytes, Actor]) -> AsyncIterator[Limit]:
    """Open the application with its connections, as many as the load has."""
    async with asyncpg.create_pool(dsn, min_size=0, max_size=CONNECTIONS, reset=_leave_as_it_is) as pool:
        yield Limit(pool, actors)


async def _leave_as_it_is(_: object) -> None:
    """Save the round trip that would clean a session in which nothing is left."""


def serve(dsn: str, actors: Mapping[bytes, Actor], *, host: str, port: int) -> None:
    """Serve until SIGTERM, in the loop that uvicorn gives the service."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(dsn, actors, host=host, port=port))


async def _serve(dsn: str, actors: Mapping[bytes, Actor], *, host: str, port: int) -> None:
    async with opened(dsn, actors) as limit:
        gc.collect()
        gc.freeze()  # as the service does
        config = uvicorn.Config(
            limit,
            host=host,
            port=port,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
        )
        await uvicorn.Server(config).serve()
