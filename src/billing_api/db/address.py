"""The address of the database, used for every connection; db/url.py reads it."""

import ssl
from dataclasses import dataclass, field
from typing import Any, Self, TypeAlias
from urllib.parse import quote, unquote, urlencode

import asyncpg
from asyncpg.connect_utils import SessionAttribute

from billing_api.db.url import hosts_of, is_for_asyncpg, one_of, seconds_of, split, tls_of

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_CONNECT_SECONDS = 5.0
# A transaction waits for nothing but the database: an idle one belongs to a process that was stopped. The server ends
# it minutes before the quiet period is over, so that its locks are free when a check looks up its payment.
IDLE_SECONDS = 120.0

# Raised by a host that can't be used: the next one is tried.
_NEXT_HOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TargetServerAttributeNotMatched,
)


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """The hosts of the database and the way to connect to them; `parse` makes one."""

    dsn: str = field(repr=False)  # without hosts, and with the password
    hosts: tuple[tuple[str | None, int | None], ...]  # None: asyncpg's own choice
    target: str | None
    timeout_seconds: float
    tls: ssl.SSLContext | None
    keeps_statements: bool  # not behind a pooler that gives each transaction another server process

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URI as libpq's documentation describes it. Raise DatabaseUrlError."""
        parts, parameters = split(url)
        hosts = tuple(hosts_of(parts, parameters))
        timeout = seconds_of(parameters.pop("connect_timeout", "0"))
        is_pooled = one_of({"true", "false"}, "pgbouncer", parameters.pop("pgbouncer", "false")) == "true"
        tls = tls_of(parameters)
        database = parameters.pop("dbname", unquote(parts.path.removeprefix("/")))
        kept = {name: value for name, value in parameters.items() if is_for_asyncpg(name, value)}
        target = kept.pop("target_session_attrs", "read-write" if len(hosts) > 1 else None)
        login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        dsn = f"postgresql://{login}" + (f"/{quote(database)}" if database else "") + f"?{urlencode(kept)}" * bool(kept)
        return cls(dsn, hosts, target, timeout if timeout > 0 else _CONNECT_SECONDS, tls, not is_pooled)

    async def connect(
        self, *, idle_seconds: float | None = None, lock_seconds: float | None = None, **options: Any
    ) -> Connection:
        """Return a connection to the first host that accepts one and is of the kind that the address asks for.

        Its server ends a transaction that is idle for `idle_seconds`, and a wait for a lock after `lock_seconds`.
        `options` are asyncpg's. Each host gets the whole time-out, so that a host that never
        responds does not use up the time of the next.
        """
        limits = {"idle_in_transaction_session_timeout": idle_seconds, "lock_timeout": lock_seconds}
        if not self.keeps_statements:
            # Behind a pooler these would become settings of other clients too: there the role must have them.
            limits = {}
            options["statement_cache_size"] = 0
        settings = [
            f"SET {name} = {round(seconds * 1000)}"
            for name, seconds in limits.items()
            if seconds is not None and name not in self.dsn  # the address may have its own, in `options`
        ]
        connection = await self._connect(**options)
        try:
            if settings:  # not as parameters of the start, which PgBouncer refuses also where it keeps sessions
                await connection.execute("; ".join(settings))
        except BaseException:  # a time-out of the pool, or a client that left
            connection.terminate()
            raise
        return connection

    async def _connect(self, **options: Any) -> Connection:
        targets = ["standby", "any"] if self.target == "prefer-standby" else [self.target]
        kinds = [target and SessionAttribute(target) for target in targets]
        places = [(host, port, kind) for kind in kinds for host, port in self.hosts]
        for tried, (host, port, kind) in enumerate(places, 1):
            try:
                return await asyncpg.connect(
                    self.dsn,
                    host=host,
                    port=port,
                    target_session_attrs=kind or None,
                    timeout=self.timeout_seconds,
                    ssl=self.tls,
                    **options,
                )
            except _NEXT_HOST:
                if tried == len(places):
                    raise
        raise AssertionError("the last host returns or raises")
