"""Setting a password by a one-time link, over HTTP."""

from typing import Annotated

from fastapi import Depends

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.password_resets.requests import ForgottenPasswords
from billing_api.password_resets.schemas import PasswordResetConfirm, PasswordResetCreate, PasswordResetRequested
from billing_api.password_resets.service import PasswordResets

router = Routes("/password-resets", tags=["sessions"])
ForgottenPasswordsDep = Annotated[ForgottenPasswords, Depends(provided(ForgottenPasswords))]
PasswordResetsDep = Annotated[PasswordResets, Depends(provided(PasswordResets))]


@router.post("", operation_id="password_resets_create", errors=[TooManyRequestsError], status=202)
async def create_password_reset(given: PasswordResetCreate, requests: ForgottenPasswordsDep) -> PasswordResetRequested:
    """Mail a link that sets a new password to the user with this address.

    The response is always the same, and takes as long, so that it does not say whether the address is known. The link
    is `<PORTAL_URL>/set-password#token=<token>`; a new request makes the link of the mail before it
    useless.
    """
    await requests.request(given.email)
    return PasswordResetRequested(valid_minutes=round(requests.lifetime.total_seconds() / 60))


@router.post("/confirm", operation_id="password_resets_confirm")
async def confirm_password_reset(given: PasswordResetConfirm, resets: PasswordResetsDep) -> None:
    """Set the password with the token of a one-time link; all sessions of the user end.

    The portal's page takes the token from its address, behind the `#`: `<PORTAL_URL>/set-password#token=<token>`.
    """
    await resets.confirm(given)
