"""Setting a password by a one-time link, over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from billing_api.http.provide import provided
from billing_api.password_resets.schemas import PasswordResetConfirm
from billing_api.password_resets.service import PasswordResets

router = APIRouter(prefix="/password-resets", tags=["sessions"])


@router.post("/confirm", operation_id="password_resets_confirm", status_code=204)
async def confirm_password_reset(
    given: PasswordResetConfirm, resets: Annotated[PasswordResets, Depends(provided(PasswordResets))]
) -> Response:
    """Set the password with the token of a one-time link; all sessions of the person end.

    The portal's page takes the token from its address, behind the `#`: `<PORTAL_URL>/set-password#token=<token>`.
    """
    await resets.confirm(given)
    return Response(status_code=204)
