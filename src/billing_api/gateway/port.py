"""The payment gateway as the portal needs it, in the portal's words; its values and errors stand beside this."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from billing_api.gateway.charges import Charge, ChargeOrder, GatewayTransaction, OrderedSale, RefundOrder
from billing_api.gateway.methods import (
    AmountsResult,
    BankAccountToVault,
    BillingAddress,
    CardToVault,
    MethodKind,
    NonceDetails,
    VaultedMethod,
)
from billing_api.gateway.notices import Dispute, ListedDispute, Notice, SettledTransaction


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

    async def list_disputes(self, since: datetime, until: datetime) -> Sequence[ListedDispute]:
        """Return all disputes that were opened or changed in a time, by whole days of the gateway."""
        ...

    async def find_dispute(self, dispute_id: str) -> Dispute:
        """Return a dispute as it stands now. Raise GatewayInvalidError when the gateway does not have it."""
        ...

    async def is_given_back(self, transaction_id: str, failed_refunds: Collection[str] = ()) -> bool:
        """Return whether a charge holds no money any more: it was voided, declined, or refunded in full.

        `failed_refunds` are refunds whose money came back, whatever the gateway says of them.
        """
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
