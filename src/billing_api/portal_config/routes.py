"""The portal's configuration over HTTP: public."""

from typing import Annotated

from fastapi import Depends

from billing_api.http.provide import provided
from billing_api.http.routes import Routes
from billing_api.portal_config.schemas import PortalConfigRead
from billing_api.portal_config.service import PortalConfig

router = Routes("/portal-config", tags=["portal"])
PortalConfigDep = Annotated[PortalConfig, Depends(provided(PortalConfig))]


@router.get("", operation_id="portal_config_get", cache_control="public, max-age=300")
async def get_portal_config(config: PortalConfigDep) -> PortalConfigRead:
    """Read the vendor's name and looks, the languages, and which payment methods are accepted."""
    return config.get()
