"""All that the application needs to know of download links."""

from datetime import timedelta

from billing_api.core import Core
from billing_api.download_links.model import download_links
from billing_api.download_links.repository import DownloadLinkRepository
from billing_api.download_links.routes import router
from billing_api.download_links.service import DownloadLinks
from billing_api.feature import Feature
from billing_api.jobs.periodic import Periodic, PeriodicHandler
from billing_api.parts import Parts
from billing_api.sessions.service import Sessions


def _links(core: Core, parts: Parts) -> DownloadLinks:
    return DownloadLinks(core, DownloadLinkRepository(core.db), parts[Sessions].still_holds)


def _prune(parts: Parts) -> PeriodicHandler:
    links = parts[DownloadLinks]
    return lambda _: links.prune()


FEATURE = Feature(
    routes=router,
    description="Links to files for browsers, which can't send a header.",
    tables=[download_links],
    parts={DownloadLinks: _links},
    periodic={Periodic("download_links.prune", every=timedelta(hours=1)): _prune},
)
