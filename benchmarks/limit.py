"""The limit: the same answers by nothing but ASGI, asyncpg and msgspec; no framework, no checks, one query each.

Callers are known by a look into a dict, and what they send is believed. What the service takes beyond this is the
price of being a service: the benchmark says how high it is. Started as `python -m benchmarks.limit CALLERS_FILE`.
"""

import asyncio
import base64
import gc
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
import msgspec
import uvicorn
import uvloop
from starlette.types import Receive, Scope, Send

from benchmarks.load import CONNECTIONS
from billing_api.kit.ids import new_id

if TYPE_CHECKING:
    Pool = asyncpg.Pool[asyncpg.Record]  # generic for the type checker alone

Handler = Callable[[UUID, Scope, Receive], Awaitable[tuple[int, Any]]]

_PAGE = 25
_INVOICES = """
SELECT id, number, kind, po_number, status,
       CASE WHEN status <> 'open' THEN status
            WHEN amount_pending > 0 THEN 'processing'
            WHEN amount_due < total THEN 'partial'
            ELSE 'unpaid' END,
       status = 'open' AND due_on < $2,
       currency, issued_on, due_on, closed_on, total, amount_due, amount_pending
FROM invoices WHERE account_id = $1 ORDER BY issued_on DESC, id DESC LIMIT $3
"""
_ADD_ADDRESS = """
INSERT INTO addresses (account_id, id, label, recipient, line1, line2, city, region, postal_code, country, phone,
                       default_billing, default_shipping, created_at, updated_at, version)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, 1)
"""


class Invoice(msgspec.Struct):
    """As a list of GET /v1/invoices has it."""

    id: UUID
    number: str
    kind: str
    po_number: str | None
    status: str
    payment_status: str
    overdue: bool
    currency: str
    issued_on: date
    due_on: date
    closed_on: date | None
    total: int
    amount_due: int
    amount_pending: int


class Page(msgspec.Struct):
    """As every list answers."""

    data: list[Invoice]
    next_cursor: str | None
    has_more: bool


class NewAddress(msgspec.Struct):
    """The body of POST /v1/addresses, which must say what is a default."""

    recipient: str
    line1: str
    country: str
    default_billing: bool
    default_shipping: bool
    label: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    phone: str | None = None


class Address(msgspec.Struct):
    """The answer of POST /v1/addresses."""

    version: int
    id: UUID
    label: str | None
    recipient: str
    line1: str
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str
    phone: str | None
    default_billing: bool
    default_shipping: bool
    created_at: datetime
    updated_at: datetime


class Limit:
    """The ASGI application; `callers` gives the account behind each Authorization header."""

    def __init__(self, pool: "Pool", callers: Mapping[bytes, UUID]) -> None:
        self._pool = pool
        self._callers = callers
        self._encode = msgspec.json.Encoder().encode
        self._address = msgspec.json.Decoder(NewAddress).decode
        self._handlers: dict[tuple[str, str], Handler] = {
            ("GET", "/v1/invoices"): self._list_invoices,
            ("POST", "/v1/addresses"): self._create_address,
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer; 404 for anything that is not measured."""
        handler = self._handlers.get((scope["method"], scope["path"]))
        if handler is None:
            status, answer = 200 if scope["path"] == "/readyz" else 404, None
        else:
            account_id = self._callers[dict(scope["headers"])[b"authorization"]]
            status, answer = await handler(account_id, scope, receive)
        body = self._encode(answer)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _list_invoices(self, account_id: UUID, _scope: Scope, _receive: Receive) -> tuple[int, Page]:
        rows = await self._pool.fetch(_INVOICES, account_id, datetime.now(UTC).date(), _PAGE + 1)
        shown, has_more = [Invoice(*row) for row in rows[:_PAGE]], len(rows) > _PAGE
        return 200, Page(shown, _cursor_after(shown[-1]) if has_more else None, has_more)

    async def _create_address(self, account_id: UUID, _scope: Scope, receive: Receive) -> tuple[int, Address]:
        new = self._address((await receive())["body"])
        now = datetime.now(UTC)
        address = Address(
            version=1,
            id=new_id(),
            created_at=now,
            updated_at=now,
            **{name: getattr(new, name) for name in NewAddress.__struct_fields__},
        )
        await self._pool.execute(
            _ADD_ADDRESS,
            account_id,
            address.id,
            address.label,
            address.recipient,
            address.line1,
            address.line2,
            address.city,
            address.region,
            address.postal_code,
            address.country,
            address.phone,
            address.default_billing,
            address.default_shipping,
            now,
        )
        return 201, address


def _cursor_after(invoice: Invoice) -> str:
    place = f'["{invoice.issued_on}","{invoice.id}"]'
    return base64.urlsafe_b64encode(place.encode()).rstrip(b"=").decode()


@asynccontextmanager
async def opened(dsn: str, callers: Mapping[bytes, UUID]) -> AsyncIterator[Limit]:
    """The application with its connections, as many as the load has."""
    async with asyncpg.create_pool(dsn, min_size=0, max_size=CONNECTIONS) as pool:
        yield Limit(pool, callers)


async def _serve(dsn: str, callers: Mapping[bytes, UUID], *, host: str, port: int) -> None:
    async with opened(dsn, callers) as limit:
        gc.collect()
        gc.freeze()  # as the service does
        config = uvicorn.Config(
            limit, host=host, port=port, lifespan="off", log_config=None, access_log=False, server_header=False
        )
        await uvicorn.Server(config).serve()


def main(callers_file: str) -> None:
    """Serve until SIGTERM, on HOST and PORT and the database of DATABASE_URL.

    The file is a JSON object: an Authorization header's value, and the account that it stands for.
    """
    accounts = msgspec.json.decode(Path(callers_file).read_bytes(), type=dict[str, UUID])
    callers = {header.encode(): account_id for header, account_id in accounts.items()}
    serving = _serve(os.environ["DATABASE_URL"], callers, host=os.environ["HOST"], port=int(os.environ["PORT"]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:  # the loop that uvicorn gives the service
        runner.run(serving)


if __name__ == "__main__":
    main(sys.argv[1])
