"""The customer as papers name it: company, billing address, and the back office's key of the account."""

from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.addresses.lines import postal_lines
from billing_api.addresses.repository import AddressRepository
from billing_api.documents.papers import Recipient
from billing_api.profiles.service import Profiles


class Recipients:
    """Whom papers are sent to."""

    def __init__(self, accounts: Accounts, profiles: Profiles, addresses: AddressRepository) -> None:
        self._accounts = accounts
        self._profiles = profiles
        self._addresses = addresses

    async def get(self, account_id: UUID) -> tuple[Recipient, str]:
        """Return the account as the recipient of a paper, and its locale. Raise ProfileNotFoundError."""
        profile = await self._profiles.get(account_id)
        address = await self._addresses.find_default_billing(account_id)
        recipient = Recipient(
            name=profile.company_name,
            lines=postal_lines(profile.company_name, address),
            country=address.country if address else None,
            account_number=await self._accounts.find_external_id(account_id),
        )
        return recipient, profile.locale
