"""The payment gateway as the portal needs it, in the portal's words.

GatewayError
├── GatewayDeclinedError         the gateway understood the request and declined it: nothing was stored or refunded
├── GatewayInvalidError          the request broke a rule of the gateway: nothing was done
│   └── GatewayTooEarlyError     the charge has not settled yet: the same request may succeed later
├── GatewayUnavailableError      the request was not sent, or not accepted: nothing was done
├── NoticeRefusedError           a webhook or challenge was not signed by the gateway
├── GatewayUnfamiliarError       records that must exist are not found: a missing one proves nothing
└── GatewayOutcomeUnknownError   the request was sent and its response is lost: it may have been carried out
    ├── GatewayMismatchError     the response is about another subject than the request
    └── GatewayNonceUsedError    the nonce was used before: by this very request, or by another

`gateway/steps.py` translates them for services.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol


class MethodKind(StrEnum):
    """The kind of a payment method."""

    CARD = "card"
    US_BANK_ACCOUNT = "us_bank_account"


class ChargeStatus(StrEnum):
    """The state of a charge at the gateway."""

    SUCCEEDED = "succeeded"  # authorised and submitted for settlement, or further
    PROCESSING = "processing"  # a bank transfer under way: the money is not certain yet
    DECLINED = "declined"
    RETURNED = "returned"  # the settlement was refused after the charge had been accepted
    CANCELLED = "cancelled"  # voided before settlement
    UNKNOWN = "unknown"  # such as money that is held and will not be taken: an operator has to look


@dataclass(frozen=True, slots=True)
class CardChecks:
    """The bank's checks of CVV and address, as one-letter codes: M matches, N does not, U and others are unknown."""

    cvv: str | None
    avs_street: str | None
    avs_postal_code: str | None


@dataclass(frozen=True, slots=True)
class Decline:
    """The reason of a decline; `soft` means that the same request may succeed later."""

    code: str
    text: str
    soft: bool


@dataclass(frozen=True, slots=True)
class FieldRefusal:
    """One rule that a request broke: a field of an address by our name, everything else by the gateway's."""

    field: str
    code: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BillingAddress:
    """The address of the card's bills; `country` is ISO 3166-1 alpha-2. Street and postal code are checked."""

    recipient: str | None
    line1: str | None
    line2: str | None
    city: str | None
    region: str | None
    postal_code: str | None
    country: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreeDSecure:
    """The result of a cardholder's authentication by 3-D Secure; `status` is the gateway's word.

    `authentication_id` names the authentication in a charge of the same card.
    """

    status: str
    liability_shifted: bool
    authentication_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceDetails:
    """The card or bank account that a nonce stands for; `kind` is None for another kind of method."""

    kind: MethodKind | None
    brand: str | None
    last4: str | None
    three_d_secure: ThreeDSecure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CardToVault:
    """A card to store under a token of ours; the nonce stands for its number.

    `device_data` is the text that the gateway's script has collected about the customer's device.
    """

    customer_id: str
    token: str
    nonce: str = field(repr=False)
    billing_address: BillingAddress | None = None
    device_data: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BankAccountToVault:
    """A US bank account to store under a token of ours, with the mandate that its owner accepted."""

    customer_id: str
    token: str
    nonce: str
    mandate_text: str
    mandate_accepted_at: datetime


class VerificationStatus(StrEnum):
    """The state of a bank account's verification."""

    PENDING = "pending"
    VERIFIED = "verified"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class BankVerification:
    """The newest verification of a bank account; `wants_amounts` while the customer has to send the amounts."""

    id: str
    status: VerificationStatus
    wants_amounts: bool
    decline: Decline | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultedCard:
    """The details of a stored card that may be shown. `fingerprint` is equal for equal numbers, and hides them.

    `three_d_secure` is the result with which its bank has confirmed the card last.
    """

    brand: str
    last4: str
    expiration_month: int
    expiration_year: int
    cardholder_name: str | None
    billing_address: BillingAddress | None
    fingerprint: str | None
    three_d_secure: ThreeDSecure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VaultedBankAccount:
    """A stored bank account; it can't be charged before it is verified.

    The gateway has no fingerprint for bank accounts: this one is the bank's routing number, which is public, with the
    account's type and last four.
    """

    bank_name: str | None
    last4: str
    account_type: str | None
    account_holder_name: str | None
    fingerprint: str
    verified: bool
    verification: BankVerification | None


@dataclass(frozen=True, slots=True)
class VaultedOther:
    """A stored method that is neither a card nor a bank account, such as a wallet."""


VaultedMethod = VaultedCard | VaultedBankAccount | VaultedOther


