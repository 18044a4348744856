"""All that the application needs to know of the address book."""

from billing_api.addresses.model import addresses
from billing_api.addresses.recipients import Recipients
from billing_api.addresses.repository import AddressRepository
from billing_api.addresses.routes import router
from billing_api.addresses.service import AddressBook
from billing_api.feature import Feature
from billing_api.profiles.service import Profiles

FEATURE = Feature(
    routes=router,
    description="The address book.",
    tables=[addresses],
    parts={
        AddressBook: lambda core, _: AddressBook(core, AddressRepository(core.db)),
        Recipients: lambda core, parts: Recipients(core.accounts, parts[Profiles], AddressRepository(core.db)),
    },
)
