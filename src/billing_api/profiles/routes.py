"""The profile over HTTP."""

from typing import Annotated

from fastapi import Depends

from billing_api.auth.deps import Owner, Viewer
from billing_api.http.etag import IfMatch
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.profiles.errors import ProfileNotFoundError
from billing_api.profiles.schemas import ProfileRead, ProfileUpdate
from billing_api.profiles.service import Profiles

router = Routes("/profile", tags=["profile"])
ProfilesDep = Annotated[Profiles, Depends(provided(Profiles))]


@router.get("", operation_id="profile_get", errors=[ProfileNotFoundError])
async def get_profile(caller: Viewer, profiles: ProfilesDep) -> ProfileRead:
    """Read the account's profile, with its currency and terms."""
    return await profiles.get(caller.account_id)


@router.patch("", operation_id="profile_update", errors=[ProfileNotFoundError])
async def update_profile(change: ProfileUpdate, caller: Owner, version: IfMatch, profiles: ProfilesDep) -> ProfileRead:
    """Change how the vendor reaches the account."""
    return await profiles.update(caller.account_id, change, version)
