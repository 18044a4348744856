"""The portal's first page: a part of each feature, read from one snapshot."""

from uuid import UUID

from billing_api.addresses.service import AddressBook
from billing_api.balances.service import Balances
from billing_api.core import Core
from billing_api.invoices.service import Invoices
from billing_api.overview.schemas import OverviewRead
from billing_api.payment_methods.service import PaymentMethods
from billing_api.profiles.service import Profiles


class Overview:
    """The parts of the first page, all of the same moment."""

    def __init__(
        self,
        core: Core,
        balances: Balances,
        invoices: Invoices,
        profiles: Profiles,
        addresses: AddressBook,
        payment_methods: PaymentMethods,
    ) -> None:
        self._db = core.db
        self._balances = balances
        self._invoices = invoices
        self._profiles = profiles
        self._addresses = addresses
        self._payment_methods = payment_methods

    async def get(self, account_id: UUID) -> OverviewRead:
        """Return the first page. Raise AccountNotFoundError, ProfileNotFoundError."""
        return await self._db.snapshot(lambda: self._read(account_id))

    async def _read(self, account_id: UUID) -> OverviewRead:
        return OverviewRead(
            balance=await self._balances.get(account_id),
            newest_invoices=await self._invoices.newest(account_id),
            profile=await self._profiles.get(account_id),
            default_shipping_address=await self._addresses.default_shipping(account_id),
            default_payment_method=await self._payment_methods.default(account_id),
        )
