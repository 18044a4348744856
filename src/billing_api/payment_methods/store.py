"""Storing a new card or bank account."""

from uuid import UUID

from billing_api.addresses.service import AddressBook
from billing_api.gateway.methods import MethodKind
from billing_api.payment_methods.billing import chosen_address
from billing_api.payment_methods.card_rules import CardRules
from billing_api.payment_methods.create_schemas import BankAccountCreate, CardCreate
from billing_api.payment_methods.declines import Declines
from billing_api.payment_methods.errors import MethodTypeNotAcceptedError
from billing_api.payment_methods.mandates import mandate_of
from billing_api.payment_methods.method_tools import MethodTools
from billing_api.payment_methods.model import PaymentMethod
from billing_api.payment_methods.open_requests import StoreOptions
from billing_api.payment_methods.schemas import PaymentMethodRead
from billing_api.payment_methods.vault import Vault


class StoreMethod:
    """Stores a method from its nonce."""

    def __init__(
        self, tools: MethodTools, addresses: AddressBook, vault: Vault, declines: Declines, rules: CardRules
    ) -> None:
        self._core = tools.core
        self._tools = tools
        self._addresses = addresses
        self._vault = vault
        self._declines = declines
        self._rules = rules

    async def store(self, account_id: UUID, new: CardCreate | BankAccountCreate) -> tuple[PaymentMethodRead, bool]:
        """Store a card or bank account. Return its method, and whether that is a new one.

        With `use_existing` it may be a method that was stored before. Raise MethodTypeNotAcceptedError,
        InvalidInputError, AddressNotFoundError, TooManyDeclinesError, TooManyRequestsError, PaymentMethodDeclinedError,
        ThreeDSecureRequiredError, ThreeDSecureFailedError, DuplicateMethodError, GatewayUnreachableError,
        GatewayResponseLostError.
        """
        options = StoreOptions(default=new.default, on_duplicate=new.on_duplicate)
        async with self._declines.verifying(account_id):
            method, is_new = await self._store(account_id, new, options)
        return self._tools.reader.read(method), is_new

    async def _store(
        self, account_id: UUID, new: CardCreate | BankAccountCreate, options: StoreOptions
    ) -> tuple[PaymentMethod, bool]:
        if isinstance(new, CardCreate):
            address = await chosen_address(self._addresses, account_id, new)
            device_data = self._rules.require_device_data(new.device_data)
            await self._rules.require_authenticated(new.nonce)
            return await self._vault.store_card(account_id, new.nonce, address, options, device_data=device_data)
        if not self._tools.gateway.can_charge(MethodKind.US_BANK_ACCOUNT, "USD"):
            raise MethodTypeNotAcceptedError(new.type)
        mandate = mandate_of(new.mandate, self._core.clock.now())
        return await self._vault.store_bank_account(account_id, new.nonce, mandate, options)
