"""Plans, their add-ons and discounts, and subscriptions."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from braintree_sandbox.state.records import record, value


@record("modification", indexes=("plan_id",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Modification:
    """An add-on or a discount: as it is offered, of a plan, or of one subscription."""

    id: str
    kind: str
    amount: Decimal
    name: str | None = None
    description: str | None = None
    quantity: int = 1
    # None for no end.
    number_of_billing_cycles: int | None = None
    plan_id: str | None = None

    @property
    def key(self) -> str:
        """Its id; the one that a plan has of its own stands beside the one that is offered."""
        return f"{self.plan_id or ''}/{self.id}"

    @property
    def total(self) -> Decimal:
        """The amount that it adds to a bill, or takes off."""
        return self.amount * self.quantity * (-1 if self.kind == "discount" else 1)


@record("plan")
@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A plan: price and period."""

    id: str
    price: Decimal
    name: str | None = None
    description: str | None = None
    currency: str = "USD"
    # In months.
    billing_frequency: int = 1
    billing_day_of_month: int | None = None
    number_of_billing_cycles: int | None = None
    trial_period: bool = False
    trial_duration: int | None = None
    trial_duration_unit: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def key(self) -> str:
        """The id, which merchants choose."""
        return self.id


@value("subscription_status")
@dataclass(frozen=True, slots=True, kw_only=True)
class SubscriptionStatus:
    """One step of a subscription's life."""

    status: str
    price: Decimal
    balance: Decimal
    plan_id: str
    at: datetime


@record("subscription", indexes=("token",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """A method that is billed for a plan until it ends."""

    id: str
    plan_id: str
    token: str
    merchant_account_id: str
    price: Decimal
    status: str
    first_billing_date: date
    next_billing_date: date
    created_at: datetime
    updated_at: datetime
    balance: Decimal = Decimal("0.00")
    billing_frequency: int = 1
    billing_day_of_month: int | None = None
    number_of_billing_cycles: int | None = None
    current_billing_cycle: int = 0
    billing_period_start_date: date | None = None
    billing_period_end_date: date | None = None
    days_past_due: int | None = None
    failure_count: int = 0
    trial_period: bool = False
    trial_duration: int | None = None
    trial_duration_unit: str | None = None
    descriptor_name: str | None = None
    descriptor_phone: str | None = None
    descriptor_url: str | None = None
    # The text that PayPal shows its customers.
    description: str | None = None
    modifications: tuple[Modification, ...] = ()
    # Newest first, both.
    transaction_ids: tuple[str, ...] = ()
    status_history: tuple[SubscriptionStatus, ...] = ()

    @property
    def key(self) -> str:
        """The id, which merchants may choose."""
        return self.id

    @property
    def bill(self) -> Decimal:
        """The price of one period with add-ons and discounts, at least zero."""
        return max(self.price + sum((one.total for one in self.modifications), Decimal(0)), Decimal("0.00"))