class AmountsResult(StrEnum):
    """The gateway's response to the amounts of two micro-deposits."""

    CONFIRMED = "confirmed"  # they are right: the account is verified, or will be when the deposits have settled
    WRONG = "wrong"
    TOO_MANY_TRIES = "too_many_tries"
    NOT_AWAITED = "not_awaited"  # they were confirmed before, or the verification has ended or is of another kind


# The end of a verification after too many wrong amounts.
TOO_MANY_TRIES = Decline("too_many_tries", "Wrong amounts were sent too often", soft=False)


class NoticeSubject(StrEnum):
    """The sort of record that a webhook is about."""

    TRANSACTION = "transaction"
    DISPUTE = "dispute"
    PAYMENT_METHOD = "payment_method"
    PAYOUT = "payout"
    OTHER = "other"  # the portal has no use for it


class DisputeStatus(StrEnum):
    """The state of a dispute at the gateway."""

    OPEN = "open"
    UNDER_REVIEW = "under_review"  # the merchant has replied
    WON = "won"  # by the merchant
    LOST = "lost"
    ACCEPTED = "accepted"
    EXPIRED = "expired"  # without a reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A dispute that a bank has opened about a transaction; amounts in the currency's minor unit.

    `kind` is `chargeback`, `pre_arbitration`, or `retrieval`, which moves no money. `gateway_status` and `reason` are
    the gateway's words. `amount_won` is 0 until it is won.
    """

    id: str
    transaction_id: str
    order_id: str | None  # of the transaction
    kind: str
    status: DisputeStatus
    gateway_status: str
    reason: str
    currency: str
    amount: int
    amount_won: int
    opened_on: date
    reply_by: date | None
    case_number: str | None


# Kinds of notices that no webhook has brought.
MISSED, VOIDED = "missed", "missed_void"


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A webhook: `kind` is the gateway's word, and its subject is to be looked up.

    `subject_id` is the id of the transaction, dispute or payout, or the token of the payment method. A transaction
    comes with its `order_id`. `return_code` is there when a bank took a transfer back, which the transaction itself may
    not say. `facts` are those of a payout.
    """

    kind: str
    subject: NoticeSubject
    subject_id: str | None = None
    order_id: str | None = None
    return_code: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderedSale:
    """A sale as it was ordered: every charge that is found under its id must agree with it.

    `order_id` is ours and unique, so that the sale is found after a lost response. `amount` is in the currency's minor
    unit. `token` is that of the stored method; it is None for a sale by a nonce, and for an order from before tokens
    were kept. `stored_as` is the token under which a sale by a nonce stores its card when it succeeds.
    """

    order_id: str
    token: str | None
    amount: int
    currency: str
    stored_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NonceToCharge:
    """A card or bank account that is charged by its nonce, as a charge of this customer.

    A bank account comes with the mandate that its owner accepted.
    """

    nonce: str = field(repr=False)
    billing_address: BillingAddress | None = None
    customer_id: str | None = None
    mandate_text: str | None = None
    mandate_accepted_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineItem:
    """A line of a purchase; amounts in the currency's minor unit. A credit lowers the sum."""

    name: str
    description: str
    is_credit: bool
    quantity: Decimal
    unit_amount: int
    total_amount: int
    unit_of_measure: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseData:
    """The level 2 and 3 data of a card's charge; amounts in the currency's minor unit.

    With line items, they add up to the charge with the tax and less the discount.
    """

    purchase_order_number: str | None = None
    tax_amount: int | None = None
    discount_amount: int | None = None
    line_items: tuple[LineItem, ...] = ()
    ships_from_postal_code: str | None = None
    ships_to_postal_code: str | None = None
    ships_to_country: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChargeOrder(OrderedSale):
    """A charge of a stored method, or of `nonce` in its place.

    `authentication_id` is that of the 3-D Secure of a stored card; a nonce knows its own. With
    `requires_liability_shift` the gateway rejects a card whose bank does not bear the loss by fraud.

    `written_at` is the time in UTC of the transaction that wrote the order down. Some minutes later it must not be sent
    any more, since a search that finds nothing counts by then.
    """

    request_key: str
    method_kind: MethodKind
    written_at: datetime
    nonce: NonceToCharge | None = None
    device_data: str | None = field(default=None, repr=False)
    authentication_id: str | None = None
    requires_liability_shift: bool = False
    purchase: PurchaseData | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """A transaction at the gateway; one with `differences` from the sale that was ordered is an alarm.

    `card` is the card that it has stored, where it has.
    """

    transaction_id: str
    status: ChargeStatus
    decline: Decline | None
    differences: tuple[str, ...] = ()
    three_d_secure: ThreeDSecure | None = None
    card: VaultedCard | None = None

    @property
    def holds_money(self) -> bool:
        """Whether the customer's money was taken, or will be in some days."""
        return self.status in {ChargeStatus.SUCCEEDED, ChargeStatus.PROCESSING}


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundOrder:
    """Money to give back of a settled charge; `amount` is in the currency's minor unit.

    `order_id` is ours and unique, so that the refund is found after a lost response. `written_at` is as in a
    ChargeOrder; None for a refund that is sent whenever it can be.
    """

    transaction_id: str
    order_id: str
    request_key: str
    amount: int
    currency: str
    written_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayTransaction:
    """A sale or a refund as the gateway has it; amounts are in the currency's minor unit.

    `disputed` is what the card's bank has taken of a sale by disputes that are not won.
    """

    transaction_id: str
    is_refund: bool
    order_id: str | None
    refunded_id: str | None  # of a refund: the sale's
    status: ChargeStatus
    currency: str
    amount: int
    disputed: int
    created_at: datetime

    @property
    def holds_money(self) -> bool:
        """Whether money was moved, or will be in some days."""
        return self.status in {ChargeStatus.SUCCEEDED, ChargeStatus.PROCESSING}


