"""The ASGI application, and the server that it runs in."""

import asyncio
import base64
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from benchmarks.limit import queries
from benchmarks.limit.bodies import Address, Balance, Invoice, InvoicePage, NewAddress, Overview
from benchmarks.load import CONNECTIONS
from billing_api.kit.ids import new_id

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]  # generic for the type checker alone

Handler = Callable[[UUID, Receive], Awaitable[Any]]

_PAGE = 25
_NEWEST = 5


class Limit:
    """The application; `callers` gives the account behind each Authorization header."""

    def __init__(self, pool: "Pool", callers: Mapping[bytes, UUID]) -> None:
        self._pool = pool
        self._callers = callers
        self._encode = msgspec.json.Encoder().encode
        self._address = msgspec.json.Decoder(NewAddress).decode
        self._handlers: dict[tuple[str, str], tuple[int, Handler]] = {
            ("GET", "/v1/invoices"): (200, self._list_invoices),
            ("GET", "/v1/balance"): (200, self._get_balance),
            ("GET", "/v1/overview"): (200, self._get_overview),
            ("POST", "/v1/addresses"): (201, self._create_address),
            ("GET", "/readyz"): (200, _ready),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer what is measured; anything else is a KeyError."""
        status, handler = self._handlers[scope["method"], scope["path"]]
        account_id = self._callers.get(dict(scope["headers"]).get(b"authorization", b""), _NOBODY)
        body = self._encode(await handler(account_id, receive))
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _list_invoices(self, account_id: UUID, _: Receive) -> InvoicePage:
        rows = await queries.newest_invoices(self._pool, account_id, _today(), _PAGE + 1)
        shown, has_more = rows[:_PAGE], len(rows) > _PAGE
        return InvoicePage(shown, _cursor_after(shown[-1]) if has_more else None, has_more)

    async def _get_balance(self, account_id: UUID, _: Receive) -> Balance:
        return await queries.balance(self._pool, account_id, _today())

    async def _get_overview(self, account_id: UUID, _: Receive) -> Overview:
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

    async def _create_address(self, account_id: UUID, receive: Receive) -> Address:
        new = self._address((await receive())["body"])
        now = datetime.now(UTC)
        address = Address(
            version=1,
            id=new_id(),
            created_at=now,
            updated_at=now,
            **{name: getattr(new, name) for name in NewAddress.__struct_fields__},
        )
        await queries.add_address(self._pool, account_id, address)
        return address


_NOBODY = UUID(int=0)


async def _ready(_account_id: UUID, _: Receive) -> None:
    return None


def _today() -> date:
    return datetime.now(UTC).date()


def _cursor_after(invoice: Invoice) -> str:
    place = f'["{invoice.issued_on}","{invoice.id}"]'
    return base64.urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


@asynccontextmanager
async def opened(dsn: str, callers: Mapping[bytes, UUID]) -> AsyncIterator[Limit]:
    """The application with its connections, as many as the load has."""
    async with asyncpg.create_pool(dsn, min_size=0, max_size=CONNECTIONS, reset=_leave_as_it_is) as pool:
        yield Limit(pool, callers)


async def _leave_as_it_is(_: object) -> None:
    """No round trip to clean a session in which nothing was left."""


def serve(dsn: str, callers: Mapping[bytes, UUID], *, host: str, port: int) -> None:
    """Until SIGTERM, in the loop that uvicorn gives the service."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(dsn, callers, host=host, port=port))


async def _serve(dsn: str, callers: Mapping[bytes, UUID], *, host: str, port: int) -> None:
    async with opened(dsn, callers) as limit:
        gc.collect()
        gc.freeze()  # as the service does
        config = uvicorn.Config(
            limit, host=host, port=port, lifespan="off", log_config=None, access_log=False, server_header=False
        )
        await uvicorn.Server(config).serve()
