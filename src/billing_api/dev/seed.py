"""The demo account: made once, by the same services that real ones are made by."""

from billing_api.bootstrap import open_services
from billing_api.config import Settings


async def seed(settings: Settings) -> None:
    """Make the demo account with its people and documents, unless it is there already."""
    async with open_services(settings):
        pass
