"""The SQL of the address book."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, func, or_, select, update

from billing_api.addresses.model import Address
from billing_api.db.database import Database
from billing_api.db.reader import Reader, Statement, columns_of


@dataclass(frozen=True, slots=True)
class AddressRow:
    """An address as a list shows it."""

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
    phone_extension: str | None
    default_billing: bool
    default_shipping: bool
    created_at: datetime
    updated_at: datetime
    version: int


_COLUMNS = columns_of(Address, AddressRow)
_OWN = Address.account_id == bindparam("account_id")
_ONE = Statement(select(*_COLUMNS).where(_OWN, Address.id == bindparam("id")))
_DEFAULT_SHIPPING = Statement(select(*_COLUMNS).where(_OWN, Address.default_shipping))
_FIRST_PAGE = Statement(select(*_COLUMNS).where(_OWN).order_by(Address.id).limit(bindparam("limit")))
_NEXT_PAGE = Statement(
    select(*_COLUMNS).where(_OWN, Address.id > bindparam("after")).order_by(Address.id).limit(bindparam("limit"))
)
_COUNT = select(func.count()).where(_OWN)


class AddressRepository:
    """The addresses of one account at a time."""

    def __init__(self, db: Database, reader: Reader) -> None:
        self._db = db
        self._reader = reader

    async def find(self, account_id: UUID, address_id: UUID) -> AddressRow | None:
        """One address, or None."""
        return await self._reader.fetch_one(_ONE, AddressRow, account_id=account_id, id=address_id)

    async def find_default_shipping(self, account_id: UUID) -> AddressRow | None:
        """Where goods go unless told otherwise, or None."""
        return await self._reader.fetch_one(_DEFAULT_SHIPPING, AddressRow, account_id=account_id)

    async def list_page(self, account_id: UUID, *, after: UUID | None, limit: int) -> list[AddressRow]:
        """Up to `limit` addresses in the order they were made."""
        if after is None:
            return await self._reader.fetch(_FIRST_PAGE, AddressRow, account_id=account_id, limit=limit)
        return await self._reader.fetch(_NEXT_PAGE, AddressRow, account_id=account_id, after=after, limit=limit)

    async def count(self, account_id: UUID) -> int:
        """How many there are."""
        counted = await self._db.session.scalar(_COUNT, {"account_id": account_id})
        return counted or 0

    async def find_for_update(self, account_id: UUID, address_id: UUID) -> Address | None:
        """The row under its lock, or None."""
        return await self._db.session.scalar(
            select(Address).where(Address.account_id == account_id, Address.id == address_id).with_for_update()
        )

    async def add(self, address: Address) -> None:
        """Write a new address."""
        self._db.session.add(address)
        await self._db.session.flush()

    async def remove(self, address: Address) -> None:
        """Delete the row."""
        await self._db.session.delete(address)
        await self._db.session.flush()

    async def clear_defaults(self, account_id: UUID, *, billing: bool, shipping: bool, now: datetime) -> None:
        """Take the flags from whichever address has them, so that another can get them."""
        chosen = [
            flag
            for flag, wanted in ((Address.default_billing, billing), (Address.default_shipping, shipping))
            if wanted
        ]
        if not chosen:
            return
        await self._db.session.execute(
            update(Address)
            .where(Address.account_id == account_id, or_(*chosen))
            .values({flag.key: False for flag in chosen} | {"version": Address.version + 1, "updated_at": now})
            .execution_options(synchronize_session="fetch")
        )
