"""An account's choice of autopay, and the invoices that it is about."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from billing_api.accounts.locked import LockedAccount
from billing_api.autopay.errors import AutopayConsentRequiredError
from billing_api.autopay.fields import AutopayStatus
from billing_api.autopay.jobs import PLAN, PlanAccount
from billing_api.autopay.model import Autopay
from billing_api.autopay.repository import AutopayRepository
from billing_api.autopay.schemas import (
    MOST_LISTED,
    AutopayInvoiceRead,
    AutopayRead,
    AutopayUpcoming,
    AutopayUpdate,
    ConsentRead,
    SwitchedOffRead,
)
from billing_api.autopay.switching import AutopaySwitch
from billing_api.autopay.values import UpcomingInvoice
from billing_api.core import Core
from billing_api.db.database import in_transaction
from billing_api.errors import FieldError, InvalidInputError
from billing_api.gateway.methods import MethodKind
from billing_api.jobs.service import Jobs
from billing_api.kit.changes import differences
from billing_api.kit.version import Version
from billing_api.payment_methods.mandates import mandate_of
from billing_api.payment_methods.service import PaymentMethods
from billing_api.payments.states import PaymentState

_REPLANNED = {"enabled", "payment_method_id", "most", "use_credits"}
_AGREED = {"enabled", "payment_method_id", "consent_text"}  # a change of these is confirmed by mail
_DUE_AGAIN = "It was paid automatically before, and is due again."


class AutopayChoices:
    """One choice for each account; at first it is not enabled."""

    def __init__(
        self,
        core: Core,
        repository: AutopayRepository,
        methods: PaymentMethods,
        switch: AutopaySwitch,
        jobs: Jobs,
        *,
        retry_days: list[int],
    ) -> None:
        self.db = core.db
        self._core = core
        self._repository = repository
        self._methods = methods
        self._switch = switch
        self._jobs = jobs
        self._retry_days = retry_days

    async def get(self, account_id: UUID) -> AutopayRead:
        """Return the choice; one that was never made is not enabled."""
        choice = await self._repository.find(account_id)
        return await self._read(choice or self._first(account_id), is_stored=choice is not None)

    @in_transaction
    async def update(self, account_id: UUID, change: AutopayUpdate, version: Version) -> AutopayRead:
        """Replace the choice. A change that changes nothing makes no new version.

        What is planned already is cancelled, as far as its cut-off has not passed, and planned anew; where autopay is
        switched off, all that waits is cancelled.
        Raise StaleVersionError, InvalidInputError, AutopayConsentRequiredError, PaymentMethodExpiredError, and the
        errors of `get_chargeable`.
        """
        account = await self._core.accounts.lock(account_id)
        found = await self._repository.find(account_id)
        choice = found or self._first(account_id)
        version.require(choice.version)
        given: dict[str, object] = {
            "enabled": change.enabled,
            "payment_method_id": change.payment_method_id,
            "most": change.limit,
            "use_credits": change.use_credits,
        }
        if change.consent is not None:
            consent = mandate_of(change.consent, self._core.clock.now(), pointer="/consent")
            given |= {"consent_text": consent.text, "consented_at": consent.accepted_at}
        changed = differences(choice, given)
        if change.enabled and {"enabled", "payment_method_id"} & changed.keys():
            if change.payment_method_id is None:
                raise InvalidInputError(FieldError("/payment_method_id", "missing", "Name the method that is charged"))
            currency = (await self._core.accounts.get(account_id)).currency
            method = await self._methods.get_chargeable(account, change.payment_method_id, currency)
            self._methods.require_unexpired(method)
            if method.kind is MethodKind.US_BANK_ACCOUNT and change.consent is None:
                raise AutopayConsentRequiredError
        elif change.payment_method_id is not None and "payment_method_id" in changed:
            await self._methods.get(account_id, change.payment_method_id)
        if not changed:
            return await self._read(choice, is_stored=found is not None)
        if _REPLANNED & changed.keys():
            await self._replan(account, change, is_another="payment_method_id" in changed or "enabled" in changed)
        choice = replace(self._switched(choice, change), **changed)
        self._repository.save(choice)
        self._core.audit.record(account_id, "autopay.updated", fields=sorted(changed), enabled=choice.enabled)
        self._core.events.record(account_id, "autopay.updated", account_id, enabled=choice.enabled)
        if choice.enabled and _AGREED & changed.keys():
            method_id = str(choice.payment_method_id)
            self._core.events.record(account_id, "autopay.switched_on", account_id, payment_method_id=method_id)
        if choice.enabled:
            await self._jobs.enqueue(PLAN, PlanAccount(account_id), account_id=account_id)
        return await self._read(choice, is_stored=True)

    async def _replan(self, account: LockedAccount, change: AutopayUpdate, *, is_another: bool) -> None:
        """Take back what is planned, so that it is planned by the new choice; another method may try anew."""
        code = "autopay_changed" if change.enabled else "autopay_switched_off"
        text = "Autopay was changed or switched off."
        await self._switch.withdraw_all(account, code=code, text=text, is_off=not change.enabled)
        await self._repository.forget_above_limit(account)
        if change.enabled and change.payment_method_id is not None and is_another:
            await self._repository.plan_ended_again(account, change.payment_method_id)

    async def upcoming(self, account_id: UUID) -> AutopayUpcoming:
        """Return the open invoices that autopay is about; without autopay those that it has planned once.

        Those in other currencies than the account's are named, too: autopay does not pay them.
        """
        choice = await self._repository.find(account_id)
        currency = (await self._core.accounts.get(account_id)).currency
        tomorrow = self._core.clock.today() + timedelta(days=1)
        due_from = choice.pays_from if choice is not None and choice.pays_from is not None else date.max
        found = await self._repository.list_upcoming(account_id, due_from, MOST_LISTED + 1)
        data = _upcoming(found[:MOST_LISTED], currency, tomorrow, None if choice is None else choice.most)
        return AutopayUpcoming(data=list(data), has_more=len(found) > MOST_LISTED)

    def _switched(self, choice: Autopay, change: AutopayUpdate) -> Autopay:
        """Return the choice as a new version, with the day from which it pays; the customer's change clears reasons."""
        pays_from = choice.pays_from or self._core.clock.today()
        return replace(
            choice,
            pays_from=pays_from if change.enabled else None,
            switched_off_code=None,
            switched_off_text=None,
            switched_off_at=None,
            switched_off_by=None,
            updated_at=self._core.clock.now(),
            version=choice.version + 1,
        )

    async def _read(self, choice: Autopay, *, is_stored: bool) -> AutopayRead:
        consent = switched_off = card_expires_on = None
        if choice.enabled and choice.payment_method_id is not None:
            card_expires_on = await self._methods.find_last_day(choice.account_id, choice.payment_method_id)
        if choice.consent_text is not None and choice.consented_at is not None:
            consent = ConsentRead(text=choice.consent_text, accepted_at=choice.consented_at)
        if choice.switched_off_code is not None and choice.switched_off_at is not None:
            switched_off = SwitchedOffRead(
                code=choice.switched_off_code,
                detail=choice.switched_off_text or "",
                payment_id=choice.switched_off_by,
                at=choice.switched_off_at,
            )
        return AutopayRead(
            enabled=choice.enabled,
            payment_method_id=choice.payment_method_id,
            card_expires_on=card_expires_on,
            currency=(await self._core.accounts.get(choice.account_id)).currency,
            limit=choice.most,
            use_credits=choice.use_credits,
            pays_from=choice.pays_from,
            consent=consent,
            switched_off=switched_off,
            retry_days=list(self._retry_days),
            updated_at=choice.updated_at if is_stored else None,
            version=choice.version,
        )

    def _first(self, account_id: UUID) -> Autopay:
        return Autopay(
            account_id=account_id,
            enabled=False,
            payment_method_id=None,
            most=None,
            use_credits=False,
            pays_from=None,
            consent_text=None,
            consented_at=None,
            switched_off_code=None,
            switched_off_text=None,
            switched_off_at=None,
            switched_off_by=None,
            updated_at=self._core.clock.now(),
            version=1,
        )


