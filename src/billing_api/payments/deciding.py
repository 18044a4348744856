"""Payments whose outcome is open, for operators: list them, show them with the gateway's charges, decide them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from billing_api.gateway.charges import Charge, ChargeStatus, OrderedSale
from billing_api.gateway.failures import GatewayInvalidError
from billing_api.gateway.port import Gateway
from billing_api.gateway.timing import QUIET_PERIOD
from billing_api.kit.clock import Clock
from billing_api.payments.errors import PaymentNotFoundError
from billing_api.payments.reading import read_payment
from billing_api.payments.reconciling import PaymentChecks
from billing_api.payments.recording import NotOpenError, Recorder
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.repository.late_charges import LateChargeRepository
from billing_api.payments.repository.orders import OrderRepository
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.states import ChargeOutcome, PaymentState, outcome_of
from billing_api.payments.values import OpenPayment, SentPayment


class ContradictedError(Exception):
    """The gateway contradicts the operator; raised for operators, not for clients."""


@dataclass(frozen=True, slots=True)
class ShownPayment:
    """A payment with its account, and the charges under its order id as the gateway has them now."""

    account_id: UUID
    payment: PaymentRead
    charges: Sequence[Charge]


class DecidePayments:
    """The open payments of all accounts."""

    def __init__(
        self,
        clock: Clock,
        payments: PaymentRepository,
        orders: OrderRepository,
        late_charges: LateChargeRepository,
        gateway: Gateway,
        recorder: Recorder,
        checks: PaymentChecks,
    ) -> None:
        self._clock = clock
        self._payments = payments
        self._orders = orders
        self._late_charges = late_charges
        self._gateway = gateway
        self._recorder = recorder
        self._checks = checks

    async def list_open(self, limit: int) -> Sequence[OpenPayment]:
        """Return up to `limit` payments, the oldest first."""
        return await self._orders.list_open(limit)

    async def show(self, payment_id: UUID) -> ShownPayment:
        """Return a payment of whatever account. Raise PaymentNotFoundError, GatewayError."""
        sent = await self._find(payment_id)
        payment = await self._payments.get(sent.account_id, payment_id)
        charges = await self._gateway.find_charges(sent.sale) if sent.sale is not None else ()
        return ShownPayment(sent.account_id, read_payment(payment), charges)

    async def look_up(self, payment_id: UUID) -> PaymentRead:
        """Record what the gateway has of a payment, also of one that is final.

        A late charge whose refund failed is refunded once more. Raise PaymentNotFoundError, GatewayError.
        """
        sent = await self._find(payment_id)
        return await self._checks.look_up(sent.account_id, payment_id, gives_back=True)

    async def succeed(
        self, payment_id: UUID, transaction_id: str, *, reason: str, is_forced: bool = False
    ) -> PaymentRead:
        """Record that this transaction has brought the money, which is refused when the gateway contradicts.

        Raise PaymentNotFoundError, NotOpenError, ContradictedError, GatewayError.
        """
        sent = await self._find_open(payment_id)
        order = await self._orders.find(transaction_id, None)
        if order is not None and order.payment_id != payment_id:
            raise ContradictedError(f"the transaction {transaction_id} is that of payment {order.payment_id}")
        outcome = ChargeOutcome(state=PaymentState.SUCCEEDED, transaction_id=transaction_id)
        if not is_forced:
            outcome = await self._confirmed(sent, transaction_id)
        return await self._recorder.decide(sent.account_id, payment_id, outcome, reason=reason, is_forced=is_forced)

    async def fail(self, payment_id: UUID, *, reason: str, is_forced: bool = False) -> PaymentRead:
        """Record that nothing was charged, which is refused when the gateway has a charge, or may have one yet.

        Raise PaymentNotFoundError, NotOpenError, ContradictedError, GatewayError.
        """
        sent = await self._find_open(payment_id)
        if not is_forced and sent.sale is not None:
            await self._require_absence(sent, sent.sale)
        outcome = ChargeOutcome(state=PaymentState.FAILED)
        return await self._recorder.decide(sent.account_id, payment_id, outcome, reason=reason, is_forced=is_forced)

    async def give_back_otherwise(self, payment_id: UUID, *, reason: str) -> PaymentRead:
        """Record that a late charge whose refund failed was paid out outside the gateway.

        One that has no failed refund is given back without help. Raise PaymentNotFoundError, ContradictedError.
        """
        sent = await self._find(payment_id)
        reversals = await self._late_charges.list_reversals(sent.account_id, sent.id)
        came_back = [one for one in reversals if one.has_come_back]
        if not came_back:
            raise ContradictedError("no late charge of it has a refund that failed")
        for one in came_back:
            payment = await self._recorder.record_given_back(sent.account_id, sent.id, one.id, reason=reason)
        return payment

    async def _require_absence(self, sent: SentPayment, sale: OrderedSale) -> None:
        """Require that the gateway has no charge with money, and gets none any more.

        A search that finds nothing counts after the quiet period, and only if it finds a known sale. Raise
        ContradictedError, GatewayUnfamiliarError, GatewayError.
        """
        charges = await self._gateway.find_charges(sale)
        for charge in charges:
            if charge.holds_money or charge.status is ChargeStatus.UNKNOWN:
                raise ContradictedError(f"the gateway has the charge {charge.transaction_id}, which is {charge.status}")
        if charges:
            return
        until = sent.written_at + QUIET_PERIOD
        if self._clock.now() < until:
            raise ContradictedError(f"the charge may be under way until {until:%H:%M:%S} UTC")
        await self._checks.require_control(sent.account_id)

    async def _confirmed(self, sent: SentPayment, transaction_id: str) -> ChargeOutcome:
        """Return the outcome of a transaction that holds the money of this payment. Raise ContradictedError."""
        try:
            charge = await self._gateway.find_charge(transaction_id, sent.sale)
        except GatewayInvalidError as error:
            raise ContradictedError(f"the gateway has no transaction {transaction_id}") from error
        if charge.differences:
            raise ContradictedError(f"the transaction differs from the payment: {', '.join(charge.differences)}")
        if not charge.holds_money:
            raise ContradictedError(f"the transaction is {charge.status} at the gateway")
        return outcome_of(charge)

    async def _find_open(self, payment_id: UUID) -> SentPayment:
        """Return a payment whose outcome is open. Raise PaymentNotFoundError, NotOpenError."""
        sent = await self._find(payment_id)
        if not sent.state.is_open:
            raise NotOpenError(sent.state)
        return sent

    async def _find(self, payment_id: UUID) -> SentPayment:
        """Return a payment that was sent to the gateway, by its order id. Raise PaymentNotFoundError."""
        order = await self._orders.find("", str(payment_id))
        sent = None if order is None else await self._payments.find_sent(order.account_id, payment_id)
        if sent is None:
            raise PaymentNotFoundError(payment_id)
        return sent
