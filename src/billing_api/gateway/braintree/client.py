"""The gateway port over Braintree's SDK."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

import structlog
from braintree.braintree_gateway import BraintreeGateway
from braintree.configuration import Configuration
from braintree.environment import Environment
from braintree.exceptions.invalid_challenge_error import InvalidChallengeError
from braintree.exceptions.not_found_error import NotFoundError
from braintree.successful_result import SuccessfulResult
from braintree.transaction import Transaction
from braintree.transaction_search import TransactionSearch

from billing_api.config import GatewayEnvironment, Settings
from billing_api.gateway.braintree.accounts import MerchantAccounts
from billing_api.gateway.braintree.calls import Calls
from billing_api.gateway.braintree.disputes import dispute_of
from billing_api.gateway.braintree.listing import transactions_of
from billing_api.gateway.braintree.notices import missed_notices, notice_of
from billing_api.gateway.braintree.results import (
    amounts_result,
    billing_address_params,
    charge_of,
    charged,
    is_rejected_duplicate,
    method_of,
    nonce_of,
    refund_of,
    refunded,
    refused,
    require_customer,
    require_same,
    vaulted,
    voided,
    whole,
)
from billing_api.gateway.braintree.sales import sale_params
from billing_api.gateway.braintree.settlements import settled_transactions
from billing_api.gateway.braintree.together import charges_by_order
from billing_api.gateway.braintree.transport import Transport, before_sending
from billing_api.gateway.charges import Charge, ChargeOrder, GatewayTransaction, OrderedSale, RefundOrder
from billing_api.gateway.failures import FieldRefusal, GatewayInvalidError, GatewayUnavailableError, NoticeRefusedError
from billing_api.gateway.methods import (
    AmountsResult,
    BankAccountToVault,
    BillingAddress,
    CardToVault,
    MethodKind,
    NonceDetails,
    VaultedMethod,
)
from billing_api.gateway.notices import Dispute, Notice, SettledTransaction
from billing_api.gateway.timing import WAIT_FOR_THREAD_SECONDS, time_to_send
from billing_api.kit.clock import Clock
from billing_api.kit.money import decimal_text

log = structlog.get_logger(__name__)


class BraintreeAdapter:
    """One `BraintreeGateway` and a bounded pool of threads for the process (the SDK is synchronous)."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock | None = None,
        *,
        wait_for_thread_seconds: float = WAIT_FOR_THREAD_SECONDS,
    ) -> None:
        """Require time-outs that leave time to send a charge. Raise ValueError."""
        self._time_to_send = time_to_send(settings.gateway_timeout_seconds)
        self._clock = clock or Clock()
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
        self._accounts = MerchantAccounts(settings, self._sdk, self._clock)
        self._ach_account = settings.gateway_ach_merchant_account
        self._ach_verification = settings.gateway_ach_verification
        self._send_request_keys = settings.gateway_request_keys
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

        def call() -> bool:
            with suppress(NotFoundError):
                return str(self._sdk.customer.find(customer_id).id) == customer_id
            return False

        return await self._calls.run("has_customer", call, changes=False)

    async def ensure_customer(self, customer_id: str) -> None:
        """Create the customer unless it exists."""

        def call() -> None:
            require_customer(self._sdk.customer.create({"id": customer_id}))

        await self._calls.run("ensure_customer", call, changes=True)

    async def client_token(self) -> str:
        """Return a token without a customer: a browser can make a nonce with it, and read nothing."""
        return await self._calls.run("client_token", lambda: self._sdk.client_token.generate({}), changes=False)

    async def find_nonce(self, nonce: str) -> NonceDetails | None:
        """Return the details of a nonce, or None for one that is unknown, used or expired."""

        def call() -> NonceDetails | None:
            with suppress(NotFoundError):
                return nonce_of(self._sdk.payment_method_nonce.find(nonce))
            return None

        return await self._calls.run("find_nonce", call, changes=False)

    async def make_nonce(self, token: str) -> str:
        """Return a nonce of a stored method. Raise GatewayInvalidError for an unknown token."""

        def call() -> str:
            with _known_id():
                result = self._sdk.payment_method_nonce.create(token, {"payment_method_nonce": {}})
            if not isinstance(result, SuccessfulResult):
                raise refused(result)
            return str(result.payment_method_nonce.nonce)

        return await self._calls.run("make_nonce", call, changes=False)

    async def vault_card(self, card: CardToVault) -> VaultedMethod:
        """Verify and store a card. Raise GatewayDeclinedError when the bank does not confirm it."""
        address = card.billing_address
        params = {
            "customer_id": card.customer_id,
            "token": card.token,
            "payment_method_nonce": card.nonce,
            "options": {"verify_card": True},
            **({"billing_address": billing_address_params(address)} if address else {}),
            **({"device_data": card.device_data} if card.device_data else {}),
        }
        return await self._calls.run(
            "vault_card", lambda: vaulted(self._sdk.payment_method.create(params), card), changes=True
        )

    async def vault_bank_account(self, account: BankAccountToVault) -> VaultedMethod:
        """Store a bank account and begin its verification, by the method of the settings."""
        params = {
            "customer_id": account.customer_id,
            "token": account.token,
            "payment_method_nonce": account.nonce,
            "options": {
                "verification_merchant_account_id": self._ach_account,
                "us_bank_account_verification_method": self._ach_verification.value,
            },
            "us_bank_account": {
                "ach_mandate_text": account.mandate_text,
                "ach_mandate_accepted_at": account.mandate_accepted_at,
            },
        }
        return await self._calls.run(
            "vault_bank_account", lambda: vaulted(self._sdk.payment_method.create(params), account), changes=True
        )

    async def find_method(self, token: str, customer_id: str | None = None) -> VaultedMethod | None:
        """Return the stored method, or None. Raise GatewayMismatchError when it is another customer's."""

        def call() -> VaultedMethod | None:
            with suppress(NotFoundError):
                found = self._sdk.payment_method.find(token)
                require_same(token=(found.token, token), customer=(found.customer_id, customer_id or found.customer_id))
                return method_of(found)
            return None

        return await self._calls.run("find_method", call, changes=False)

    async def change_billing_address(self, token: str, address: BillingAddress, *, written_at: datetime) -> None:
        """Replace a card's billing address; a field that is None is emptied."""
        params = {"billing_address": {**billing_address_params(address), "options": {"update_existing": True}}}

        def call() -> None:
            with _known_id(), before_sending(lambda: self._require_in_time(written_at)):
                result = self._sdk.payment_method.update(token, params)
            if not isinstance(result, SuccessfulResult):
                raise refused(result)
            require_same(token=(result.payment_method.token, token))

        await self._calls.run("change_billing_address", call, changes=True)

    async def confirm_amounts(self, verification_id: str, amounts: tuple[int, int]) -> AmountsResult:
        """Compare amounts, in cents, with the two micro-deposits that were sent."""

        def call() -> AmountsResult:
            verifications = self._sdk.us_bank_account_verification
            try:
                result = verifications.confirm_micro_transfer_amounts(verification_id, list(amounts))
            except NotFoundError:  # it went with its account
                return AmountsResult.NOT_AWAITED
            return amounts_result(result, verification_id)

        return await self._calls.run("confirm_amounts", call, changes=True)

    async def delete_method(self, token: str) -> bool:
        """Remove a stored method, and return whether it was there."""

        def call() -> bool:
            with suppress(NotFoundError):
                self._sdk.payment_method.delete(token)
                return True
            return False

        return await self._calls.run("delete_method", call, changes=True)

    async def charge(self, order: ChargeOrder) -> Charge:
        """Charge a method and submit the charge for settlement; a decline is a Charge too."""

        def call() -> Charge:
            params = {
                **sale_params(order),
                "merchant_account_id": self._accounts.require(order.method_kind, order.currency),
                **self._request_key(order.request_key),
            }
            with before_sending(lambda: self._require_in_time(order.written_at)):
                return charged(self._sdk.transaction.sale(params), order)

        return await self._calls.run("charge", call, changes=True)

    async def find_charges(self, sale: OrderedSale) -> tuple[Charge, ...]:
        """Return every sale made under this order id, a rejected duplicate apart; two requests.

        Refunds inherit the order id of their sale, so the search leaves them out. Raise GatewayMismatchError when it
        finds something else: then its result can't be trusted.
        """

        def call() -> tuple[Charge, ...]:
            found = self._sdk.transaction.search(
                TransactionSearch.order_id == sale.order_id, TransactionSearch.type == Transaction.Type.Sale
            )
            items = whole(found)
            for item in items:
                require_same(order_id=(item.order_id, sale.order_id), type=(item.type, Transaction.Type.Sale))
            return tuple(charge_of(item, sale) for item in items if not is_rejected_duplicate(item))

        return await self._calls.run("find_charges", call, changes=False)

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

    async def find_dispute(self, dispute_id: str) -> Dispute:
        """Return a dispute as it stands now. Raise GatewayInvalidError when the gateway does not have it."""

        def call() -> Dispute:
            with _known_id():
                found = self._sdk.dispute.find(dispute_id)
            require_same(dispute=(found.id, dispute_id))
            return dispute_of(found)

        return await self._calls.run("find_dispute", call, changes=False)

    async def is_given_back(self, transaction_id: str) -> bool:
        """Return whether a charge holds no money any more: it was voided, declined, or refunded in full."""

        def call() -> bool:
            with _known_id():
                sale = self._sdk.transaction.find(transaction_id)
                require_same(transaction=(sale.id, transaction_id))
                if not charge_of(sale).holds_money:
                    return True
                refunds = [self._sdk.transaction.find(refund_id) for refund_id in sale.refund_ids]
            return sum(one.amount for one in refunds if charge_of(one).holds_money) >= sale.amount

        return await self._calls.run("is_given_back", call, changes=False)

    async def find_charge(self, transaction_id: str, sale: OrderedSale | None = None) -> Charge:
        """Return a charge as it stands, and its differences from a sale.

        Raise GatewayInvalidError when the gateway does not have it.
        """

        def call() -> Charge:
            with _known_id():
                found = self._sdk.transaction.find(transaction_id)
            require_same(transaction=(found.id, transaction_id))
            return charge_of(found, sale)

        return await self._calls.run("find_charge", call, changes=False)

    async def void(self, transaction_id: str, *, request_key: str, written_at: datetime | None = None) -> Charge:
        """Cancel a charge before it settles. Raise GatewayInvalidError when that is refused, or too late."""

        def call() -> Charge:
            with _known_id(), before_sending(lambda: self._require_in_time(written_at)):
                return voided(
                    self._sdk.transaction.void(transaction_id, self._request_key(request_key) or None), transaction_id
                )

        return await self._calls.run("void", call, changes=True)

    async def refund(self, order: RefundOrder) -> Charge:
        """Give money of a settled charge back; a decline is a Charge too."""

        def call() -> Charge:
            params = {
                "amount": decimal_text(order.amount, order.currency),
                "order_id": order.order_id,
                **self._request_key(order.request_key),
            }
            with _known_id(), before_sending(lambda: self._require_in_time(order.written_at)):
                return refunded(self._sdk.transaction.refund(order.transaction_id, params), order)

        return await self._calls.run("refund", call, changes=True)

    async def find_refunds(self, order: RefundOrder) -> tuple[Charge, ...]:
        """Return every refund made under this order id; two requests."""

        def call() -> tuple[Charge, ...]:
            items = whole(
                self._sdk.transaction.search(
                    TransactionSearch.order_id == order.order_id, TransactionSearch.type == Transaction.Type.Credit
                )
            )
            for item in items:
                require_same(order_id=(item.order_id, order.order_id))
            return tuple(refund_of(item, order) for item in items)

        return await self._calls.run("find_refunds", call, changes=False)

    def parse_notice(self, signature: str, payload: str) -> Notice:
        """Return a webhook, whose signature is checked before it is parsed. Raise NoticeRefusedError.

        A good signature does not mean a good payload: anybody may have a challenge signed, and send that.
        """
        try:
            return notice_of(self._sdk.webhook_notification.parse(signature, payload))
        except Exception as error:  # the SDK has no error of its own for a payload that it can't parse
            raise NoticeRefusedError("not a webhook of this gateway") from error

    def answer_challenge(self, challenge: str) -> str:
        """Return the proof for the gateway that an address is ours. Raise NoticeRefusedError."""
        if challenge.endswith("\n"):  # the SDK's pattern lets a line's end through
            raise NoticeRefusedError("not a challenge")
        try:
            return str(self._sdk.webhook_notification.verify(challenge))
        except InvalidChallengeError as error:
            raise NoticeRefusedError("not a challenge") from error

    def _require_in_time(self, written_at: datetime | None) -> None:
        """Require that no search has decided the outcome yet. Raise GatewayUnavailableError."""
        if written_at is not None and self._clock.now() > written_at + self._time_to_send:
            log.warning("too_late_to_send", written_at=written_at.isoformat())
            raise GatewayUnavailableError("too late to be sent")

    def _request_key(self, key: str) -> dict[str, str]:
        return {"api_request_key": key} if self._send_request_keys else {}


def _environment(settings: Settings) -> Environment:
    if settings.gateway_environment is GatewayEnvironment.LOCAL:
        host, port = settings.gateway_host, str(settings.gateway_port)
        return Environment("local", host, port, "", False, None, host, port)
    return Environment.All[settings.gateway_environment]


@contextmanager
def _known_id() -> Iterator[None]:
    """A change of something that the gateway does not have is refused, not unavailable."""
    try:
        yield
    except NotFoundError as error:
        raise GatewayInvalidError((FieldRefusal("id", "not_found", "The gateway does not know this id."),)) from error
