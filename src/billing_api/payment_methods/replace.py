"""Replacing a card by another one."""

from uuid import UUID

from billing_api.addresses.service import AddressBook
from billing_api.gateway.methods import MethodKind
from billing_api.kit.version import Version
from billing_api.payment_methods.billing import chosen_address
from billing_api.payment_methods.card_rules import CardRules
from billing_api.payment_methods.create_schemas import CardReplacement
from billing_api.payment_methods.declines import Declines
from billing_api.payment_methods.errors import NotACardError, PaymentMethodRemovedError
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.open_requests import StoreOptions
from billing_api.payment_methods.schemas import PaymentMethodRead
from billing_api.payment_methods.states import MethodState
from billing_api.payment_methods.vault import Vault


class ReplaceMethod:
    """Puts a new card in the place of one: the method keeps its id, its default flag and everything that uses it."""

    def __init__(
        self, tools: MethodTools, addresses: AddressBook, vault: Vault, declines: Declines, rules: CardRules
    ) -> None:
        self._tools = tools
        self._addresses = addresses
        self._vault = vault
        self._declines = declines
        self._rules = rules

    async def replace(
        self, account_id: UUID, method_id: UUID, new: CardReplacement, version: Version
    ) -> PaymentMethodRead:
        """Store the new card beside the old one, give it the old one's place, and remove the old one.

        Raise PaymentMethodNotFoundError, PaymentMethodRemovedError, NotACardError, StaleVersionError, and the errors of
        StoreMethod.store.
        """
        async with self._declines.verifying(account_id):
            method = await self._tools.methods.get(account_id, method_id)
            version.require(method.version)
            if method.kind is not MethodKind.CARD:
                raise NotACardError(method_id)
            if method.status is not MethodState.ACTIVE:
                raise PaymentMethodRemovedError(method_id)
            address = await chosen_address(self._addresses, account_id, new)
            device_data = self._rules.require_device_data(new.device_data)
            await self._rules.require_authenticated(new.nonce)
            options = StoreOptions(replaces=method_id, replaces_version=None if version.allows_any else method.version)
            replaced, _ = await self._vault.store_card(account_id, new.nonce, address, options, device_data=device_data)
        return self._tools.reader.read(replaced)
