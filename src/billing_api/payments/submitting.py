"""Transaction one: check, write and reserve a payment before the gateway is called."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.gateway.charges import ChargeOrder
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.service import Invoices
from billing_api.kit.idempotency import IdempotencyKey, IdempotentReplay
from billing_api.kit.metrics import PAYMENT_OUTCOMES
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.allocating import Allocations
from billing_api.payments.drafting import draft
from billing_api.payments.errors import QuoteStaleError
from billing_api.payments.figuring import Figuring
from billing_api.payments.model import PaymentDetail
from billing_api.payments.quote_schemas import PaymentQuoteRead
from billing_api.payments.quoting import Quote
from billing_api.payments.reading import audit_facts, event_payload, read_payment
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.request_details import NO_DETAILS, AnyMethod, RequestDetails, RequestDetailsReader
from billing_api.payments.results import result_of
from billing_api.payments.schemas import PaymentCreate, PaymentRead

COUNTER = "payment"


def payment_number(count: int) -> str:
    """Return the number that customers see, from the account's counter."""
    return f"PMT-{count:06d}"


@dataclass(frozen=True, slots=True)
class Submitted:
    """A payment that is written, and the order that is yet to be sent; None when there was nothing to charge."""

    order: ChargeOrder | None
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
        request_details: RequestDetailsReader,
    ) -> None:
        self.db = core.db
        self._core = core
        self._payments = payments
        self._figuring = Figuring(payments, methods, invoices)
        self._allocations = allocations
        self._request_details = request_details

    @in_transaction
    async def submit(
        self,
        account_id: UUID,
        payment_id: UUID,
        wanted: PaymentCreate,
        key: IdempotencyKey,
        details: RequestDetails = NO_DETAILS,
    ) -> Submitted:
        """Claim the key, check, write and reserve; a payment for which nothing is charged is posted at once.

        `details` has the request's nonce, 3-D Secure and device data.
        Raise IdempotentReplay, RequestInFlightError, IdempotencyKeyReusedError, QuoteStaleError,
        PaymentMethodRequiredError, PaymentMethodNotFoundError, PaymentMethodRemovedError,
        PaymentMethodNotVerifiedError, PaymentMethodBlockedError, CurrencyNotPayableError, BooksClosedError, the refusal
        of `details`, and the errors of `RequestDetailsReader.require_allowed` and `quote`.
        """
        earlier_id = await self._core.keys.claim(account_id, key, payment_id)
        if earlier_id is not None:  # the payment of an earlier request, which has no stored result
            raise IdempotentReplay(result_of(read_payment(await self._payments.get(account_id, earlier_id))))
        account = await self._core.accounts.lock(account_id)
        basis = await self._figuring.lock(account, wanted)
        figures, invoices = basis.quote(wanted, self._core.clock.today()), basis.invoices
        if wanted.quote_version not in {None, figures.version}:
            raise QuoteStaleError(PaymentQuoteRead.model_validate(figures.as_dict()))
        method = await self._method(account, wanted, figures, details)
        payment = draft(
            account,
            payment_id,
            payment_number(await self._core.accounts.next_number(account, COUNTER)),
            figures,
            method,
            now=self._core.clock.now(),
            today=self._core.clock.today(),
        )
        self._allocations.require_open(payment)
        self._payments.add(payment)
        self._core.audit.record(account_id, "payment.submitted", payment_id, **audit_facts(payment))
        if method is None:
            return await self.settle(account, payment, invoices)
        self._record_mandate(payment, details)
        self._allocations.reserve(account, payment, invoices)
        order = self._request_details.complete(charge_order(payment, method), details, method)
        return Submitted(order, read_payment(payment))

    def _record_mandate(self, payment: PaymentDetail, details: RequestDetails) -> None:
        """Keep the permission to debit an account that is not stored: a vendor must show it for two years (Nacha)."""
        if details.by_nonce is None or (accepted_at := details.by_nonce.nonce.mandate_accepted_at) is None:
            return
        self._core.audit.record(
            payment.account_id,
            "payment.mandate_accepted",
            payment.id,
            text=details.by_nonce.nonce.mandate_text,
            accepted_at=accepted_at.isoformat(),
        )

    async def _method(
        self, account: LockedAccount, wanted: PaymentCreate, figures: Quote, details: RequestDetails
    ) -> AnyMethod | None:
        """Return the method that a request charges; None when nothing is to be charged, whatever it names.

        Raise the refusal of `details`, and the errors of `require_method` and `require_allowed`.
        """
        if not figures.amount:
            return None
        if details.refusal is not None:
            raise details.refusal
        method: AnyMethod | None
        if details.by_nonce is not None:
            method = await self._request_details.get_one_time(account, details.by_nonce, figures.currency)
        else:
            method = await self._figuring.require_method(account, wanted.payment_method_id, figures)
        if method is not None:
            self._request_details.require_allowed(details, method)
        return method

    async def settle(self, account: LockedAccount, payment: PaymentDetail, invoices: LockedInvoices) -> Submitted:
        """Post a payment for which nothing is charged, and store its result."""
        await self._allocations.settle(account, payment, invoices)
        self._core.db.after_commit(PAYMENT_OUTCOMES.labels(payment.state).inc)
        self._core.events.record(
            account.id,
            f"payment.{payment.state}",
            payment.id,
            **event_payload(payment, payment.allocations, payment.credits),
        )
        read = read_payment(payment)
        self._core.keys.finish_subject(account.id, payment.id, result_of(read))
        return Submitted(None, read)


def charge_order(payment: PaymentDetail, method: AnyMethod) -> ChargeOrder:
    """Return the order of a payment's sale."""
    return ChargeOrder(
        order_id=str(payment.id),
        request_key=f"payment-{payment.id}",
        method_kind=method.kind,
        token=method.token,
        amount=payment.amount,
        currency=payment.currency,
        written_at=payment.written_at,
        is_merchant_initiated=payment.scheduled_on is not None,
    )