class Movement(StrEnum):
    """The direction of settled money."""

    CHARGE = "charge"  # to the vendor
    REFUND = "refund"  # back to a customer


@dataclass(frozen=True, slots=True, kw_only=True)
class SettledTransaction:
    """A charge or refund that has settled; `batch_id` is that of all whose money goes to the vendor's bank together.

    `amount` is in the currency's minor unit. `sale_id` is the transaction of the sale, a refund's too; None for a
    credit without a sale. `paid_on` is the day of the transfer to the bank, and None before it is known.
    """

    transaction_id: str
    sale_id: str | None
    order_id: str | None
    movement: Movement
    amount: int
    currency: str
    merchant_account: str
    batch_id: str
    settled_on: date
    paid_on: date | None
    has_failed: bool


class GatewayError(Exception):
    """A call to the gateway failed."""


class GatewayDeclinedError(GatewayError):
    """The bank or the gateway declined."""

    def __init__(self, decline: Decline, checks: CardChecks | None = None) -> None:
        super().__init__(f"declined: {decline.code} {decline.text}")
        self.decline = decline
        self.checks = checks


class GatewayInvalidError(GatewayError):
    """The request broke the gateway's rules."""

    def __init__(self, refusals: tuple[FieldRefusal, ...]) -> None:
        super().__init__("refused: " + ", ".join(f"{refusal.field} {refusal.code}" for refusal in refusals))
        self.refusals = refusals


class GatewayTooEarlyError(GatewayInvalidError):
    """The charge has not settled yet, so that nothing of it can be given back: the same request may succeed later."""


class GatewayUnavailableError(GatewayError):
    """The gateway can't be used now; nothing was done."""


class NoticeRefusedError(GatewayError):
    """A webhook or challenge that the gateway can't have sent."""


class GatewayUnfamiliarError(GatewayError):
    """Records that must be at the gateway are not found there: the keys may be another merchant's.

    A record that is not found proves nothing then.
    """

    def __init__(self, reason: str = "nothing that must be at the gateway is found") -> None:
        super().__init__(f"{reason}: do GATEWAY_MERCHANT_ID and its keys belong to this database?")


class GatewayOutcomeUnknownError(GatewayError):
    """The request was sent and its response is lost: it may have been carried out."""


