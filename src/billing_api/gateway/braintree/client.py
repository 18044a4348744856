"""The gateway port over Braintree's SDK: each call in a thread (calls.py), by functions that block."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from braintree.braintree_gateway import BraintreeGateway
from braintree.configuration import Configuration
from braintree.environment import Environment
from braintree.exceptions.invalid_challenge_error import InvalidChallengeError

from billing_api.config import Settings
from billing_api.gateway.braintree.accounts import MerchantAccounts
from billing_api.gateway.braintree.calls import Calls
from billing_api.gateway.braintree.charging import BraintreeCharges
from billing_api.gateway.braintree.disputes import find_dispute
from billing_api.gateway.braintree.fence import Fence
from billing_api.gateway.braintree.listing import disputes_of, transactions_of
from billing_api.gateway.braintree.notices import missed_notices, notice_of
from billing_api.gateway.braintree.settlements import settled_transactions
from billing_api.gateway.braintree.together import charges_by_order
from billing_api.gateway.braintree.transport import Transport
from billing_api.gateway.braintree.vault import BraintreeVault
from billing_api.gateway.charges import Charge, ChargeOrder, GatewayTransaction, OrderedSale, RefundOrder
from billing_api.gateway.failures import NoticeRefusedError
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
from billing_api.gateway.timing import WAIT_FOR_THREAD_SECONDS, time_to_send
from billing_api.gateway_settings import GatewayEnvironment
from billing_api.kit.clock import Clock


class BraintreeAdapter:
    """One `BraintreeGateway` and a bounded pool of threads for the process (the SDK is synchronous).

    gateway/port.py says what each method returns and raises.
    """

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        *,
        wait_for_thread_seconds: float = WAIT_FOR_THREAD_SECONDS,
    ) -> None:
        """Require time-outs that leave time to send a charge. Raise ValueError."""
        clock = clock or Clock()
        fence = Fence(clock, time_to_send(settings.gateway_timeout_seconds))
        self._sdk = BraintreeGateway(
            Configuration(
                _environment(settings),
                settings.gateway_merchant_id,
                settings.gateway_public_key,
                settings.gateway_private_key.get_secret_value(),
                timeout=settings.gateway_timeout_seconds,  # type: ignore[arg-type] # requests takes fractions
                wrap_http_exceptions=True,
                http_strategy=Transport,
            )
        )
        self._accounts = MerchantAccounts(settings, self._sdk, clock)
        self._vault = BraintreeVault(
            self._sdk, fence, settings.gateway_ach_merchant_account, settings.gateway_ach_verification
        )
        self._charging = BraintreeCharges(self._sdk, fence, self._accounts, settings.gateway_request_keys)
        self._calls = Calls(threads=settings.gateway_threads, wait_seconds=wait_for_thread_seconds)

    async def close(self) -> None:
        """Wait for the calls under way, then close every connection."""
        await self._calls.close()
        self._sdk.config.http_strategy().close_all()  # type: ignore[no-untyped-call] # the Transport of __init__

    def can_charge(self, kind: MethodKind, currency: str) -> bool:
        """Return whether there is a merchant account for it; ACH moves US dollars only."""
        return self._accounts.can_charge(kind, currency)

    async def check_accounts(self) -> bool:
        """Compare the merchant accounts' currencies with the settings, and return whether all of them agree."""
        if not self._accounts.are_checked:
            await self._calls.run("check_accounts", self._accounts.check, changes=False)
        return self._accounts.are_checked

    async def has_customer(self, customer_id: str) -> bool:
        """Return whether the gateway has this customer."""
        return await self._calls.run("has_customer", lambda: self._vault.has_customer(customer_id), changes=False)

    async def ensure_customer(self, customer_id: str) -> None:
        """Create the customer unless it exists."""
        await self._calls.run("ensure_customer", lambda: self._vault.ensure_customer(customer_id), changes=True)

    async def client_token(self) -> str:
        """Return a token without a customer: a browser can make a nonce with it, and read nothing."""
        return await self._calls.run("client_token", lambda: self._sdk.client_token.generate({}), changes=False)

    async def find_nonce(self, nonce: str) -> NonceDetails | None:
        """Return the details of a nonce, or None for one that is unknown, used or expired."""
        return await self._calls.run("find_nonce", lambda: self._vault.find_nonce(nonce), changes=False)

    async def make_nonce(self, token: str) -> str:
        """Return a nonce of a stored method."""
        return await self._calls.run("make_nonce", lambda: self._vault.make_nonce(token), changes=False)

    async def vault_card(self, card: CardToVault) -> VaultedMethod:
        """Verify and store a card."""
        return await self._calls.run("vault_card", lambda: self._vault.store_card(card), changes=True)

    async def vault_bank_account(self, account: BankAccountToVault) -> VaultedMethod:
        """Store a bank account and begin its verification, by the method of the settings."""
        return await self._calls.run(
            "vault_bank_account", lambda: self._vault.store_bank_account(account), changes=True
        )

    async def find_method(self, token: str, customer_id: str | None = None) -> VaultedMethod | None:
        """Return the stored method, or None."""
        return await self._calls.run("find_method", lambda: self._vault.find_method(token, customer_id), changes=False)

    async def change_billing_address(self, token: str, address: BillingAddress, *, written_at: datetime) -> None:
        """Replace a card's billing address; a field that is None is emptied."""
        await self._calls.run(
            "change_billing_address",
            lambda: self._vault.change_billing_address(token, address, written_at),
            changes=True,
        )

    async def confirm_amounts(self, verification_id: str, amounts: tuple[int, int]) -> AmountsResult:
        """Compare amounts, in cents, with the two micro-deposits that were sent."""
        return await self._calls.run(
            "confirm_amounts", lambda: self._vault.confirm_amounts(verification_id, amounts), changes=True
        )

    async def delete_method(self, token: str) -> bool:
        """Remove a stored method, and return whether it was there."""
        return await self._calls.run("delete_method", lambda: self._vault.delete_method(token), changes=True)

    async def charge(self, order: ChargeOrder) -> Charge:
        """Charge a method and submit the charge for settlement; a decline is a Charge too."""
        return await self._calls.run("charge", lambda: self._charging.charge(order), changes=True)

    async def find_charges(self, sale: OrderedSale) -> tuple[Charge, ...]:
        """Return every sale made under this order id, a rejected duplicate apart; two requests."""
        return await self._calls.run("find_charges", lambda: self._charging.find_charges(sale), changes=False)

    async def list_settled(self, since: datetime) -> tuple[SettledTransaction, ...]:
        """Return the charges and refunds that settled since then; one search."""
        return await self._calls.run(
            "list_settled", lambda: tuple(settled_transactions(self._sdk, since)), changes=False
        )

    async def list_missed_notices(self, since: datetime) -> tuple[Notice, ...]:
        """Return the notices that webhooks must have brought since then; four searches."""
        return await self._calls.run(
            "list_missed_notices", lambda: tuple(missed_notices(self._sdk, since)), changes=False
        )

    async def find_charges_together(self, sales: Sequence[OrderedSale]) -> Mapping[str, tuple[Charge, ...]]:
        """Return what `find_charges` does for each of many sales, by order id; few requests (together.py)."""
        return await self._calls.run("find_charges_together", lambda: charges_by_order(self._sdk, sales), changes=False)

    async def list_transactions(self, since: datetime, until: datetime) -> Sequence[GatewayTransaction]:
        """Return all sales and refunds of a time: a request for all ids, and one for each page of 50."""
        return await self._calls.run(
            "list_transactions", lambda: tuple(transactions_of(self._sdk, since, until)), changes=False
        )

    async def list_disputes(self, since: datetime, until: datetime) -> Sequence[ListedDispute]:
        """Return all disputes that were opened or changed in a time; one search."""
        return await self._calls.run(
            "list_disputes", lambda: tuple(disputes_of(self._sdk, since, until)), changes=False
        )

    async def find_dispute(self, dispute_id: str) -> Dispute:
        """Return a dispute as it stands now."""
        return await self._calls.run("find_dispute", lambda: find_dispute(self._sdk, dispute_id), changes=False)

    async def is_given_back(self, transaction_id: str, failed_refunds: Collection[str] = ()) -> bool:
        """Return whether a charge holds no money any more: it was voided, declined, or refunded in full.

        `failed_refunds` are refunds whose money came back, whatever the gateway says of them.
        """
        return await self._calls.run(
            "is_given_back", lambda: self._charging.is_given_back(transaction_id, failed_refunds), changes=False
        )

    async def find_charge(self, transaction_id: str, sale: OrderedSale | None = None) -> Charge:
        """Return a charge as it stands, and its differences from a sale."""
        return await self._calls.run(
            "find_charge", lambda: self._charging.find_charge(transaction_id, sale), changes=False
        )

    async def void(self, transaction_id: str, *, request_key: str, written_at: datetime | None = None) -> Charge:
        """Cancel a charge before it settles."""
        return await self._calls.run(
            "void", lambda: self._charging.void(transaction_id, request_key, written_at), changes=True
        )

    async def refund(self, order: RefundOrder) -> Charge:
        """Give money of a settled charge back; a decline is a Charge too."""
        return await self._calls.run("refund", lambda: self._charging.refund(order), changes=True)

    async def find_refunds(self, order: RefundOrder) -> tuple[Charge, ...]:
        """Return every refund made under this order id; two requests."""
        return await self._calls.run("find_refunds", lambda: self._charging.find_refunds(order), changes=False)

    def parse_notice(self, signature: str, payload: str) -> Notice:
        """Return a webhook, whose signature is checked before it is parsed.

        A good signature does not mean a good payload: anybody may have a challenge signed, and send that.
        """
        try:
            return notice_of(self._sdk.webhook_notification.parse(signature, payload))
        except Exception as error:  # the SDK has no error of its own for a payload that it can't parse
            raise NoticeRefusedError("not a webhook of this gateway") from error

    def answer_challenge(self, challenge: str) -> str:
        """Return the proof for the gateway that an address is ours."""
        if challenge.endswith("\n"):  # the SDK's pattern lets a line's end through
            raise NoticeRefusedError("not a challenge")
        try:
            return str(self._sdk.webhook_notification.verify(challenge))
        except InvalidChallengeError as error:
            raise NoticeRefusedError("not a challenge") from error


def _environment(settings: Settings) -> Environment:
    if settings.gateway_environment is GatewayEnvironment.LOCAL:
        host, port = settings.gateway_host, str(settings.gateway_port)
        return Environment("local", host, port, "", False, None, host, port)
    return Environment.All[settings.gateway_environment]
