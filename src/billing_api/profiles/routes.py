"""The profile over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from billing_api.auth.deps import Owner, Viewer
from billing_api.errors import StaleVersionError
from billing_api.http import responses
from billing_api.http.etag import IfMatch, PreconditionRequiredError
from billing_api.http.problems import problems
from billing_api.http.provide import provided
from billing_api.profiles.errors import ProfileNotFoundError
from billing_api.profiles.schemas import ProfileRead, ProfileUpdate
from billing_api.profiles.service import Profiles

router = APIRouter(prefix="/profile", tags=["profile"])
ProfilesDep = Annotated[Profiles, Depends(provided(Profiles))]


@router.get("", operation_id="profile_get", response_model=ProfileRead, responses=problems(ProfileNotFoundError))
async def get_profile(request: Request, caller: Viewer, profiles: ProfilesDep) -> Response:
    """Read the account's profile, with its currency and terms."""
    return responses.resource(request, await profiles.get(caller.account_id))


@router.patch(
    "",
    operation_id="profile_update",
    response_model=ProfileRead,
    responses=problems(ProfileNotFoundError, StaleVersionError, PreconditionRequiredError),
)
async def update_profile(
    request: Request, change: ProfileUpdate, caller: Owner, version: IfMatch, profiles: ProfilesDep
) -> Response:
    """Change how the vendor reaches the account."""
    return responses.resource(request, await profiles.update(caller.account_id, change, version))
