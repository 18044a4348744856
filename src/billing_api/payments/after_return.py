"""The consequences of a bank's return: the bank account is blocked for hard codes, and the vendor's fee is due."""

import asyncio

import structlog

from billing_api.accounts.locked import LockedAccount
from billing_api.core import Core
from billing_api.gateway.reasons import decline_code, is_return_code
from billing_api.invoices.create_schemas import InvoiceCreate, InvoiceLineCreate
from billing_api.invoices.errors import InvoiceNumberTakenError
from billing_api.invoices.service import Invoices
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.model import Payment
from billing_api.profiles.service import Profiles

log = structlog.get_logger(__name__)

_FEE_CURRENCY = "USD"  # that of all debits by ACH


class AfterReturn:
    """Records the consequences of a return, in its transaction."""

    def __init__(
        self, core: Core, invoices: Invoices, methods: PaymentMethods, profiles: Profiles, *, fee: int
    ) -> None:
        """Take the fee for a returned debit in cents; 0 for none."""
        self._core = core
        self._invoices = invoices
        self._methods = methods
        self._profiles = profiles
        self._fee = fee

    async def follow(self, account: LockedAccount, payment: Payment) -> None:
        """Block the bank account and post the fee, where the return's code says so; the fee once for each payment."""
        code = payment.decline_code
        if code is None or not is_return_code(code):
            return
        if payment.payment_method_id is not None and decline_code(code).blocks_method:
            await self._methods.block(account, payment.payment_method_id, code)
        if self._fee and payment.currency == _FEE_CURRENCY:
            await self._post_fee(account, payment, code)

    async def _post_fee(self, account: LockedAccount, payment: Payment, code: str) -> None:
        external_id = f"return-fee:{payment.id}"
        if await self._core.accounts.list_references("invoice", [external_id]):
            return
        locale = await self._profiles.locale_of(account.id)
        description = await asyncio.to_thread(_description, locale, payment.number, decline_code(code).reason)
        line = InvoiceLineCreate(description=description, amount=self._fee)
        fee = InvoiceCreate(
            number=f"FEE-{payment.number}",
            external_id=external_id,
            kind="fee",
            currency=payment.currency,
            issued_on=self._core.clock.today(),
            lines=[line],
            taxes=[],
            discount=None,
        )
        try:
            await self._invoices.post(account, [fee])
        except InvoiceNumberTakenError:  # by the back office; the fee is due all the same
            await self._invoices.post(account, [fee.model_copy(update={"number": f"{fee.number}-{payment.id.hex}"})])
        log.info("return_fee_posted", payment_id=str(payment.id), amount=self._fee)


def _description(locale: str, number: str, reason: str) -> str:
    """Return the words of the fee in the customer's language; the first call of a process loads Babel, .1 s of CPU."""
    from billing_api.documents.layout.words import decline_word  # noqa: PLC0415 - it loads Babel
    from billing_api.locales.language import language  # noqa: PLC0415 - it loads Babel

    say = language(locale)
    _ = say.gettext
    return _("Fee for the returned payment {number}: {reason}", number=number, reason=decline_word(say, reason))
