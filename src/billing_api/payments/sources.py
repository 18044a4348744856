"""What a request to pay has beside the stored method that it may name: a nonce, 3-D Secure, device data."""

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
from billing_api.payment_methods.mandates import accepted
from billing_api.payment_methods.one_time import OneTimeMethod, OneTimeMethods
from billing_api.payment_methods.service import ChargeableMethod
from billing_api.payments.method_schemas import CardByNonce, OneTimePaymentMethod
from billing_api.payments.schemas import PaymentCreate

_AT = "/payment_method"
AnyMethod = ChargeableMethod | OneTimeMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceSource:
    """A nonce in place of a stored method; the gateway knows its `details`."""

    nonce: NonceToCharge
    kind: MethodKind
    details: NonceDetails
    store: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A request's payment method as the gateway knows it, before transaction one.

    `refusal` is why it can't pay: it is raised once the request is known to be no repeat, whose nonce is used.
    """

    by_nonce: NonceSource | None = None
    three_d_secure: ThreeDSecure | None = None
    device_data: str | None = field(default=None, repr=False)
    refusal: AppError | None = None


NOTHING_BESIDE = Source()


class Sources:
    """Looks a request's nonces up, and says whether the card may be charged."""

    def __init__(
        self, gateway: Gateway, addresses: AddressBook, rules: CardRules, one_time: OneTimeMethods, clock: Clock
    ) -> None:
        self._gateway = gateway
        self._addresses = addresses
        self._rules = rules
        self._one_time = one_time
        self._clock = clock

    async def look_up(self, account_id: UUID, wanted: PaymentCreate) -> Source:
        """Return what the request pays with; no transaction is open. A refusal is a part of it."""
        try:
            if wanted.payment_method is not None:
                source = await self._by_nonce(account_id, wanted.payment_method)
            else:
                source = await self._by_method(wanted)
        except AppError as refusal:
            return Source(refusal=refusal)
        return replace(source, device_data=wanted.device_data)

    async def get_one_time(self, account: LockedAccount, source: NonceSource, currency: str) -> OneTimeMethod:
        """Return the method of a nonce, with a row of its own when it is to be stored.

        Raise CurrencyNotPayableError, TooManyDeclinesError.
        """
        return await self._one_time.get_chargeable(account, source.kind, source.details, currency, store=source.store)

    def require_allowed(self, source: Source, method: AnyMethod) -> None:
        """Require what the vendor wants of a card.

        Raise InvalidInputError, ThreeDSecureRequiredError, ThreeDSecureFailedError.
        """
        if method.kind is MethodKind.CARD:
            self._rules.device_data(source.device_data)
            self._rules.check(source.three_d_secure)

    def complete(self, order: ChargeOrder, source: Source, method: AnyMethod) -> ChargeOrder:
        """Return a payment's order with what the request has beside a stored method."""
        if isinstance(method, OneTimeMethod):
            assert source.by_nonce is not None  # the method is of it
            nonce = replace(source.by_nonce.nonce, customer_id=method.customer_id)
            order = replace(order, token=None, nonce=nonce, stored_as=method.token)
        if method.kind is not MethodKind.CARD:
            return order
        is_stored = isinstance(method, ChargeableMethod) and source.three_d_secure is not None
        return replace(
            order,
            device_data=self._rules.device_data(source.device_data),
            authentication_id=source.three_d_secure.authentication_id if is_stored and source.three_d_secure else None,
            requires_liability_shift=self._rules.requires_liability_shift,
        )

    async def _by_method(self, wanted: PaymentCreate) -> Source:
        if wanted.three_d_secure_nonce is None or not self._rules.wants_three_d_secure:
            return Source()
        found = await call_gateway(self._gateway.find_nonce(wanted.three_d_secure_nonce))
        if found is None:
            raise _unknown("/three_d_secure_nonce")
        return Source(three_d_secure=found.three_d_secure)

    async def _by_nonce(self, account_id: UUID, wanted: OneTimePaymentMethod) -> Source:
        found = await call_gateway(self._gateway.find_nonce(wanted.nonce))
        if found is None:
            raise _unknown(f"{_AT}/nonce")
        if isinstance(wanted, CardByNonce):
            if found.kind is not MethodKind.CARD:
                raise InvalidInputError(FieldError(f"{_AT}/nonce", "not_a_card", "The nonce is not a card's."))
            address = await self._address(account_id, wanted)
            nonce = NonceToCharge(nonce=wanted.nonce, billing_address=address)
            by_nonce = NonceSource(nonce=nonce, kind=MethodKind.CARD, details=found, store=wanted.store)
            return Source(by_nonce=by_nonce, three_d_secure=found.three_d_secure)
        if found.kind is not MethodKind.US_BANK_ACCOUNT:
            raise InvalidInputError(
                FieldError(f"{_AT}/nonce", "not_a_bank_account", "The nonce is not a US bank account's.")
            )
        mandate = accepted(wanted.mandate, self._clock.now(), pointer=f"{_AT}/mandate")
        nonce = NonceToCharge(nonce=wanted.nonce, mandate_text=mandate.text, mandate_accepted_at=mandate.accepted_at)
        return Source(by_nonce=NonceSource(nonce=nonce, kind=MethodKind.US_BANK_ACCOUNT, details=found, store=False))

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
