"""Download links over HTTP."""

from typing import Annotated

from fastapi import Depends, Query, Request

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.auth.deps import Viewer
from billing_api.download_links.errors import DownloadLinkGoneError, TargetNotAFileError
from billing_api.download_links.schemas import DownloadLinkCreate, DownloadLinkRead, DownloadQuery
from billing_api.download_links.service import DownloadLinks
from billing_api.errors import AppError, Kind
from billing_api.http.error_pages import readable
from billing_api.http.files import ANY_FILE, FindFileDep, file_at, is_head
from billing_api.http.own_address import OwnAddress
from billing_api.http.provide import RatesDep, provided
from billing_api.http.results import Download
from billing_api.http.routes import NO_STORE, Routes

router = Routes(tags=["download links"])
_CURED_BY_WAITING = frozenset({Kind.TOO_MANY, Kind.UNAVAILABLE})
DownloadLinksDep = Annotated[DownloadLinks, Depends(provided(DownloadLinks))]


@router.post(
    "/download-links",
    operation_id="download_links_create",
    status=201,
    cache_control=NO_STORE,
    errors=[TooManyRequestsError],
)
async def create_download_link(
    new: DownloadLinkCreate,
    caller: Viewer,
    links: DownloadLinksDep,
    rates: RatesDep,
    find_file: FindFileDep,
    address: OwnAddress,
) -> DownloadLinkRead:
    """Make a link to a PDF or CSV file for a browser that can't send a header; it opens the file once, for a minute."""
    await rates.spend("download-links", caller.user_id, caller.account_id)
    file = find_file(new.target)
    if file is None or not await file.accepts(caller):
        raise TargetNotAFileError
    token, link = await links.create(caller, new.target)
    url = f"{address}/v1/downloads?token={token}"
    return DownloadLinkRead(url=url, target=link.target, expires_at=link.expires_at)


@router.get("/downloads", operation_id="downloads_open", errors=[DownloadLinkGoneError], openapi_extra=ANY_FILE)
@readable
async def open_download(
    query: Annotated[DownloadQuery, Query()], request: Request, links: DownloadLinksDep
) -> Download:
    """Open the file of a link with the rights that the link's user has now.

    HEAD leaves the link as it is, and so does a file that can't be had now (429, 503). The errors are those of the
    file, and a page for a browser.
    """
    caller, target = await (links.look_at if is_head(request) else links.use)(query.token)
    file = file_at(request, target)
    if file is None:
        raise DownloadLinkGoneError
    try:
        return await file.open(caller)
    except AppError as error:
        if error.kind in _CURED_BY_WAITING and not is_head(request):
            await links.give_back(query.token, caller)
        raise
