"""What the portal needs of a payment gateway, in the portal's words.

GatewayError
├── GatewayDeclinedError         the gateway understood and said no: nothing was stored, voided or refunded
├── GatewayInvalidError          the request broke a rule of the gateway: nothing was done
├── GatewayUnavailableError      nothing was sent, or the gateway refused to listen: nothing was done
└── GatewayOutcomeUnknownError   the request was sent and its answer is lost: it may or may not have been done
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class MethodKind(StrEnum):
    """What a customer pays with."""

    CARD = "card"
    US_BANK_ACCOUNT = "us_bank_account"


class ChargeStatus(StrEnum):
    """How a charge stands at the gateway."""

    SUCCEEDED = "succeeded"  # authorised and submitted for settlement, or further
    PROCESSING = "processing"  # a bank transfer under way: the money is not certain yet
    DECLINED = "declined"
    RETURNED = "returned"  # the settlement was refused after the charge had been accepted
    CANCELLED = "cancelled"  # voided before settlement


@dataclass(frozen=True, slots=True)
class CardChecks:
    """What the bank said of CVV and address, as its one-letter codes: M matches, N does not, U and others unknown."""

    cvv: str | None
    avs_street: str | None
    avs_postal_code: str | None


@dataclass(frozen=True, slots=True)
class Decline:
    """Why the bank or the gateway said no; `soft` means that the same request may succeed later."""

    code: str
    text: str
    soft: bool


@dataclass(frozen=True, slots=True)
class FieldRefusal:
    """One rule that a request broke: the gateway's own field name, numeric code and words."""

    field: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CardToVault:
    """A card to store under a token of ours; the nonce stands for what the customer typed."""

    customer_id: str
    token: str
    nonce: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccountToVault:
    """A US bank account to store under a token of ours, with the mandate that its owner accepted."""

    customer_id: str
    token: str
    nonce: str
    mandate_text: str
    mandate_accepted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultedCard:
    """A stored card: what may be shown of it."""

    brand: str
    last4: str
    expiration_month: int
    expiration_year: int
    cardholder_name: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultedBankAccount:
    """A stored bank account; it can't be charged before it is verified."""

    bank_name: str | None
    last4: str
    account_type: str | None
    account_holder_name: str | None
    verified: bool


VaultedMethod = VaultedCard | VaultedBankAccount


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOrder:
    """A charge of a stored method; `order_id` is ours and unique, so that a lost answer can be looked up.

    `amount` is in the currency's minor unit.
    """

    order_id: str
    request_key: str
    method_kind: MethodKind
    token: str
    amount: int
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A transaction at the gateway, as it stands."""

    transaction_id: str
    status: ChargeStatus
    decline: Decline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Money to give back of a settled charge; `amount` is in the currency's minor unit."""

    transaction_id: str
    order_id: str
    request_key: str
    amount: int
    currency: str


class GatewayError(Exception):
    """A call to the gateway did not do what it was for."""


class GatewayDeclinedError(GatewayError):
    """The bank or the gateway said no."""

    def __init__(self, decline: Decline, checks: CardChecks | None = None) -> None:
        super().__init__(f"declined: {decline.code} {decline.text}")
        self.decline = decline
        self.checks = checks


class GatewayInvalidError(GatewayError):
    """The request broke the gateway's rules."""

    def __init__(self, refusals: tuple[FieldRefusal, ...]) -> None:
        super().__init__("refused: " + ", ".join(f"{refusal.field} {refusal.code}" for refusal in refusals))
        self.refusals = refusals


class GatewayUnavailableError(GatewayError):
    """The gateway can't be used now; nothing was done."""


class GatewayOutcomeUnknownError(GatewayError):
    """The request was sent and its answer is lost: what was asked for may have been done."""


class Gateway(Protocol):
    """The gateway; every call raises GatewayError's kinds, and must be made while no transaction is open."""

    def can_charge(self, kind: MethodKind, currency: str) -> bool:
        """Whether money of this currency can be taken from this kind of method; asks nobody."""
        ...

    async def ensure_customer(self, customer_id: str) -> None:
        """Make the customer unless it exists."""
        ...

    async def client_token(self) -> str:
        """A token with which a browser turns a card or bank account into a nonce."""
        ...

    async def vault_card(self, card: CardToVault) -> VaultedCard:
        """Verify and store a card. Raises GatewayDeclinedError when the bank does not confirm it."""
        ...

    async def vault_bank_account(self, account: BankAccountToVault) -> VaultedBankAccount:
        """Store a bank account and begin its verification. Raises GatewayDeclinedError when it fails at once."""
        ...

    async def find_method(self, token: str, kind: MethodKind) -> VaultedMethod | None:
        """The stored method, or None when there is none.

        Raises what storing it would have: GatewayInvalidError for one of another kind, GatewayDeclinedError for a bank
        account whose verification failed.
        """
        ...

    async def delete_method(self, token: str) -> None:
        """Remove a stored method; that it is gone already is no error."""
        ...

    async def charge(self, order: ChargeOrder) -> Charge:
        """Charge a stored method and submit the charge for settlement; a decline is a Charge too."""
        ...

    async def find_charges(self, order_id: str) -> tuple[Charge, ...]:
        """Every charge made under this order id; new ones may take a while to be found."""
        ...

    async def void(self, transaction_id: str, *, request_key: str) -> Charge:
        """Cancel a charge before it settles. Raises GatewayInvalidError when it is too late."""
        ...

    async def refund(self, order: RefundOrder) -> Charge:
        """Give money of a settled charge back."""
        ...
