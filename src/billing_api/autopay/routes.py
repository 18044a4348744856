"""Autopay over HTTP."""

from typing import Annotated

from fastapi import Depends

from billing_api.auth.deps import Payer, Viewer
from billing_api.autopay.errors import AutopayConsentRequiredError
from billing_api.autopay.schemas import AutopayRead, AutopayUpcoming, AutopayUpdate
from billing_api.autopay.service import AutopayChoices
from billing_api.http.etag import IfMatch
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.payment_methods.errors import (
    CurrencyNotPayableError,
    PaymentMethodBlockedError,
    PaymentMethodExpiredError,
    PaymentMethodNotFoundError,
    PaymentMethodRemovedError,
    TooManyDeclinesError,
)
from billing_api.payment_methods.verification_errors import PaymentMethodNotVerifiedError

router = Routes("/autopay", tags=["autopay"])
AutopayDep = Annotated[AutopayChoices, Depends(provided(AutopayChoices))]


@router.get("", operation_id="autopay_get")
async def get_autopay(caller: Viewer, choices: AutopayDep) -> AutopayRead:
    """Read whether invoices are paid automatically on their due date, and by which method."""
    return await choices.get(caller.account_id)


@router.put(
    "",
    operation_id="autopay_update",
    errors=[
        AutopayConsentRequiredError,
        PaymentMethodNotFoundError,
        PaymentMethodBlockedError,
        PaymentMethodExpiredError,
        PaymentMethodNotVerifiedError,
        PaymentMethodRemovedError,
        CurrencyNotPayableError,
        TooManyDeclinesError,
    ],
)
async def update_autopay(change: AutopayUpdate, caller: Payer, version: IfMatch, choices: AutopayDep) -> AutopayRead:
    """Have invoices paid on their due date, those of one day in one charge, or switch it off.

    It pays invoices in the account's currency that are due from the day on which it was switched on. Payments that it
    has planned already are cancelled and planned anew, but for those whose cut-off has passed. Switching it off cancels
    these, too, if they were not sent yet.
    """
    return await choices.update(caller.account_id, change, version)


@router.get("/upcoming", operation_id="autopay_list_upcoming")
async def list_upcoming(caller: Viewer, choices: AutopayDep) -> AutopayUpcoming:
    """List the open invoices that are paid automatically, with the day of each, and what has failed and why.

    Invoices in other currencies than the account's are `other_currency`: autopay does not pay them.
    """
    return await choices.upcoming(caller.account_id)
