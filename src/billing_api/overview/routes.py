"""The overview over HTTP."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from billing_api.accounts.errors import AccountNotFoundError
from billing_api.auth.deps import Viewer
from billing_api.http import responses
from billing_api.http.problems import problems
from billing_api.http.provide import provided
from billing_api.overview.schemas import OverviewRead
from billing_api.overview.service import Overview
from billing_api.profiles.errors import ProfileNotFoundError

router = APIRouter(prefix="/overview", tags=["overview"])


@router.get(
    "",
    operation_id="overview_get",
    response_model=OverviewRead,
    responses=problems(AccountNotFoundError, ProfileNotFoundError),
)
async def get_overview(
    request: Request, caller: Viewer, overview: Annotated[Overview, Depends(provided(Overview))]
) -> Response:
    """Read the first page: balance, newest invoices, profile, default address and payment method, from one moment."""
    return responses.resource(request, await overview.get(caller.account_id))
