"""The overview over HTTP."""

from typing import Annotated

from fastapi import Depends

from billing_api.accounts.errors import AccountNotFoundError
from billing_api.auth.deps import Viewer
from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.overview.schemas import OverviewRead
from billing_api.overview.service import Overview
from billing_api.profiles.errors import ProfileNotFoundError

router = Routes("/overview", tags=["overview"])
OverviewDep = Annotated[Overview, Depends(provided(Overview))]


@router.get("", operation_id="overview_get", errors=[AccountNotFoundError, ProfileNotFoundError])
async def get_overview(caller: Viewer, overview: OverviewDep) -> OverviewRead:
    """Read the first page: balance, newest invoices, profile, default address and payment method, from one moment."""
    return await overview.get(caller.account_id)
