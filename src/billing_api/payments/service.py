"""Paying: the gateway stands between two transactions, never inside one (docs/decisions/0008)."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog

from billing_api.db.retries import PATIENCE, patiently
from billing_api.errors import UnavailableError
from billing_api.gateway.port import (
    ChargeOrder,
    Gateway,
    GatewayError,
    GatewayInvalidError,
    GatewayUnavailableError,
    GatewayUnfamiliarError,
    OrderedSale,
    RefundOrder,
)
from billing_api.invoices.service import Invoices
from billing_api.kit.batches import FAILED, NOT_BELIEVED, run_batch
from billing_api.kit.clock import Clock
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.payment_methods.errors import TooManyDeclinesError
from billing_api.payment_methods.lookups import Lookups
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.control import SearchControl
from billing_api.payments.errors import PaymentDeclinedError, PaymentNotFoundError
from billing_api.payments.quoting import quote
from billing_api.payments.reading import read_payment, read_summary
from billing_api.payments.recording import Recorder
from billing_api.payments.repository import DuePayment, PaymentRepository, Reversal, SentPayment
from billing_api.payments.results import refusal_of
from billing_api.payments.schemas import (
    PaymentCreate,
    PaymentQuery,
    PaymentQuoteCreate,
    PaymentQuoteRead,
    PaymentRead,
    PaymentSummaryRead,
)
from billing_api.payments.states import Outcome, PaymentState, outcome_of, outcome_of_error, outcome_of_search
from billing_api.payments.submitting import Submitter

log = structlog.get_logger(__name__)


class Payments:
    """The payments of one account: money.md's algorithm, and how a lost answer is found again."""

    def __init__(
        self,
        payments: PaymentRepository,
        invoices: Invoices,
        methods: PaymentMethods,
        lookups: Lookups,
        gateway: Gateway,
        submitter: Submitter,
        recorder: Recorder,
        clock: Clock,
        *,
        patience: timedelta = PATIENCE,
    ) -> None:
        """`patience` is how long a request waits for a database in which an outcome is to be recorded."""
        self._payments = payments
        self._invoices = invoices
        self._methods = methods
        self._lookups = lookups
        self._gateway = gateway
        self._submitter = submitter
        self._recorder = recorder
        self._clock = clock
        self._patience = patience

    async def list(self, account_id: UUID, query: PaymentQuery) -> Page[PaymentSummaryRead]:
        """Return one page, newest first. Raise BadCursorError."""
        return Page[PaymentSummaryRead].of(await self._payments.list_page(account_id, query), read_summary)

    async def get(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        """Raises PaymentNotFoundError."""
        row = await self._payments.find(account_id, payment_id)
        if row is None:
            raise PaymentNotFoundError(payment_id)
        return read_payment(row, await self._payments.list_allocations(account_id, payment_id))

    async def quote(self, account_id: UUID, wanted: PaymentQuoteCreate) -> PaymentQuoteRead:
        """Return the cost of paying now, and whether it can be paid online; nothing is kept.

        Raise InvoiceNotFoundError, OtherCurrencyError, InvoiceNotPayableError, AmountExceedsDueError.
        """
        invoices = await self._invoices.get_payable(account_id, [item.invoice_id for item in wanted.invoices])
        kinds = self._methods.kinds_for(wanted.currency)
        return PaymentQuoteRead.model_validate(quote(wanted.currency, wanted.invoices, invoices, kinds).as_facts())

    async def pay(self, account_id: UUID, wanted: PaymentCreate, key: IdempotencyKey) -> PaymentRead:
        """Charge a stored method for invoices, once however often it is asked for with the same key.

        A payment that is `processing` or whose outcome is open is an answer too. Raises PaymentDeclinedError,
        PaymentNotSentError, IdempotentReplay; PaymentReturnedError and PaymentCancelledError when that was faster than
        this request; and, before anything was written, what `Submitter.submit` raises.
        """
        with suppress(GatewayError):  # then it is asked again before the charge is sent
            await self._gateway.check_accounts()
        try:
            attempt = await self._submitter.submit(account_id, new_id(), wanted, key)
        except TooManyDeclinesError as too_many:
            await self._methods.record_refusal(account_id, too_many)
            raise
        outcome = await self._charge(attempt.order)
        try:
            # Recording is idempotent, so that a commit whose answer was lost does no harm.
            payment = await patiently(
                lambda: self._recorder.record(account_id, attempt.payment.id, outcome), patience=self._patience
            )
        except Exception:  # money may have been taken: no error may hide that, and a reconciler finds it
            log.exception("payment_outcome_not_recorded", payment_id=str(attempt.payment.id), outcome=outcome.state)
            return attempt.payment
        if outcome.holds_money and PaymentState(payment.state) is PaymentState.CANCELLING:
            await self._check_now(account_id, payment.id)
        if (refusal := refusal_of(payment, key_is_free=outcome.frees_key)) is not None:
            if isinstance(refusal, PaymentDeclinedError):
                await self._methods.count_decline(account_id)
            raise refusal
        return payment

    async def resolve(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        """Ask the gateway what became of a payment that is not final, and record it; safe to run twice at once.

        A gateway that can't be reached changes nothing. Raises PaymentNotFoundError.
        """
        try:
            return await self._ask(account_id, payment_id, self._new_control())
        except GatewayError:
            return await self.get(account_id, payment_id)

    async def resolve_due(self, limit: int) -> Counter[str]:
        """Resolve up to `limit` payments of all accounts whose check is due, each on its own, longest overdue first.

        Return how many are `final` now, how many `live` or `still failed`; one that could not be looked up is logged,
        and due again in some minutes. Safe to run twice at once. Raise UnavailableError when the database can't tell
        what is due.
        """
        control = self._new_control()
        due = await self._payments.list_due(self._clock.now(), limit)
        return await run_batch(due, lambda payment: self._try(payment, control))

    async def _check_now(self, account_id: UUID, payment_id: UUID) -> None:
        """Give a late charge back at once, if that can be; otherwise the next pass does."""
        try:
            await self._ask(account_id, payment_id, self._new_control())
        except Exception:  # the answer is known, and the payment is due
            log.exception("late_charge_not_given_back", payment_id=str(payment_id))

    def _new_control(self) -> SearchControl:
        return SearchControl(self._payments, self._lookups, self._gateway, self._clock)

    async def _try(self, due: DuePayment, control: SearchControl) -> str:
        try:
            payment = await self._ask(due.account_id, due.id, control)
        except GatewayUnfamiliarError:
            log.exception("payment_not_resolved", payment_id=str(due.id))
            return NOT_BELIEVED
        except GatewayError as error:
            log.warning("payment_not_resolved", payment_id=str(due.id), error=str(error))
        except Exception:  # whatever it is, the others must not wait for it
            log.exception("payment_not_resolved", payment_id=str(due.id))
        else:
            return _progress_of(PaymentState(payment.state), since=due.state)
        with suppress(UnavailableError):  # the database is away: it stays due as it is
            await self._recorder.postpone(due.account_id, due.id)
        return FAILED

    async def _ask(self, account_id: UUID, payment_id: UUID, control: SearchControl) -> PaymentRead:
        sent = await self._payments.find_sent(account_id, payment_id)
        if sent is None:
            raise PaymentNotFoundError(payment_id)
        reversals = await self._payments.list_reversals(account_id, payment_id)
        are_open = [reversal for reversal in reversals if reversal.is_open]
        troubles = [await self._try_to_give_back(account_id, sent, reversal) for reversal in are_open]
        is_awaited = PaymentState(sent.state).is_live or (sent.next_check_at is not None and not are_open)
        given_back = {reversal.transaction_id for reversal in reversals}
        payment = await self._look_up(account_id, sent, given_back, control) if is_awaited else None
        for trouble in filter(None, troubles):  # the charge of the payment itself has had its turn
            raise trouble
        return payment or await self.get(account_id, payment_id)

    async def _look_up(
        self, account_id: UUID, sent: SentPayment, given_back: set[str], control: SearchControl
    ) -> PaymentRead | None:
        """Record what the gateway has under the payment's order id, apart from the transactions `given_back`."""
        if sent.order_id is None:
            return None
        looked_at = self._clock.now()
        found = await self._gateway.find_charges(
            OrderedSale(order_id=sent.order_id, token=sent.method_token, amount=sent.amount, currency=sent.currency)
        )
        charges = tuple(charge for charge in found if charge.transaction_id not in given_back)
        outcome = outcome_of_search(charges, sent.gateway_transaction_id)
        if outcome is not None:
            return await self._recorder.record(account_id, sent.id, outcome)
        if not found:
            await control.require(account_id)
        return await self._recorder.record_absence(account_id, sent.id, looked_at)

    async def _try_to_give_back(self, account_id: UUID, sent: SentPayment, reversal: Reversal) -> GatewayError | None:
        try:
            await self._give_back(sent, reversal)
        except GatewayError as error:
            return error
        await self._recorder.record_given_back(account_id, sent.id, reversal.id)
        return None

    async def _give_back(self, sent: SentPayment, reversal: Reversal) -> None:
        """Void a late charge, or refund it when it is too late for that. Raise GatewayError when neither can be yet.

        What was done before and not recorded is seen first. Each try has a request key of its own: a key whose first
        request was refused is refused for good.
        """
        if await self._gateway.is_given_back(reversal.transaction_id):
            return
        with suppress(GatewayInvalidError):
            await self._gateway.void(reversal.transaction_id, request_key=str(new_id()))
            return
        refund = RefundOrder(
            transaction_id=reversal.transaction_id,
            order_id=str(reversal.id),
            request_key=str(new_id()),
            amount=sent.amount,
            currency=sent.currency,
        )
        refunded = await self._gateway.refund(refund)
        if not refunded.holds_money:
            raise GatewayUnavailableError(f"the refund is {refunded.status}")

    async def _charge(self, order: ChargeOrder) -> Outcome:
        try:
            return outcome_of(await self._gateway.charge(order))
        except GatewayError as error:
            return outcome_of_error(error)


def _progress_of(state: PaymentState, *, since: str) -> str:
    if state is PaymentState.FAILED and since == state:
        return "still failed"
    return "live" if state.is_live else "final"
