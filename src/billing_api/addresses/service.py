"""The address book: decisions, and where transactions begin and end."""

from dataclasses import replace
from typing import Any
from uuid import UUID

from billing_api.addresses.errors import AddressBookFullError, AddressNotFoundError
from billing_api.addresses.model import Address
from billing_api.addresses.postal import POSTAL_FIELDS, normalized
from billing_api.addresses.repository import AddressRepository
from billing_api.addresses.schemas import AddressCreate, AddressQuery, AddressRead, AddressRemoved, AddressUpdate
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.kit.changes import differences
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.kit.phone import contact_phone
from billing_api.kit.version import Version

MAX_ADDRESSES = 250


class AddressBook:
    """The addresses of one account, with at most one default for billing and one for shipping."""

    def __init__(self, core: Core, addresses: AddressRepository) -> None:
        self.db = core.db
        self._core = core
        self._addresses = addresses

    async def list(self, account_id: UUID, query: AddressQuery) -> Page[AddressRead]:
        """Return one page, oldest first. Raise BadCursorError."""
        found = await self._addresses.list_page(account_id, query)
        return Page[AddressRead].of(found, AddressRead.model_validate)

    async def get(self, account_id: UUID, address_id: UUID) -> AddressRead:
        """Return one address. Raise AddressNotFoundError."""
        address = await self._addresses.find(account_id, address_id)
        if address is None:
            raise AddressNotFoundError(address_id)
        return AddressRead.model_validate(address)

    async def default_shipping(self, account_id: UUID) -> AddressRead | None:
        """Return the address that goods are sent to by default, or None."""
        address = await self._addresses.find_default_shipping(account_id)
        return AddressRead.model_validate(address) if address else None

    async def create(self, account_id: UUID, new: AddressCreate, key: IdempotencyKey | None) -> AddressRead:
        """Add an address. Raise InvalidInputError, AddressBookFullError, IdempotencyKeyReusedError."""
        given = vars(new)
        fields = normalized(given) | contact_phone(given, region=new.country)
        return await self._core.keys.once(account_id, key, lambda: self._create(account_id, fields))

    async def _create(self, account_id: UUID, fields: dict[str, Any]) -> AddressRead:
        account = await self._core.accounts.lock(account_id)
        count = await self._addresses.count(account)
        if count >= MAX_ADDRESSES:
            raise AddressBookFullError(MAX_ADDRESSES)
        now = self._core.clock.now()
        is_first = count == 0
        flags = {
            flag: is_first if fields[flag] is None else fields[flag] for flag in ("default_billing", "default_shipping")
        }
        if not is_first:
            await self._addresses.clear_defaults(
                account, billing=flags["default_billing"], shipping=flags["default_shipping"], now=now
            )
        address = Address(
            **fields | flags, account_id=account_id, id=new_id(), created_at=now, updated_at=now, version=1
        )
        await self._addresses.add(address)
        self._core.audit.record(account_id, "address.created", address.id)
        return AddressRead.model_validate(address)

    @in_transaction
    async def update(self, account_id: UUID, address_id: UUID, change: AddressUpdate, version: Version) -> AddressRead:
        """Change an address; a flag that is set is taken from the address that had it.

        A change that changes nothing makes no new version.
        Raise AddressNotFoundError, StaleVersionError, InvalidInputError.
        """
        changes = change.model_dump(exclude_unset=True)
        account = await self._core.accounts.lock(account_id)
        address = await self._lock(account_id, address_id)
        version.require(address.version)
        now = self._core.clock.now()
        await self._addresses.clear_defaults(
            account,
            billing=changes.get("default_billing", False) and not address.default_billing,
            shipping=changes.get("default_shipping", False) and not address.default_shipping,
            now=now,
        )
        known = {name: getattr(address, name) for name in AddressCreate.model_fields}
        # An old address stays as it is when only its label or a flag changes.
        fields = normalized(known | changes) if changes.keys() & POSTAL_FIELDS else known | changes
        fields |= contact_phone(changes, known, region=fields["country"])
        if changed := differences(address, fields):
            address = replace(address, **changed, version=address.version + 1, updated_at=now)
            await self._addresses.update(address)
            self._core.audit.record(account_id, "address.updated", address_id, fields=sorted(changed))
        return AddressRead.model_validate(address)

    @in_transaction
    async def remove(self, account_id: UUID, address_id: UUID, version: Version) -> AddressRemoved:
        """Remove an address, and return whether it was a default: no other one takes its place.

        Raise AddressNotFoundError, StaleVersionError.
        """
        address = await self._lock(account_id, address_id)
        version.require(address.version)
        await self._addresses.remove(address)
        self._core.audit.record(account_id, "address.removed", address_id)
        return AddressRemoved(
            id=address_id,
            was_default_billing=address.default_billing,
            was_default_shipping=address.default_shipping,
        )

    async def _lock(self, account_id: UUID, address_id: UUID) -> Address:
        address = await self._addresses.lock(account_id, address_id)
        if address is None:
            raise AddressNotFoundError(address_id)
        return address
