"""The address book: decisions, and where transactions begin and end."""

from typing import Any
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.addresses.errors import AddressBookFullError, AddressNotFoundError
from billing_api.addresses.model import Address
from billing_api.addresses.postal import POSTAL_FIELDS, normalized
from billing_api.addresses.repository import AddressRepository
from billing_api.addresses.schemas import (
    AddressCreate,
    AddressQuery,
    AddressRead,
    AddressRemoved,
    AddressUpdate,
)
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database, in_transaction
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.kit.changes import differences
from billing_api.kit.clock import Clock
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.kit.phone import contact_phone
from billing_api.kit.version import Version

MAX_ADDRESSES = 250


class AddressBook:
    """The addresses of one account, with at most one default for billing and one for shipping."""

    def __init__(
        self,
        db: Database,
        addresses: AddressRepository,
        accounts: Accounts,
        keys: IdempotencyKeys,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self.db = db
        self._addresses = addresses
        self._accounts = accounts
        self._keys = keys
        self._audit = audit
        self._clock = clock

    async def list(self, account_id: UUID, query: AddressQuery) -> Page[AddressRead]:
        """One page, oldest first. Raises BadCursorError."""
        position = query.position(UUID)
        rows = await self._addresses.list_page(
            account_id, after=position[0] if position else None, limit=query.limit + 1
        )
        return Page[AddressRead].of(query, rows, AddressRead.model_validate, lambda row: (row.id,))

    async def get(self, account_id: UUID, address_id: UUID) -> AddressRead:
        """Raises AddressNotFoundError."""
        row = await self._addresses.find(account_id, address_id)
        if row is None:
            raise AddressNotFoundError(address_id)
        return AddressRead.model_validate(row)

    async def default_shipping(self, account_id: UUID) -> AddressRead | None:
        """Where goods go unless told otherwise."""
        row = await self._addresses.find_default_shipping(account_id)
        return AddressRead.model_validate(row) if row else None

    async def create(self, account_id: UUID, new: AddressCreate, key: IdempotencyKey | None) -> AddressRead:
        """Add an address. Raises InvalidInputError, AddressBookFullError."""
        given = new.model_dump()
        fields = normalized(given) | contact_phone(given, region=new.country)
        return await self._keys.once(account_id, key, lambda: self._create_in(account_id, fields))

    async def _create_in(self, account_id: UUID, fields: dict[str, Any]) -> AddressRead:
        await self._accounts.lock_in(account_id)
        count = await self._addresses.count(account_id)
        if count >= MAX_ADDRESSES:
            raise AddressBookFullError(MAX_ADDRESSES)
        now = self._clock.now()
        is_first = count == 0
        wanted = {
            flag: is_first if fields[flag] is None else fields[flag] for flag in ("default_billing", "default_shipping")
        }
        await self._addresses.clear_defaults(
            account_id, billing=wanted["default_billing"], shipping=wanted["default_shipping"], now=now
        )
        address = Address(
            **fields | wanted, account_id=account_id, id=new_id(), created_at=now, updated_at=now, version=1
        )
        await self._addresses.add(address)
        await self._audit.record_in(account_id, "address.created", address.id)
        return AddressRead.model_validate(address)

    @in_transaction
    async def update(self, account_id: UUID, address_id: UUID, change: AddressUpdate, version: Version) -> AddressRead:
        """Change an address; a flag that is set is taken from the address that had it.

        Nothing that differs is no new version.
        Raises AddressNotFoundError, StaleVersionError, InvalidInputError.
        """
        changed = change.model_dump(exclude_unset=True)
        await self._accounts.lock_in(account_id)
        address = await self._get_for_update(account_id, address_id)
        version.require(address.version)
        now = self._clock.now()
        await self._addresses.clear_defaults(
            account_id,
            billing=changed.get("default_billing", False) and not address.default_billing,
            shipping=changed.get("default_shipping", False) and not address.default_shipping,
            now=now,
        )
        known = {name: getattr(address, name) for name in AddressCreate.model_fields}
        # An old address stays what it is when only its label or a flag changes.
        fields = normalized(known | changed) if changed.keys() & POSTAL_FIELDS else known | changed
        fields |= contact_phone(changed, known, region=fields["country"])
        if changed := differences(address, fields):
            for name, value in changed.items():
                setattr(address, name, value)
            address.version += 1
            address.updated_at = now
            await self._audit.record_in(account_id, "address.updated", address_id, fields=sorted(changed))
        return AddressRead.model_validate(address)

    @in_transaction
    async def remove(self, account_id: UUID, address_id: UUID, version: Version) -> AddressRemoved:
        """Remove an address; if it was a default there is none then, and the answer says so.

        Raises AddressNotFoundError, StaleVersionError.
        """
        address = await self._get_for_update(account_id, address_id)
        version.require(address.version)
        await self._addresses.remove(address)
        await self._audit.record_in(account_id, "address.removed", address_id)
        return AddressRemoved(
            id=address_id,
            was_default_billing=address.default_billing,
            was_default_shipping=address.default_shipping,
        )

    async def _get_for_update(self, account_id: UUID, address_id: UUID) -> Address:
        address = await self._addresses.find_for_update(account_id, address_id)
        if address is None:
            raise AddressNotFoundError(address_id)
        return address
