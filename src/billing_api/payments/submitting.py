"""Transaction one: everything that must be known before the gateway is asked for money."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.service import Accounts
from billing_api.audit.service import AuditLog
from billing_api.db.database import Database, in_transaction
from billing_api.db.idempotency import IdempotencyKeys
from billing_api.gateway.port import ChargeOrder
from billing_api.invoices.service import Invoices
from billing_api.kit.clock import Clock
from billing_api.kit.idempotency import IdempotencyKey, IdempotentReplay
from billing_api.payment_methods.service import ChargeableMethod, PaymentMethods
from billing_api.payments.allocating import Allocations
from billing_api.payments.errors import QuoteStaleError
from billing_api.payments.model import GatewayOrder, Payment
from billing_api.payments.quoting import Quote, quote
from billing_api.payments.reading import read_payment
from billing_api.payments.recording import FIRST_CHECK
from billing_api.payments.repository import AllocationRow, PaymentRepository
from billing_api.payments.results import result_of
from billing_api.payments.schemas import PaymentCreate, PaymentRead
from billing_api.payments.states import PaymentState

COUNTER = "payment"


def payment_number(count: int) -> str:
    """The number that people see, from the account's counter."""
    return f"PMT-{count:06d}"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A payment that is written and reserved, and the order that is yet to be sent."""

    order: ChargeOrder
    payment: PaymentRead


class Submitter:
    """Writes the intent to pay, so that whatever happens afterwards can be found out."""

    def __init__(
        self,
        db: Database,
        payments: PaymentRepository,
        accounts: Accounts,
        methods: PaymentMethods,
        invoices: Invoices,
        allocations: Allocations,
        keys: IdempotencyKeys,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self.db = db
        self._payments = payments
        self._accounts = accounts
        self._methods = methods
        self._invoices = invoices
        self._allocations = allocations
        self._keys = keys
        self._audit = audit
        self._clock = clock

    @in_transaction
    async def submit(self, account_id: UUID, payment_id: UUID, wanted: PaymentCreate, key: IdempotencyKey) -> Attempt:
        """Claim the key, check, write and reserve.

        Raises IdempotentReplay, RequestInFlightError, IdempotencyKeyReusedError, PaymentMethodNotFoundError,
        PaymentMethodRemovedError, PaymentMethodNotVerifiedError, CurrencyNotPayableError, QuoteStaleError,
        BooksClosedError, and what `quote` raises.
        """
        known = await self._keys.claim(account_id, key, payment_id)
        if known is not None:
            raise IdempotentReplay(result_of(await self._read_in(account_id, known)))
        account = await self._accounts.lock(account_id)
        method = await self._methods.get_chargeable(account, wanted.payment_method_id, wanted.currency)
        invoices = await self._invoices.lock_payable_in(account_id, [item.invoice_id for item in wanted.invoices])
        figures = quote(wanted.currency, wanted.invoices, invoices, self._methods.kinds_for(wanted.currency))
        if wanted.quote_version not in {None, figures.version}:
            raise QuoteStaleError(figures.as_facts())
        return await self._write_in(account_id, payment_id, method, figures)

    async def _read_in(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        payment = await self._payments.find_row(account_id, payment_id)
        assert payment is not None  # its key was written with it
        return read_payment(payment, await self._payments.list_allocation_rows(account_id, payment_id))

    async def _write_in(self, account_id: UUID, payment_id: UUID, method: ChargeableMethod, figures: Quote) -> Attempt:
        now = self._clock.now()
        order_id = str(payment_id)
        payment = Payment(
            account_id=account_id,
            id=payment_id,
            number=payment_number(await self._accounts.next_number_in(account_id, COUNTER)),
            kind=method.kind,
            state=PaymentState.SUBMITTING,
            currency=figures.currency,
            amount=figures.amount,
            unapplied=0,
            received_on=self._clock.today(),
            payment_method_id=method.id,
            method_brand=method.brand,
            method_last4=method.last4,
            method_token=method.token,
            order_id=order_id,
            next_check_at=now + FIRST_CHECK,
            created_at=now,
            updated_at=now,
            version=1,
        )
        allocations = [AllocationRow(line.invoice_id, line.number, line.amount) for line in figures.invoices]
        await self._payments.add(
            payment, allocations, GatewayOrder(order_id=order_id, account_id=account_id, payment_id=payment_id)
        )
        await self._allocations.reserve_in(payment, allocations)
        await self._audit.record_in(
            account_id,
            "payment.submitted",
            payment_id,
            number=payment.number,
            currency=figures.currency,
            amount=figures.amount,
            payment_method_id=str(method.id),
        )
        order = ChargeOrder(
            order_id=order_id,
            request_key=f"payment-{payment_id}",
            method_kind=method.kind,
            token=method.token,
            amount=figures.amount,
            currency=figures.currency,
            written_at=now,
        )
        return Attempt(order, read_payment(payment, allocations))
