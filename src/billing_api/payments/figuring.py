"""The invoices and credits of a choice, locked, from which a payment's figures are worked out; and its method."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.gateway.methods import MethodKind
from billing_api.invoices.locked import LockedInvoices
from billing_api.invoices.service import Invoices
from billing_api.payment_methods.service import ChargeableMethod, PaymentMethods
from billing_api.payments.choosing import named_ids
from billing_api.payments.crediting import chosen_ids
from billing_api.payments.errors import PaymentMethodRequiredError
from billing_api.payments.quote_schemas import MOST_INVOICES, PaymentQuoteCreate
from billing_api.payments.quoting import Quote, quote
from billing_api.payments.rechoosing import Bounds, Rechosen, rechoose
from billing_api.payments.repository import PaymentRepository
from billing_api.payments.values import AvailableCredit


@dataclass(frozen=True, slots=True)
class Basis:
    """All that the figures of a choice depend on, apart from the day."""

    invoices: LockedInvoices
    credits: Sequence[AvailableCredit]
    kinds: tuple[MethodKind, ...]

    def quote(self, wanted: PaymentQuoteCreate, today: date) -> Quote:
        """Return the figures of a day. Raise the errors of `quoting.quote`."""
        return quote(wanted, self.invoices, self.credits, self.kinds, today)

    def rechoose(self, wanted: PaymentQuoteCreate, today: date, bounds: Bounds | None = None) -> Rechosen:
        """Return the part of a choice that can still be paid."""
        return rechoose(wanted, self.invoices, self.credits, today, bounds)


class Figuring:
    """Reads what a choice is about, under the account's lock."""

    def __init__(self, payments: PaymentRepository, methods: PaymentMethods, invoices: Invoices) -> None:
        self._payments = payments
        self._methods = methods
        self._invoices = invoices

    async def lock(self, account: LockedAccount, wanted: PaymentQuoteCreate) -> Basis:
        """Return the basis, with its invoices locked. Raise InvoiceNotFoundError."""
        named = named_ids(wanted.pay)
        invoices = (
            await self._invoices.lock_payable(account, wanted.currency, MOST_INVOICES + 1)
            if named is None
            else await self._invoices.lock(account, named)
        )
        credits_left = await self._payments.list_credits(account.id, wanted.currency, chosen_ids(wanted.credits))
        return Basis(invoices, credits_left, self._methods.kinds_for(wanted.currency))

    async def require_method(
        self, account: LockedAccount, method_id: UUID | None, figures: Quote
    ) -> ChargeableMethod | None:
        """Return the stored method of a choice; one may be named although nothing is left to charge.

        Raise PaymentMethodRequiredError, and the errors of `get_chargeable`.
        """
        if method_id is None:
            if figures.amount:
                raise PaymentMethodRequiredError(figures.amount, figures.currency)
            return None
        return await self._methods.get_chargeable(account, method_id, figures.currency)
