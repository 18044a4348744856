"""Transaction one: check, write and reserve a payment before the gateway is called."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.port import ChargeOrder
from billing_api.invoices.service import Invoices
from billing_api.kit.idempotency import IdempotencyKey, IdempotentReplay
from billing_api.payment_methods.service import ChargeableMethod, PaymentMethods
from billing_api.payments.allocating import Allocations
from billing_api.payments.checking import FIRST_CHECK
from billing_api.payments.choosing import named_ids
from billing_api.payments.errors import QuoteStaleError
from billing_api.payments.model import Allocation, PaymentDetail
from billing_api.payments.quote_schemas import MOST_INVOICES, PaymentQuoteRead
from billing_api.payments.quoting import Quote, quote
from billing_api.payments.reading import read_payment
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.results import result_of
from billing_api.payments.schemas import PaymentCreate, PaymentRead
from billing_api.payments.states import PaymentState

COUNTER = "payment"


def payment_number(count: int) -> str:
    """Return the number that customers see, from the account's counter."""
    return f"PMT-{count:06d}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """A payment that is written and reserved, and the order that is yet to be sent."""

    order: ChargeOrder
    payment: PaymentRead


class Submitter:
    """Writes the intent to pay, so that the outcome can be found out, whatever happens afterwards.

    A change that is called without `await` is written at the transaction's end (`db/appended.py`).
    """

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        methods: PaymentMethods,
        invoices: Invoices,
        allocations: Allocations,
    ) -> None:
        self.db = core.db
        self._core = core
        self._payments = payments
        self._methods = methods
        self._invoices = invoices
        self._allocations = allocations

    @in_transaction
    async def submit(self, account_id: UUID, payment_id: UUID, wanted: PaymentCreate, key: IdempotencyKey) -> Submitted:
        """Claim the key, check, write and reserve.

        Raise IdempotentReplay, RequestInFlightError, IdempotencyKeyReusedError, PaymentMethodNotFoundError,
        PaymentMethodRemovedError, PaymentMethodNotVerifiedError, CurrencyNotPayableError, QuoteStaleError,
        BooksClosedError, and the errors of `quote`.
        """
        earlier_id = await self._core.keys.claim(account_id, key, payment_id)
        if earlier_id is not None:  # the payment of an earlier request, which has no stored result
            raise IdempotentReplay(result_of(await self._read(account_id, earlier_id)))
        account = await self._core.accounts.lock(account_id)
        method = await self._methods.get_chargeable(account, wanted.payment_method_id, wanted.currency)
        named = named_ids(wanted.pay)
        invoices = (
            await self._invoices.lock_payable(account, wanted.currency, MOST_INVOICES + 1)
            if named is None
            else await self._invoices.lock(account, named)
        )
        figures = quote(wanted.currency, wanted.pay, invoices, self._methods.kinds_for(wanted.currency))
        if wanted.quote_version not in {None, figures.version}:
            raise QuoteStaleError(PaymentQuoteRead.model_validate(figures.as_dict()))
        payment = await self._payment(account, payment_id, method, figures)
        self._payments.add(payment)
        await self._allocations.reserve(account, payment, invoices)
        self._core.audit.record(
            account_id,
            "payment.submitted",
            payment_id,
            number=payment.number,
            currency=payment.currency,
            amount=payment.amount,
            payment_method_id=str(method.id),
        )
        return Submitted(_charge_order(payment, method), read_payment(payment))

    async def _read(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        payment = await self._payments.find(account_id, payment_id)
        assert payment is not None  # its key was written with it
        return read_payment(payment)

    async def _payment(
        self, account: LockedAccount, payment_id: UUID, method: ChargeableMethod, figures: Quote
    ) -> PaymentDetail:
        now = self._core.clock.now()
        return PaymentDetail(
            account_id=account.id,
            id=payment_id,
            number=payment_number(await self._core.accounts.next_number(account, COUNTER)),
            external_id=None,
            kind=method.kind,
            state=PaymentState.SUBMITTING,
            currency=figures.currency,
            amount=figures.amount,
            unapplied=0,
            received_on=self._core.clock.today(),
            payment_method_id=method.id,
            method_brand=method.brand,
            method_last4=method.last4,
            method_token=method.token,
            reference=None,
            order_id=str(payment_id),
            gateway_transaction_id=None,
            decline_code=None,
            decline_text=None,
            decline_is_soft=None,
            next_check_at=now + FIRST_CHECK,
            absent_since=None,
            created_at=now,
            updated_at=now,
            version=1,
            allocations=tuple(Allocation(line.invoice_id, line.number, line.amount) for line in figures.invoices),
        )


def _charge_order(payment: PaymentDetail, method: ChargeableMethod) -> ChargeOrder:
    return ChargeOrder(
        order_id=str(payment.id),
        request_key=f"payment-{payment.id}",
        method_kind=method.kind,
        token=method.token,
        amount=payment.amount,
        currency=payment.currency,
        written_at=payment.created_at,
    )