class GatewayMismatchError(GatewayOutcomeUnknownError):
    """The response is about another subject than the request: an operator has to look."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__("the response differs: " + ", ".join(differences))
        self.differences = differences


class GatewayNonceUsedError(GatewayOutcomeUnknownError):
    """The nonce was used before, maybe by an earlier sending of this very request: it is to be looked up."""


class Gateway(Protocol):
    """The gateway; no call may be made while a transaction is open. Each raises GatewayError or one of its kinds."""

    def can_charge(self, kind: MethodKind, currency: str) -> bool:
        """Return whether this kind of method can pay this currency; makes no request."""
        ...

    async def check_accounts(self) -> bool:
        """Compare the merchant accounts' currencies with the settings, and return whether all of them agree.

        One that differs can't charge; it is looked up again a minute later at the earliest.
        """
        ...

    async def has_customer(self, customer_id: str) -> bool:
        """Return whether the gateway has this customer."""
        ...

    async def ensure_customer(self, customer_id: str) -> None:
        """Create the customer unless it exists."""
        ...

    async def client_token(self) -> str:
        """Return a token with which a browser makes a nonce of a card or bank account."""
        ...

    async def find_nonce(self, nonce: str) -> NonceDetails | None:
        """Return the details of a nonce, or None for one that is unknown, used or expired; the nonce stays unused."""
        ...

    async def make_nonce(self, token: str) -> str:
        """Return a nonce of a stored method. Raise GatewayInvalidError for an unknown token."""
        ...

    async def vault_card(self, card: CardToVault) -> VaultedMethod:
        """Verify and store a card. Raise GatewayDeclinedError when the bank does not confirm it; then nothing is kept.

        A nonce of another kind is stored too: the caller removes a method that it has no use for.
        """
        ...

    async def vault_bank_account(self, account: BankAccountToVault) -> VaultedMethod:
        """Store a bank account and begin its verification; one that failed at once is stored too."""
        ...

    async def find_method(self, token: str, customer_id: str | None = None) -> VaultedMethod | None:
        """Return the stored method, or None. Raise GatewayMismatchError when it is another customer's."""
        ...

    async def change_billing_address(self, token: str, address: BillingAddress, *, written_at: datetime) -> None:
        """Replace a card's billing address; a field that is None is emptied. `written_at` is as in a ChargeOrder.

        Raise GatewayInvalidError for an unknown card, GatewayUnavailableError when it is too late to send the address.
        """
        ...

    async def confirm_amounts(self, verification_id: str, amounts: tuple[int, int]) -> AmountsResult:
        """Compare the amounts that the customer has seen, in cents, with the two micro-deposits that were sent."""
        ...

    async def delete_method(self, token: str) -> bool:
        """Remove a stored method, and return whether it was there."""
        ...

    async def charge(self, order: ChargeOrder) -> Charge:
        """Charge a stored method, or one by its nonce, and submit the charge for settlement; a decline is a Charge too.

        Raise GatewayNonceUsedError for a nonce that was used before, GatewayUnavailableError when it is too late to
        send the order.
        """
        ...

    async def find_charges(self, sale: OrderedSale) -> tuple[Charge, ...]:
        """Return every sale made under this order id; new ones may take a while to be found.

        Raise GatewayMismatchError when another one is found.
        """
        ...

    async def list_settled(self, since: datetime) -> tuple[SettledTransaction, ...]:
        """Return the charges and refunds that settled since then, with the batch of each."""
        ...

    async def list_missed_notices(self, since: datetime) -> tuple[Notice, ...]:
        """Return the notices that webhooks must have brought since then: money that was taken back, and disputes.

        A transaction counts when its bank returned it, its settlement was refused or it was voided; a dispute when it
        was opened or changed.
        """
        ...

    async def find_charges_together(self, sales: Sequence[OrderedSale]) -> Mapping[str, tuple[Charge, ...]]:
        """Return what `find_charges` does for each of many sales, by order id; few requests for all.

        Raise GatewayMismatchError when a sale under another order id is found.
        """
        ...

    async def list_transactions(self, since: datetime, until: datetime) -> Sequence[GatewayTransaction]:
        """Return all sales and refunds that were made from `since` to before `until`; few requests."""
        ...

    async def find_dispute(self, dispute_id: str) -> Dispute:
        """Return a dispute as it stands now. Raise GatewayInvalidError when the gateway does not have it."""
        ...

    async def is_given_back(self, transaction_id: str) -> bool:
        """Return whether a charge holds no money any more: it was voided, declined, or refunded in full."""
        ...

    async def find_charge(self, transaction_id: str, sale: OrderedSale | None = None) -> Charge:
        """Return a charge as it stands, and its differences from a sale; unlike a search it finds a new one at once.

        Raise GatewayInvalidError when the gateway does not have it.
        """
        ...

    async def void(self, transaction_id: str, *, request_key: str, written_at: datetime | None = None) -> Charge:
        """Cancel a charge before it settles. Raise GatewayInvalidError when that is refused, or too late.

        `written_at` is as in a RefundOrder.
        """
        ...

    async def refund(self, order: RefundOrder) -> Charge:
        """Give money of a settled charge back; a decline is a Charge too.

        Raise GatewayTooEarlyError when the charge has not settled, GatewayUnavailableError when it is too late to send
        the order.
        """
        ...

    async def find_refunds(self, order: RefundOrder) -> tuple[Charge, ...]:
        """Return every refund made under this order id; new ones may take a while to be found.

        Raise GatewayMismatchError when another one is found.
        """
        ...

    def parse_notice(self, signature: str, payload: str) -> Notice:
        """Return a webhook whose signature is right; makes no request. Raise NoticeRefusedError."""
        ...

    def answer_challenge(self, challenge: str) -> str:
        """Return the proof for the gateway that an address is ours; makes no request. Raise NoticeRefusedError."""
        ...
