"""The payment details of a request: a nonce, 3-D Secure, device data."""

from dataclasses import dataclass, field, replace
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.addresses.service import AddressBook
from billing_api.errors import AppError, FieldError, InvalidInputError
from billing_api.gateway.charges import ChargeOrder, NonceToCharge
from billing_api.gateway.methods import BillingAddress, MethodKind, NonceDetails, ThreeDSecure
from billing_api.gateway.port import Gateway
from billing_api.gateway.steps import call_gateway
from billing_api.kit.clock import Clock
from billing_api.payment_methods.billing import chosen_address
from billing_api.payment_methods.card_rules import CardRules
from billing_api.payment_methods.mandates import mandate_of
from billing_api.payment_methods.one_time import OneTimeMethod, OneTimeMethods
from billing_api.payment_methods.service import ChargeableMethod
from billing_api.payments.method_schemas import CardByNonce, OneTimePaymentMethod
from billing_api.payments.schemas import PaymentCreate

_AT = "/payment_method"
AnyMethod = ChargeableMethod | OneTimeMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class ChosenNonce:
    """A nonce in place of a stored method; the gateway knows its `details`."""

    nonce: NonceToCharge
    kind: MethodKind
    details: NonceDetails
    store: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDetails:
    """The payment details of a request as the gateway knows them, before transaction one.

    `refusal` is raised after the idempotency key is claimed: a repeat's nonce is used up already.
    """

    by_nonce: ChosenNonce | None = None
    three_d_secure: ThreeDSecure | None = None
    device_data: str | None = field(default=None, repr=False)
    refusal: AppError | None = None


NO_DETAILS = RequestDetails()


class RequestDetailsReader:
    """Looks a request's nonces up, and says whether the card may be charged."""

    def __init__(
        self, gateway: Gateway, addresses: AddressBook, rules: CardRules, one_time: OneTimeMethods, clock: Clock
    ) -> None:
        self._gateway = gateway
        self._addresses = addresses
        self._rules = rules
        self._one_time = one_time
        self._clock = clock

    async def look_up(self, account_id: UUID, wanted: PaymentCreate) -> RequestDetails:
        """Return the details of a request, a refusal included; no transaction is open."""
        try:
            if wanted.payment_method is not None:
                details = await self._by_nonce(account_id, wanted.payment_method)
            else:
                details = await self._by_method(wanted)
        except AppError as refusal:
            return RequestDetails(refusal=refusal)
        return replace(details, device_data=wanted.device_data)

    async def get_one_time(self, account: LockedAccount, chosen: ChosenNonce, currency: str) -> OneTimeMethod:
        """Return the method of a nonce, with a row of its own when it is to be stored.

        Raise CurrencyNotPayableError, TooManyDeclinesError.
        """
        return await self._one_time.get_chargeable(account, chosen.kind, chosen.details, currency, store=chosen.store)

    def require_allowed(self, details: RequestDetails, method: AnyMethod) -> None:
        """Require the device data and 3-D Secure that the vendor wants of a card.

        Raise InvalidInputError, ThreeDSecureRequiredError, ThreeDSecureFailedError.
        """
        if method.kind is MethodKind.CARD:
            self._rules.require_device_data(details.device_data)
            self._rules.require_three_d_secure(details.three_d_secure)

    def complete(self, order: ChargeOrder, details: RequestDetails, method: AnyMethod) -> ChargeOrder:
        """Return a payment's order with the details of its request."""
        if isinstance(method, OneTimeMethod):
            assert details.by_nonce is not None  # the method is of it
            nonce = replace(details.by_nonce.nonce, customer_id=method.customer_id)
            order = replace(order, token=None, nonce=nonce, stored_as=method.token)
        if method.kind is not MethodKind.CARD:
            return order
        secure = details.three_d_secure
        is_stored = isinstance(method, ChargeableMethod)
        return replace(
            order,
            device_data=self._rules.require_device_data(details.device_data),
            authentication_id=secure.authentication_id if is_stored and secure is not None else None,
            requires_liability_shift=self._rules.requires_liability_shift,
        )

    async def _by_method(self, wanted: PaymentCreate) -> RequestDetails:
        if wanted.three_d_secure_nonce is None or not self._rules.wants_three_d_secure:
            return RequestDetails()
        found = await call_gateway(self._gateway.find_nonce(wanted.three_d_secure_nonce))
        if found is None:
            raise _unknown("/three_d_secure_nonce")
        return RequestDetails(three_d_secure=found.three_d_secure)

    async def _by_nonce(self, account_id: UUID, wanted: OneTimePaymentMethod) -> RequestDetails:
        found = await call_gateway(self._gateway.find_nonce(wanted.nonce))
        if found is None:
            raise _unknown(f"{_AT}/nonce")
        if isinstance(wanted, CardByNonce):
            if found.kind is not MethodKind.CARD:
                raise InvalidInputError(FieldError(f"{_AT}/nonce", "not_a_card", "The nonce is not a card's."))
            address = await self._address(account_id, wanted)
            nonce = NonceToCharge(nonce=wanted.nonce, billing_address=address)
            by_nonce = ChosenNonce(nonce=nonce, kind=MethodKind.CARD, details=found, store=wanted.store)
            return RequestDetails(by_nonce=by_nonce, three_d_secure=found.three_d_secure)
        if found.kind is not MethodKind.US_BANK_ACCOUNT:
            raise InvalidInputError(
                FieldError(f"{_AT}/nonce", "not_a_bank_account", "The nonce is not a US bank account's.")
            )
        mandate = mandate_of(wanted.mandate, self._clock.now(), pointer=f"{_AT}/mandate")
        nonce = NonceToCharge(nonce=wanted.nonce, mandate_text=mandate.text, mandate_accepted_at=mandate.accepted_at)
        return RequestDetails(
            by_nonce=ChosenNonce(nonce=nonce, kind=MethodKind.US_BANK_ACCOUNT, details=found, store=False)
        )

    async def _address(self, account_id: UUID, wanted: CardByNonce) -> BillingAddress | None:
        try:
            return await chosen_address(self._addresses, account_id, wanted)
        except InvalidInputError as error:
            raise InvalidInputError(
                *(replace(item, pointer=f"{_AT}{item.pointer}") for item in error.errors)
            ) from error


def _unknown(pointer: str) -> InvalidInputError:
    return InvalidInputError(
        FieldError(pointer, "unknown_nonce", "The gateway does not know this nonce: it was used, or it has expired.")
    )
