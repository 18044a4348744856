"""Changing a stored method: whether it is the default, and where a card's bills go."""

from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.addresses.service import AddressBook
from billing_api.db.session import Database, in_transaction
from billing_api.gateway.port import (
    BillingAddress,
    Gateway,
    GatewayError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    MethodKind,
)
from billing_api.kit.clock import Clock
from billing_api.kit.etag import Precondition
from billing_api.payment_methods.billing import chosen_address, input_error
from billing_api.payment_methods.errors import (
    GatewayAnswerLostError,
    GatewayUnreachableError,
    NotACardError,
    PaymentMethodNotFoundError,
    PaymentMethodNotVerifiedError,
    PaymentMethodRemovedError,
)
from billing_api.payment_methods.recording import QUIET_PERIOD, MethodRecorder
from billing_api.payment_methods.repository import PaymentMethodRepository
from billing_api.payment_methods.schemas import PaymentMethodUpdate


class MethodChanges:
    """Changes what may be changed of a method without a new nonce."""

    def __init__(
        self,
        db: Database,
        methods: PaymentMethodRepository,
        accounts: Accounts,
        addresses: AddressBook,
        gateway: Gateway,
        recorder: MethodRecorder,
        clock: Clock,
    ) -> None:
        self.db = db
        self._methods = methods
        self._accounts = accounts
        self._addresses = addresses
        self._gateway = gateway
        self._recorder = recorder
        self._clock = clock

    async def update(
        self, account_id: UUID, method_id: UUID, change: PaymentMethodUpdate, if_match: Precondition
    ) -> None:
        """Make a method the default or take that from it, and change a card's billing address.

        Raises PaymentMethodNotFoundError, PaymentMethodRemovedError, PaymentMethodNotVerifiedError, NotACardError,
        StaleVersionError, AddressNotFoundError, InvalidInputError, GatewayUnreachableError, GatewayAnswerLostError.
        """
        address = await chosen_address(self._addresses, account_id, change)
        token = await self._begin(account_id, method_id, change, if_match, has_address=address is not None)
        if address is not None:
            await self._change_address(account_id, method_id, token, address)

    @in_transaction
    async def _begin(
        self,
        account_id: UUID,
        method_id: UUID,
        change: PaymentMethodUpdate,
        if_match: Precondition,
        *,
        has_address: bool,
    ) -> str:
        """The token of the method, whose flag is changed then; an address is the gateway's to change."""
        await self._accounts.lock_in(account_id)
        method = await self._methods.find_row(account_id, method_id)
        if method is None or not method.is_shown:
            raise PaymentMethodNotFoundError(method_id)
        if_match.require(method.version)
        if method.status == "verification_failed":
            raise PaymentMethodNotVerifiedError(method_id)
        if method.status not in {"pending", "active"}:
            raise PaymentMethodRemovedError(method_id)
        if has_address:
            if method.kind != MethodKind.CARD:
                raise NotACardError(method_id)
            # Should the answer be lost, the check finds what the gateway has.
            method.next_check_at = self._clock.now() + QUIET_PERIOD
        if "default" in change.model_fields_set and change.default != method.is_default:
            await self._recorder.set_default_in(method, default=change.default)
        return method.token

    async def _change_address(self, account_id: UUID, method_id: UUID, token: str, address: BillingAddress) -> None:
        try:
            await self._gateway.change_billing_address(token, address)
            found = await self._gateway.find_method(token)
        except GatewayInvalidError as error:
            raise input_error(error) from error
        except GatewayOutcomeUnknownError as error:
            raise GatewayAnswerLostError("the billing address may be changed or not. Read the method again.") from error
        except GatewayError as error:
            raise GatewayUnreachableError from error
        await self._recorder.record_found(account_id, method_id, token, found)
