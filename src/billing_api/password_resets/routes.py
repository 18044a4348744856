"""Setting a password by a one-time link, over HTTP."""

from typing import Annotated

from fastapi import Depends

from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.password_resets.schemas import PasswordResetConfirm
from billing_api.password_resets.service import PasswordResets

router = Routes("/password-resets", tags=["sessions"])
PasswordResetsDep = Annotated[PasswordResets, Depends(provided(PasswordResets))]


@router.post("/confirm", operation_id="password_resets_confirm")
async def confirm_password_reset(given: PasswordResetConfirm, resets: PasswordResetsDep) -> None:
    """Set the password with the token of a one-time link; all sessions of the user end.

    The portal's page takes the token from its address, behind the `#`: `<PORTAL_URL>/set-password#token=<token>`.
    """
    await resets.confirm(given)
