"""Paying: the gateway stands between two transactions, never inside one (docs/decisions/0008)."""

from uuid import UUID

from billing_api.invoices.service import Invoices
from billing_api.kit.clock import Clock
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.kit.ids import new_id
from billing_api.kit.pagination import Page
from billing_api.payment_methods.errors import TooManyDeclinesError
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.charging import Charging
from billing_api.payments.choosing import named_ids
from billing_api.payments.crediting import chosen_ids
from billing_api.payments.quote_schemas import MOST_INVOICES, PaymentQuoteCreate, PaymentQuoteRead
from billing_api.payments.quoting import quote
from billing_api.payments.reading import read_summary
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.request_details import RequestDetailsReader
from billing_api.payments.schedules import Schedules
from billing_api.payments.scheduling import ScheduledPayments
from billing_api.payments.schemas import PaymentCreate, PaymentQuery, PaymentRead, PaymentSummaryRead
from billing_api.payments.submitting import Submitter


class Payments:
    """The payments of one account: listed, quoted and made."""

    def __init__(
        self,
        clock: Clock,
        payments: PaymentRepository,
        invoices: Invoices,
        methods: PaymentMethods,
        submitter: Submitter,
        charging: Charging,
        schedules: Schedules,
        scheduled: ScheduledPayments,
        request_details: RequestDetailsReader,
    ) -> None:
        self._clock = clock
        self._payments = payments
        self._invoices = invoices
        self._methods = methods
        self._submitter = submitter
        self._charging = charging
        self._schedules = schedules
        self._scheduled = scheduled
        self._request_details = request_details

    async def list(self, account_id: UUID, query: PaymentQuery) -> Page[PaymentSummaryRead]:
        """Return one page, newest first. Raise BadCursorError."""
        return Page[PaymentSummaryRead].of(await self._payments.list_page(account_id, query), read_summary)

    async def get(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        """Return one payment with its allocations. Raise PaymentNotFoundError."""
        return await self._schedules.read(await self._payments.get(account_id, payment_id))

    async def quote(self, account_id: UUID, wanted: PaymentQuoteCreate) -> PaymentQuoteRead:
        """Return the cost of paying now, and whether it can be paid online; nothing is kept.

        Raise InvalidInputError, InvoiceNotFoundError, and the errors of `quoting.quote`.
        """
        if wanted.scheduled_on is not None:
            self._schedules.require_day(wanted.scheduled_on)
        named = named_ids(wanted.pay)
        invoices = (
            await self._invoices.list_payable(account_id, wanted.currency, MOST_INVOICES + 1)
            if named is None
            else await self._invoices.get_payable(account_id, named)
        )
        credits_left = await self._payments.list_credits(account_id, wanted.currency, chosen_ids(wanted.credits))
        day = wanted.scheduled_on or self._clock.today()
        figures = quote(wanted, invoices, credits_left, self._methods.kinds_for(wanted.currency), day)
        return PaymentQuoteRead.model_validate(figures.as_dict())

    async def pay(self, account_id: UUID, wanted: PaymentCreate, key: IdempotencyKey) -> PaymentRead:
        """Pay invoices, and charge a method for the rest, once however often the request is repeated.

        A payment that is `processing` or whose outcome is open is a result too. Raise PaymentDeclinedError,
        PaymentNotSentError, IdempotentReplay; PaymentReturnedError and PaymentCancelledError when that happened before
        this request had its response; and, before anything is written, the errors of `Submitter.submit`.
        One with a day of its own is scheduled. Raise the errors of `ScheduledPayments.schedule`.
        """
        if wanted.scheduled_on is not None:
            return await self._scheduled.schedule(account_id, wanted, key)
        await self._charging.prepare()
        details = await self._request_details.look_up(account_id, wanted)
        payment_id = new_id()  # made here, so that a repeated transaction writes the same payment and order id
        try:
            submitted = await self._submitter.submit(account_id, payment_id, wanted, key, details)
        except TooManyDeclinesError as too_many:
            await self._methods.record_refusal(account_id, too_many)
            raise
        return await self._charging.charge(account_id, submitted)
