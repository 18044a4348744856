"""Sessions of SQLAlchemy's ORM on a transaction of `Database`, for the features that have not left the ORM yet."""

from contextvars import ContextVar
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.pool import NullPool

from billing_api.db.address import Connection

_lent: ContextVar["Connection | None"] = ContextVar("lent", default=None)


class LentDialect(PGDialect_asyncpg):
    """asyncpg's dialect on connections that the pool of `Database` has set up."""

    supports_statement_cache = True

    def on_connect(self) -> None:
        """Set no codecs."""
        return


class _Lent:
    """A connection that SQLAlchemy may use and must not close."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    async def close(self, **_: Any) -> None:
        """Leave it open."""

    def terminate(self) -> None:
        """Leave it open."""


registry.register("postgresql.lent", __name__, "LentDialect")


def engine_on_lent_connections() -> AsyncEngine:
    """Return an engine whose one connection is that of the open transaction."""

    async def borrow() -> Any:
        return _Lent(_lent.get())

    def adapted() -> Any:
        return engine.dialect.loaded_dbapi.connect(async_creator_fn=borrow)

    engine = create_async_engine(
        "postgresql+lent://",
        creator=adapted,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        hide_parameters=True,
        json_serializer=_as_it_is,
        json_deserializer=_as_it_is,
    )
    return engine


def session_on(engine: AsyncEngine, connection: Connection) -> AsyncSession:
    """Return a session in the transaction of this connection."""
    _lent.set(connection)
    return AsyncSession(engine, expire_on_commit=False)


def _as_it_is(value: Any) -> Any:
    return value
