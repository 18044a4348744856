"""The SQL of the address book."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Boolean, and_, bindparam, case, delete, func, insert, or_, select, update

from billing_api.accounts.locked import LockedAccount
from billing_api.addresses.model import Address, addresses
from billing_api.addresses.schemas import AddressQuery
from billing_api.db.database import Database
from billing_api.db.paging import Listing
from billing_api.db.statements import Command, Statement, columns_of, parameters, values_of
from billing_api.kit.pagination import Rows

_ADDRESS = columns_of(addresses, Address)
_OWN = addresses.c.account_id == bindparam("account_id")
_THIS = and_(_OWN, addresses.c.id == bindparam("id"))

_FIND = Statement(select(*_ADDRESS).where(_THIS), Address)
_LOCK = Statement(select(*_ADDRESS).where(_THIS).with_for_update(), Address)
_FIND_DEFAULT_SHIPPING = Statement(select(*_ADDRESS).where(_OWN, addresses.c.default_shipping), Address)
_FIND_DEFAULT_BILLING = Statement(select(*_ADDRESS).where(_OWN, addresses.c.default_billing), Address)
_LIST = Listing(
    select(*_ADDRESS).where(_OWN), Address, AddressQuery, sorts=[addresses.c.id], unique=addresses.c.id, order="id"
)
_COUNT = Statement(select(func.count()).where(_OWN), int)
_ADD = Command(insert(addresses))
_NEVER_CHANGED = {"account_id", "id", "created_at"}
_UPDATE = Command(
    update(addresses).where(_THIS).values(**parameters(*(c.name for c in _ADDRESS if c.name not in _NEVER_CHANGED)))
)
_REMOVE = Command(delete(addresses).where(_THIS))
_billing, _shipping = bindparam("billing", type_=Boolean()), bindparam("shipping", type_=Boolean())
_CLEAR_DEFAULTS = Command(
    update(addresses)
    .where(_OWN, or_(and_(addresses.c.default_billing, _billing), and_(addresses.c.default_shipping, _shipping)))
    .values(
        default_billing=case((_billing, False), else_=addresses.c.default_billing),
        default_shipping=case((_shipping, False), else_=addresses.c.default_shipping),
        version=addresses.c.version + 1,
        **parameters("updated_at"),
    )
)


class AddressRepository:
    """The addresses of one account at a time."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def find(self, account_id: UUID, address_id: UUID) -> Address | None:
        """Return one address, or None."""
        return await self._db.fetch_one(_FIND, account_id=account_id, id=address_id)

    async def lock(self, account_id: UUID, address_id: UUID) -> Address | None:
        """Return one address under its lock, or None."""
        return await self._db.fetch_one(_LOCK, account_id=account_id, id=address_id)

    async def find_default_shipping(self, account_id: UUID) -> Address | None:
        """Return the default for shipping, or None."""
        return await self._db.fetch_one(_FIND_DEFAULT_SHIPPING, account_id=account_id)

    async def find_default_billing(self, account_id: UUID) -> Address | None:
        """Return the default for billing, or None."""
        return await self._db.fetch_one(_FIND_DEFAULT_BILLING, account_id=account_id)

    async def list_page(self, account_id: UUID, query: AddressQuery) -> Rows[Address]:
        """Return one page, oldest first. Raise BadCursorError."""
        return await _LIST.fetch(self._db, query, account_id=account_id)

    async def count(self, account: LockedAccount) -> int:
        """Return the number of addresses."""
        return await self._db.fetch_one(_COUNT, account_id=account.id) or 0

    async def add(self, address: Address) -> None:
        """Insert an address."""
        await self._db.execute(_ADD, **values_of(address))

    async def update(self, address: Address) -> None:
        """Write an address's changed values."""
        values = values_of(address)
        del values["created_at"]  # a row keeps it: the statement has no such parameter
        await self._db.execute(_UPDATE, **values)

    async def remove(self, address: Address) -> None:
        """Delete an address."""
        await self._db.execute(_REMOVE, account_id=address.account_id, id=address.id)

    async def clear_defaults(self, account: LockedAccount, *, billing: bool, shipping: bool, now: datetime) -> None:
        """Clear these default flags on the account's addresses, so that another one can have them."""
        if billing or shipping:
            await self._db.execute(
                _CLEAR_DEFAULTS, account_id=account.id, billing=billing, shipping=shipping, updated_at=now
            )
