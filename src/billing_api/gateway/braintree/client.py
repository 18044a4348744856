"""The gateway port over Braintree's SDK."""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import structlog
from braintree.braintree_gateway import BraintreeGateway
from braintree.configuration import Configuration
from braintree.environment import Environment
from braintree.exceptions.not_found_error import NotFoundError
from braintree.successful_result import SuccessfulResult
from braintree.transaction_search import TransactionSearch

from billing_api.config import GatewayEnvironment, Settings
from billing_api.db.session import OpenTransactionError, transaction_is_open
from billing_api.gateway.braintree.failures import failure
from billing_api.gateway.braintree.results import (
    charge_of,
    charged,
    is_rejected_duplicate,
    method_of,
    require_customer,
    vaulted_bank_account,
    vaulted_card,
)
from billing_api.gateway.braintree.transport import Transport
from billing_api.gateway.port import (
    BankAccountToVault,
    CardToVault,
    Charge,
    ChargeOrder,
    FieldRefusal,
    GatewayError,
    GatewayInvalidError,
    GatewayUnavailableError,
    MethodKind,
    RefundOrder,
    VaultedBankAccount,
    VaultedCard,
    VaultedMethod,
)
from billing_api.kit.money import decimal_text

T = TypeVar("T")
log = structlog.get_logger(__name__)

# A call that found no free thread for so long is given up before it is sent. With the time-outs of the call itself
# this stays below the lease of an idempotency key: nothing is charged after its key has been let go.
_WAIT_FOR_THREAD_SECONDS = 10.0
_ACH_CURRENCY = "USD"


