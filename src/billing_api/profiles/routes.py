"""The profile over HTTP."""

from typing import Annotated

from fastapi import Depends

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Owner, Viewer
from billing_api.http.etag import IfMatch
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.profiles.errors import NoPendingEmailError, ProfileNotFoundError
from billing_api.profiles.schemas import EmailConfirmation, ProfileRead, ProfileUpdate
from billing_api.profiles.service import Profiles

router = Routes("/profile", tags=["profile"])
ProfilesDep = Annotated[Profiles, Depends(provided(Profiles))]


@router.get("", operation_id="profile_get", errors=[ProfileNotFoundError])
async def get_profile(caller: Viewer, profiles: ProfilesDep) -> ProfileRead:
    """Read the account's profile, with its currency and terms."""
    return await profiles.get(caller.account_id)


@router.patch("", operation_id="profile_update", errors=[ProfileNotFoundError, TooManyRequestsError])
async def update_profile(change: ProfileUpdate, caller: Owner, version: IfMatch, profiles: ProfilesDep) -> ProfileRead:
    """Change how the vendor reaches the account.

    A new `email` is in `pending_email` until it is confirmed by the link of the mail to it, which is
    `<PORTAL_URL>/confirm-email#token=<token>`. The old address is told.
    Sent again, it is mailed again. The present address takes a pending one back.
    """
    return await profiles.update(caller.account_id, change, version)


@router.delete(
    "/pending-email", operation_id="profile_take_back_email", errors=[ProfileNotFoundError, NoPendingEmailError]
)
async def take_back_email(caller: Owner, version: IfMatch, profiles: ProfilesDep) -> None:
    """Take the new address back that waits to be confirmed; `If-Match` names the profile's version."""
    await profiles.take_back_email(caller.account_id, version)


@router.post("/email-confirmations", operation_id="profile_confirm_email")
async def confirm_email(given: EmailConfirmation, profiles: ProfilesDep) -> None:
    """Confirm a profile's new address with the token of the mail to it; no sign-in is needed."""
    await profiles.confirm_email(given)
