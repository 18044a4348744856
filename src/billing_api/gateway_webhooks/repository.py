"""The SQL of the gateway's webhooks."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.database import Database
from billing_api.db.pruning import delete_some
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.gateway_webhooks.model import GatewayNotice, NoticeResult, gateway_notices, gateway_sweeps

_n, _s = gateway_notices.c, gateway_sweeps.c
_ADD = Statement(insert(gateway_notices).on_conflict_do_nothing(index_elements=[_n.digest]).returning(_n.id), UUID)
_FIND = Statement(select(*columns_of(gateway_notices, GatewayNotice)).where(_n.id == bindparam("id")), GatewayNotice)
_UPDATE = Command(
    update(gateway_notices).where(_n.id == bindparam("of_id")).values(**parameters("result", "applied_at"))
)
_REMOVE_OLD = delete_some(
    gateway_notices,
    _n.received_at < bindparam("before"),
    _n.applied_at.is_not(None),
)
_SWEEP = "missed_notices"
_FIND_SWEPT = Statement(select(_s.swept_through).where(_s.name == _SWEEP), datetime)
_SAVE_SWEPT = Command(
    (_new := insert(gateway_sweeps).values(name=_SWEEP, swept_through=bindparam("through"))).on_conflict_do_update(
        index_elements=[_s.name], set_={"swept_through": _new.excluded.swept_through}
    )
)


class NoticeRepository:
    """Webhooks of all accounts, since the gateway's ids alone say which account one is about."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def add(self, notice: GatewayNotice) -> bool:
        """Insert a notice, and return whether it is new: one of the same content is kept once."""
        return await self._db.fetch_one(_ADD, **values_of(notice)) is not None

    async def find(self, notice_id: UUID) -> GatewayNotice | None:
        """Return one notice, or None."""
        return await self._db.fetch_one(_FIND, id=notice_id)

    async def update(self, notice_id: UUID, result: NoticeResult, now: datetime) -> None:
        """Write the result of a notice."""
        await self._db.execute(_UPDATE, of_id=notice_id, result=result, applied_at=now)

    async def remove_old(self, before: datetime, limit: int) -> int:
        """Delete up to `limit` notices that were applied and came before then."""
        return await self._db.execute(_REMOVE_OLD, before=before, limit=limit)

    async def find_swept(self) -> datetime | None:
        """Return the time up to which the gateway was searched, or None."""
        return await self._db.fetch_one(_FIND_SWEPT)

    async def save_swept(self, through: datetime) -> None:
        """Insert or replace the time up to which the gateway was searched."""
        await self._db.execute(_SAVE_SWEPT, through=through)