class BraintreeAdapter:
    """One `BraintreeGateway` and a bounded pool of threads for the process (the SDK is synchronous)."""

    def __init__(self, settings: Settings, *, wait_for_thread_seconds: float = _WAIT_FOR_THREAD_SECONDS) -> None:
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
        self._card_accounts: Mapping[str, str] = settings.gateway_merchant_accounts
        self._ach_account = settings.gateway_ach_merchant_account
        self._send_request_keys = settings.gateway_request_keys
        self._threads = ThreadPoolExecutor(settings.gateway_threads, thread_name_prefix="gateway")
        self._free_threads = asyncio.Semaphore(settings.gateway_threads)
        self._wait_for_thread_seconds = wait_for_thread_seconds

    async def close(self) -> None:
        """Wait for the calls under way, then close every connection."""
        await asyncio.to_thread(self._threads.shutdown)
        self._sdk.config.http_strategy().close_all()  # type: ignore[no-untyped-call] # the Transport of __init__

    def can_charge(self, kind: MethodKind, currency: str) -> bool:
        """Whether there is a merchant account for it; ACH moves US dollars only."""
        return self._merchant_account(kind, currency) is not None

    async def ensure_customer(self, customer_id: str) -> None:
        """Make the customer unless it exists."""

        def call() -> None:
            require_customer(self._sdk.customer.create({"id": customer_id}))

        await self._call("ensure_customer", call, changes=True)

    async def client_token(self) -> str:
        """A token that is bound to no customer: a browser can make a nonce with it, and see nothing."""
        return await self._call("client_token", lambda: self._sdk.client_token.generate({}), changes=False)

    async def vault_card(self, card: CardToVault) -> VaultedCard:
        """Verify and store a card. Raises GatewayDeclinedError when the bank does not confirm it."""

        params = {
            "customer_id": card.customer_id,
            "token": card.token,
            "payment_method_nonce": card.nonce,
            "options": {"verify_card": True},
        }
        return await self._call("vault_card", lambda: self._create_method(params, vaulted_card), changes=True)

    async def vault_bank_account(self, account: BankAccountToVault) -> VaultedBankAccount:
        """Store a bank account and begin its verification. Raises GatewayDeclinedError when it fails at once."""

        params = {
            "customer_id": account.customer_id,
            "token": account.token,
            "payment_method_nonce": account.nonce,
            "options": {
                "verification_merchant_account_id": self._ach_account,
                "us_bank_account_verification_method": "network_check",
            },
            "us_bank_account": {
                "ach_mandate_text": account.mandate_text,
                "ach_mandate_accepted_at": account.mandate_accepted_at,
            },
        }
        return await self._call(
            "vault_bank_account", lambda: self._create_method(params, vaulted_bank_account), changes=True
        )

    async def find_method(self, token: str, kind: MethodKind) -> VaultedMethod | None:
        """The stored method, or None when there is none; one that is of no use is refused as if it were stored now."""

        def call() -> VaultedMethod | None:
            with suppress(NotFoundError):
                return method_of(self._sdk.payment_method.find(token), kind)
            return None

        return await self._call("find_method", call, changes=False)

    async def delete_method(self, token: str) -> None:
        """Remove a stored method; that it is gone already is no error."""

        def call() -> None:
            with suppress(NotFoundError):
                self._sdk.payment_method.delete(token)

        await self._call("delete_method", call, changes=True)

    async def charge(self, order: ChargeOrder) -> Charge:
        """Charge a stored method and submit the charge for settlement; a decline is a Charge too."""

        def call() -> Charge:
            return charged(
                self._sdk.transaction.sale(
                    {
                        "amount": decimal_text(order.amount, order.currency),
                        "payment_method_token": order.token,
                        "order_id": order.order_id,
                        "merchant_account_id": self._merchant_account(order.method_kind, order.currency),
                        "options": {"submit_for_settlement": True},
                        **self._request_key(order.request_key),
                    }
                )
            )

        return await self._call("charge", call, changes=True)

    async def find_charges(self, order_id: str) -> tuple[Charge, ...]:
        """Every charge made under this order id, a rejected duplicate apart; two requests."""

        def call() -> tuple[Charge, ...]:
            found = self._sdk.transaction.search(TransactionSearch.order_id == order_id)
            return tuple(charge_of(item) for item in found.items if not is_rejected_duplicate(item))

        return await self._call("find_charges", call, changes=False)

    async def void(self, transaction_id: str, *, request_key: str) -> Charge:
        """Cancel a charge before it settles. Raises GatewayInvalidError when it is too late."""

        def call() -> Charge:
            with _known_id():
                return charged(self._sdk.transaction.void(transaction_id, self._request_key(request_key) or None))

        return await self._call("void", call, changes=True)

    async def refund(self, order: RefundOrder) -> Charge:
        """Give money of a settled charge back."""

        def call() -> Charge:
            with _known_id():
                return charged(
                    self._sdk.transaction.refund(
                        order.transaction_id,
                        {
                            "amount": decimal_text(order.amount, order.currency),
                            "order_id": order.order_id,
                            **self._request_key(order.request_key),
                        },
                    )
                )

        return await self._call("refund", call, changes=True)

    async def _call(self, operation: str, work: Callable[[], T], *, changes: bool) -> T:
        """Run `work` in a thread of our pool.

        Cancelling the await doesn't cancel the call: its thread is free again only when it has ended.
        """
        if transaction_is_open():
            raise OpenTransactionError(f"the gateway must not be called inside a transaction: {operation}")
        try:
            async with asyncio.timeout(self._wait_for_thread_seconds):
                await self._free_threads.acquire()
        except TimeoutError as error:
            raise GatewayUnavailableError("every thread is busy") from error
        loop = asyncio.get_running_loop()
        running: Future[T] = self._threads.submit(work)
        running.add_done_callback(lambda _: loop.call_soon_threadsafe(self._free_threads.release))
        try:
            return await asyncio.wrap_future(running)
        except GatewayError:
            raise
        except Exception as error:
            log.warning("gateway_trouble", operation=operation, error=type(error).__name__, changes=changes)
            raise failure(error, changes=changes) from error

    def _create_method(self, params: dict[str, Any], read: Callable[[Any], T]) -> T:
        """Store a method; one that was stored and is of no use after all is not left behind."""
        result = self._sdk.payment_method.create(params)
        try:
            return read(result)
        except GatewayError:
            if isinstance(result, SuccessfulResult):
                self._discard(params["token"])
            raise

    def _discard(self, token: str) -> None:
        """Remove what is of no use; that it stays there is no reason to answer anything else."""
        try:
            self._sdk.payment_method.delete(token)
        except NotFoundError:
            return
        except Exception as error:  # noqa: BLE001 - the SDK's own and the network's, whose texts show the token
            log.warning("gateway_method_left_behind", error=type(error).__name__)

    def _merchant_account(self, kind: MethodKind, currency: str) -> str | None:
        if kind is MethodKind.US_BANK_ACCOUNT:
            return self._ach_account if currency == _ACH_CURRENCY and self._ach_account else None
        return self._card_accounts.get(currency)

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
