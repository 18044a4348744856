"""Find out the outcome of payments whose response was lost, and give late charges back."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog

from billing_api.core import Core
from billing_api.gateway.charges import Charge, RefundOrder
from billing_api.gateway.failures import GatewayError, GatewayInvalidError, GatewayUnavailableError
from billing_api.gateway.port import Gateway
from billing_api.gateway.steps import run_checks
from billing_api.kit.batches import NOT_BELIEVED, NOT_TRIED
from billing_api.kit.ids import new_id
from billing_api.payment_methods.lookups import Lookups
from billing_api.payments.control import SearchControl
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.reading import read_payment
from billing_api.payments.recording import Recorder
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.late_charges import LateChargeRepository
from billing_api.payments.repository.orders import OrderRepository
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import PaymentState, outcome_of_search
from billing_api.payments.values import AwaitedPayments, DuePayment, Reversal, SentPayment

log = structlog.get_logger(__name__)

# So many payments are searched for at once: the last of them is recorded some seconds after the search.
_TOGETHER = 250
_FEWEST_TOGETHER = 5  # two requests each are few enough


@dataclass(frozen=True, slots=True)
class _Found:
    """The charges that a search has found for a payment, and when it began."""

    charges: tuple[Charge, ...]
    looked_at: datetime


class PaymentChecks:
    """Looks payments up at the gateway: one now, or all that are due."""

    def __init__(
        self,
        core: Core,
        payments: PaymentRepository,
        orders: OrderRepository,
        late_charges: LateChargeRepository,
        lookups: Lookups,
        gateway: Gateway,
        recorder: Recorder,
    ) -> None:
        self._core = core
        self._payments = payments
        self._orders = orders
        self._late_charges = late_charges
        self._lookups = lookups
        self._gateway = gateway
        self._recorder = recorder

    async def resolve(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        """Look up a payment that is not final, and record its outcome; two may do it at once.

        A gateway that can't be reached changes nothing. Raise PaymentNotFoundError.
        """
        try:
            return await self._check(account_id, payment_id, self._new_control())
        except GatewayError:
            return await self._read(account_id, payment_id)

    async def look_up(self, account_id: UUID, payment_id: UUID, *, gives_back: bool = False) -> PaymentRead:
        """Look up all charges of a payment, also of one that is final, and record them.

        With `gives_back` a late charge whose refund failed is refunded once more.
        Raise PaymentNotFoundError, GatewayError.
        """
        control = self._new_control()
        return await self._check(account_id, payment_id, control, is_wanted=True, gives_back=gives_back)

    async def resolve_late_charge(self, account_id: UUID, payment_id: UUID) -> None:
        """Give a late charge back at once; if that fails, the payment's next check does."""
        try:
            await self._check(account_id, payment_id, self._new_control())
        except Exception:  # the outcome is recorded, and the payment is due
            log.exception("late_charge_not_given_back", payment_id=str(payment_id))

    async def resolve_due(self, limit: int) -> Counter[str]:
        """Resolve up to `limit` payments of all accounts whose check is due, longest overdue first.

        They are searched for together, and recorded each on its own. Return how many are `final` now, how many `live`
        or `still failed`; one that could not be looked up is logged, and due again after the quiet period. Two may do
        it at once. Raise UnavailableError when the due payments can't be read.
        """
        due = await self._orders.list_due(self._core.clock.now(), limit)
        counts = Counter[str]()
        for place in range(0, len(due), _TOGETHER):
            if counts[NOT_TRIED] or counts[NOT_BELIEVED]:
                counts[NOT_TRIED] += len(due) - place
                break
            counts += await self._resolve_together(due[place : place + _TOGETHER])
        return counts

    async def _resolve_together(self, due: Sequence[DuePayment]) -> Counter[str]:
        looked_at = self._core.clock.now()
        found = await self._find_together(due)
        alone, together = self._new_control(), self._new_control(together=True)

        async def check(one: DuePayment) -> str:
            charges = found.get(one.id)
            if charges is None:
                payment = await self._check(one.account_id, one.id, alone)
            else:
                payment = await self._check(one.account_id, one.id, together, found=_Found(charges, looked_at))
            return _progress_of(payment.status, since=one.state)

        return await run_checks(due, check, self._recorder.postpone, event="payment_not_resolved", key="payment_id")

    async def _find_together(self, due: Sequence[DuePayment]) -> Mapping[UUID, tuple[Charge, ...]]:
        """Return the charges of payments by their ids; none when the search fails: then each is looked up alone."""
        if len(due) < _FEWEST_TOGETHER:
            return {}
        sales = {one.id: one.sale for one in await self._orders.list_sent(due)}
        wanted = {payment_id: sale for payment_id, sale in sales.items() if sale is not None}
        try:
            found = await self._gateway.find_charges_together(list(wanted.values()))
        except GatewayError as error:
            log.warning("payments_not_found_together", count=len(wanted), error=str(error))
            return {}
        return {payment_id: found[sale.order_id] for payment_id, sale in wanted.items()}

    async def require_control(self, account_id: UUID) -> None:
        """Find a known sale by the search that has found nothing. Raise GatewayUnfamiliarError, GatewayError."""
        await self._new_control().require(account_id)

    async def count_awaited(self) -> list[AwaitedPayments]:
        """Return the payments of all accounts that are still looked up, by state. Raise UnavailableError."""
        return await self._orders.count_awaited()

    def _new_control(self, *, together: bool = False) -> SearchControl:
        return SearchControl(self._orders, self._lookups, self._gateway, self._core.clock, together=together)

    async def _check(
        self,
        account_id: UUID,
        payment_id: UUID,
        control: SearchControl,
        *,
        is_wanted: bool = False,
        gives_back: bool = False,
        found: _Found | None = None,
    ) -> PaymentRead:
        sent = await self._payments.find_sent(account_id, payment_id)
        if sent is None:
            raise PaymentNotFoundError(payment_id)
        reversals = await self._late_charges.list_reversals(account_id, payment_id)
        are_open = [reversal for reversal in reversals if reversal.is_open]
        came_back = [one for one in reversals if one.has_come_back or (is_wanted and one.may_come_back)]
        failures = [await self._try_to_give_back(sent, reversal) for reversal in are_open]
        failures += [await self._try_again(sent, reversal, gives_back=gives_back) for reversal in came_back]
        is_awaited = sent.state.is_live or (sent.next_check_at is not None and not are_open and not came_back)
        given_back = {reversal.transaction_id for reversal in reversals}
        payment = await self._look_up(sent, given_back, control, found) if is_awaited or is_wanted else None
        for failure in filter(None, failures):  # the payment's own charge has been looked up
            raise failure
        return payment or await self._read(account_id, payment_id)

    async def _read(self, account_id: UUID, payment_id: UUID) -> PaymentRead:
        return read_payment(await self._payments.get(account_id, payment_id))

    async def _look_up(
        self, sent: SentPayment, given_back: set[str], control: SearchControl, found: _Found | None
    ) -> PaymentRead | None:
        """Record the charges under the payment's order id, apart from the transactions `given_back`."""
        if sent.sale is None:
            return None
        if found is None:
            looked_at = self._core.clock.now()
            found = _Found(await self._gateway.find_charges(sent.sale), looked_at)
        charges = tuple(charge for charge in found.charges if charge.transaction_id not in given_back)
        outcome = outcome_of_search(charges, sent.gateway_transaction_id)
        if outcome is not None:
            return await self._recorder.record(sent.account_id, sent.id, outcome)
        if not found.charges:
            await control.require(sent.account_id)
        return await self._recorder.record_absence(sent.account_id, sent.id, found.looked_at)

    async def _try_to_give_back(self, sent: SentPayment, reversal: Reversal) -> GatewayError | None:
        try:
            refused_id = await self._give_back(sent, reversal)
        except GatewayError as error:
            return error
        if refused_id is None:
            await self._recorder.record_given_back(sent.account_id, sent.id, reversal.id)
        else:
            await self._recorder.record_came_back(sent.account_id, sent.id, reversal.id, refused_id)
        return None

    async def _try_again(self, sent: SentPayment, reversal: Reversal, *, gives_back: bool) -> GatewayError | None:
        """Record whether a charge that was given back has money again; refund it once more if an operator wants so."""
        try:
            if await self._gateway.is_given_back(reversal.transaction_id, reversal.failed_refunds):
                await self._recorder.record_given_back(sent.account_id, sent.id, reversal.id)
                return None
        except GatewayError as error:
            return error
        await self._recorder.record_came_back(sent.account_id, sent.id, reversal.id)
        return await self._try_to_give_back(sent, reversal) if gives_back else None

    async def _give_back(self, sent: SentPayment, reversal: Reversal) -> str | None:
        """Void a late charge, or refund it when it is too late for that. Raise GatewayError when neither can be yet.

        Return the refund that the bank has declined for good, or None. A reversal that was carried out and not recorded
        is noticed first. Each try has a request key of its own: a key whose first request was refused is refused for
        good.
        """
        if await self._gateway.is_given_back(reversal.transaction_id, reversal.failed_refunds):
            return None
        with suppress(GatewayInvalidError):
            await self._gateway.void(reversal.transaction_id, request_key=str(new_id()))
            return None
        refund = RefundOrder(
            transaction_id=reversal.transaction_id,
            order_id=str(reversal.id),
            request_key=str(new_id()),
            amount=sent.amount,
            currency=sent.currency,
        )
        refunded = await self._gateway.refund(refund)
        if refunded.decline is not None and not refunded.decline.soft:
            return refunded.transaction_id
        if not refunded.holds_money:
            raise GatewayUnavailableError(f"the refund is {refunded.status}")
        return None


def _progress_of(state: PaymentState, *, since: PaymentState) -> str:
    if state is PaymentState.FAILED and since is state:
        return "still failed"
    return "live" if state.is_live else "final"
