"""Paying: the gateway stands between two transactions, never inside one (docs/decisions/0008)."""

from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog

from billing_api.db.retries import PATIENCE, patiently
from billing_api.gateway.port import ChargeOrder, Gateway, GatewayError
from billing_api.gateway.steps import Done, attempt
from billing_api.invoices.service import Invoices
from billing_api.kit.clock import Clock
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.payment_methods.errors import TooManyDeclinesError
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.choosing import named_ids
from billing_api.payments.crediting import chosen_ids
from billing_api.payments.errors import PaymentDeclinedError, PaymentNotFoundError
from billing_api.payments.quote_schemas import MOST_INVOICES, PaymentQuoteCreate, PaymentQuoteRead
from billing_api.payments.quoting import quote
from billing_api.payments.reading import read_payment, read_summary
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.recording import Recorder
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.results import refusal_of
from billing_api.payments.schemas import PaymentCreate, PaymentQuery, PaymentRead, PaymentSummaryRead
from billing_api.payments.states import Outcome, PaymentState, outcome_of, outcome_of_error
from billing_api.payments.submitting import Submitter

log = structlog.get_logger(__name__)


class Payments:
    """The payments of one account: listed, quoted and made."""

    def __init__(
        self,
        clock: Clock,
        payments: PaymentRepository,
        invoices: Invoices,
        methods: PaymentMethods,
        gateway: Gateway,
        submitter: Submitter,
        recorder: Recorder,
        checks: PaymentChecks,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        """`patience` is how long a request waits for a database in which an outcome is to be recorded."""
        self._clock = clock
        self._payments = payments
        self._invoices = invoices
        self._methods = methods
        self._gateway = gateway
        self._submitter = submitter
        self._recorder = recorder
        self._checks = checks
        self._patience = patience

    async def list(self, account_id: UUID, query: PaymentQuery) -> Page[PaymentSummaryRead]:
        """Return one page, newest first. Raise BadCursorError."""
        return Page[PaymentSummaryRead].of(await self._payments.list_page(account_id, query), read_summary)

    async def get(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        """Return one payment with its allocations. Raise PaymentNotFoundError."""
        payment = await self._payments.find(account_id, payment_id)
        if payment is None:
            raise PaymentNotFoundError(payment_id)
        return read_payment(payment)

    async def quote(self, account_id: UUID, wanted: PaymentQuoteCreate) -> PaymentQuoteRead:
        """Return the cost of paying now, and whether it can be paid online; nothing is kept.

        Raise InvoiceNotFoundError, and the errors of `quoting.quote`.
        """
        named = named_ids(wanted.pay)
        invoices = (
            await self._invoices.list_payable(account_id, wanted.currency, MOST_INVOICES + 1)
            if named is None
            else await self._invoices.get_payable(account_id, named)
        )
        credits_left = await self._payments.list_credits(account_id, wanted.currency, chosen_ids(wanted.credits))
        figures = quote(wanted, invoices, credits_left, self._methods.kinds_for(wanted.currency), self._clock.today())
        return PaymentQuoteRead.model_validate(figures.as_dict())

    async def pay(self, account_id: UUID, wanted: PaymentCreate, key: IdempotencyKey) -> PaymentRead:
        """Pay invoices, and charge a stored method for the rest, once however often the request is repeated.

        A payment that is `processing` or whose outcome is open is a result too. Raise PaymentDeclinedError,
        PaymentNotSentError, IdempotentReplay; PaymentReturnedError and PaymentCancelledError when that was faster than
        this request; and, before anything is written, the errors of `Submitter.submit`.
        """
        with suppress(GatewayError):  # the merchant accounts' currencies are then compared before the charge is sent
            await self._gateway.check_accounts()
        payment_id = new_id()  # made here, so that a repeated transaction writes the same payment and order id
        try:
            submitted = await self._submitter.submit(account_id, payment_id, wanted, key)
        except TooManyDeclinesError as too_many:
            await self._methods.record_refusal(account_id, too_many)
            raise
        if submitted.order is None:
            return submitted.payment
        outcome = await self._charge(submitted.order)
        try:
            # Recording is idempotent, so that a commit whose response was lost does no harm.
            payment = await patiently(
                lambda: self._recorder.record(account_id, submitted.payment.id, outcome), patience=self._patience
            )
        except Exception:  # money may have been taken: no error may hide that, and a reconciler finds it
            log.exception("payment_outcome_not_recorded", payment_id=str(submitted.payment.id), outcome=outcome.state)
            return submitted.payment
        if outcome.holds_money and payment.status is PaymentState.CANCELLING:
            await self._checks.resolve_late_charge(account_id, payment.id)
        if (refusal := refusal_of(payment, key_is_free=outcome.frees_key)) is not None:
            if isinstance(refusal, PaymentDeclinedError):
                await self._methods.count_decline(account_id)
            raise refusal
        return payment

    async def _charge(self, order: ChargeOrder) -> Outcome:
        done = await attempt(self._gateway.charge(order))
        return outcome_of(done.value) if isinstance(done, Done) else outcome_of_error(done.error)