def _upcoming(
    found: Iterable[UpcomingInvoice], currency: str, tomorrow: date, limit: int | None
) -> Iterator[AutopayInvoiceRead]:
    """Yield the invoices as clients read them; those of one day have the limit in this order, as on the day itself."""
    taken = Counter[date]()
    for one in found:
        status = _status(one) if one.currency == currency else "other_currency"
        day = one.scheduled_on if status == "planned" and one.scheduled_on else max(one.due_on, tomorrow)
        if status == "expected" and limit is not None and taken[day] + one.payable > limit:
            status = "above_limit"
        if status in {"expected", "planned"}:
            taken[day] += one.payable
        yield _read(one, status, day if status in {"expected", "planned"} else None)


def _read(one: UpcomingInvoice, status: AutopayStatus, pay_on: date | None) -> AutopayInvoiceRead:
    return AutopayInvoiceRead(
        invoice_id=one.id,
        invoice_number=one.number,
        due_on=one.due_on,
        currency=one.currency,
        amount=one.payable,
        status=status,
        pay_on=pay_on,
        attempt=one.attempt or 1,
        payment_id=one.payment_id,
        reason=_DUE_AGAIN if status == "ended" and one.status == "sent" else one.reason,
    )


def _status(one: UpcomingInvoice) -> AutopayStatus:
    if one.status == "above_limit":
        return "above_limit"
    if one.status == "ended":
        return "ended"
    if one.status == "sent" and one.payment_state == PaymentState.SUCCEEDED:  # a refund or a chargeback reopened it
        return "ended"
    is_expected = one.status is None or one.status == "again"
    waits = is_expected or one.payment_state == PaymentState.SCHEDULED
    if waits and one.contested is not None:
        return "contested"
    if is_expected:
        return "expected"
    return "planned" if waits else "under_way"
