"""The SQL of deliveries."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, and_, bindparam, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.pruning import delete_some, prune
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.deliveries.model import Delivery, DeliveryContent, deliveries, delivery_contents
from billing_api.deliveries.schemas import DeliveryQuery
from billing_api.deliveries.states import DeliveryStatus
from billing_api.kit.pagination import Rows

_DELIVERY = columns_of(deliveries, Delivery)
_OWN = deliveries.c.account_id == bindparam("account_id")
_THIS = and_(_OWN, deliveries.c.id == bindparam("id"))
_FIND = Statement(select(*_DELIVERY).where(_THIS), Delivery)
_LIST = Listing(
    select(*_DELIVERY).where(_OWN, deliveries.c.subject_id == bindparam("subject_id")),
    Delivery,
    DeliveryQuery,
    sorts=[deliveries.c.id],
    unique=deliveries.c.id,
    order="-id",
)
_ADD = Command(insert(deliveries).on_conflict_do_nothing(index_elements=["account_id", "message_id"]))
_note = update(deliveries).where(_THIS, deliveries.c.status != DeliveryStatus.SENT)
_NOTE_TRY = Command(
    _note.values(**parameters("status", "response", "tried_at", "sent_at"), tries=deliveries.c.tries + 1)
)
# A job may end without a try that says so: its worker died, or an operator cancelled it.
_GIVE_UP = Command(
    update(deliveries)
    .where(_THIS, deliveries.c.status == DeliveryStatus.QUEUED)
    .values(status=DeliveryStatus.FAILED, response=func.coalesce(deliveries.c.response, bindparam("words")))
)
_CANCEL = Command(
    update(deliveries)
    .where(_THIS, deliveries.c.status == DeliveryStatus.QUEUED)
    .values(status=DeliveryStatus.FAILED, response=bindparam("words"))
)
_QUEUE_AGAIN = Command(
    update(deliveries).where(_THIS, deliveries.c.status == DeliveryStatus.FAILED).values(status=DeliveryStatus.QUEUED)
)

_c = delivery_contents.c
_CONTENT = and_(_c.account_id == bindparam("account_id", type_=Uuid()), _c.delivery_id == bindparam("delivery_id"))
_FIND_CONTENT = Statement(select(*columns_of(delivery_contents, DeliveryContent)).where(_CONTENT), DeliveryContent)
_ADD_CONTENT = Command(insert(delivery_contents).on_conflict_do_nothing(index_elements=["account_id", "delivery_id"]))
_REMOVE_CONTENT = Command(delete(delivery_contents).where(_CONTENT))
_REMOVE_OLD_CONTENTS = delete_some(delivery_contents, _c.created_at < bindparam("before"))


class DeliveryRepository:
    """The deliveries of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, delivery_id: UUID) -> Delivery | None:
        """Return one delivery, or None."""
        return await self._db.fetch_one(_FIND, account_id=account_id, id=delivery_id)

    async def list_page(self, account_id: UUID, subject_id: UUID, query: DeliveryQuery) -> Rows[Delivery]:
        """Return one page of the deliveries about a subject, newest first. Raise BadCursorError."""
        return await _LIST.fetch(self._db, query, account_id=account_id, subject_id=subject_id)

    async def add(self, delivery: Delivery) -> bool:
        """Insert a delivery; return False where its account has one with this Message-ID."""
        return await self._db.execute(_ADD, **values_of(delivery)) == 1

    async def note_try(
        self, delivery: Delivery, status: DeliveryStatus, response: str, now: datetime, *, sent_at: datetime | None
    ) -> None:
        """Write the outcome of a try; one that is sent stays so."""
        await self._db.execute(
            _NOTE_TRY,
            account_id=delivery.account_id,
            id=delivery.id,
            status=status,
            response=response,
            tried_at=now,
            sent_at=sent_at,
        )

    async def give_up(self, account_id: UUID, delivery_id: UUID, words: str) -> None:
        """Let a delivery that is queued have failed; the words of its last try stay, where it had one."""
        await self._db.execute(_GIVE_UP, account_id=account_id, id=delivery_id, words=words)

    async def cancel(self, account_id: UUID, delivery_id: UUID, words: str) -> None:
        """Let a delivery that is queued have failed with these words."""
        await self._db.execute(_CANCEL, account_id=account_id, id=delivery_id, words=words)

    async def queue_again(self, account_id: UUID, delivery_id: UUID) -> None:
        """Let a delivery that has failed be queued."""
        await self._db.execute(_QUEUE_AGAIN, account_id=account_id, id=delivery_id)

    async def add_content(self, content: DeliveryContent) -> bool:
        """Insert the bytes of a mail; return False where they are there."""
        return await self._db.execute(_ADD_CONTENT, **values_of(content)) == 1

    async def find_content(self, account_id: UUID, delivery_id: UUID) -> DeliveryContent | None:
        """Return the bytes of a mail, or None."""
        return await self._db.fetch_one(_FIND_CONTENT, account_id=account_id, delivery_id=delivery_id)

    async def remove_content(self, account_id: UUID, delivery_id: UUID) -> None:
        """Remove the bytes of a mail."""
        await self._db.execute(_REMOVE_CONTENT, account_id=account_id, delivery_id=delivery_id)

    async def prune_contents(self, before: datetime) -> int:
        """Remove the bytes that were stored before a time, and return their number."""
        return await prune(self._db, lambda limit: self._db.execute(_REMOVE_OLD_CONTENTS, before=before, limit=limit))
