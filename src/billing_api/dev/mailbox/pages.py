"""The page on which the mails of a local run are read, and the JSON for tools and tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from billing_api.dev.mailbox import smtp
from billing_api.dev.mailbox.store import CaughtMail, Mailbox

_ASSETS = Path(__file__).parent / "assets"
_LISTED = 200
_OWN_PAGE = "default-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'"
# A mail is someone's HTML: it may show pictures and its own styles, and runs nothing.
_MAIL = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src http: https: data:; "
    "style-src 'unsafe-inline'; font-src http: https: data:; form-action 'none'"
)
_TEMPLATES = Environment(
    loader=FileSystemLoader(_ASSETS), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
)


class Pages:
    """The mails of one mailbox over HTTP."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def index(self, _: Request) -> Response:
        """Show the list, with the newest mail open."""
        newest = self._mailbox.newest_first(limit=1)
        return self._page(newest[0] if newest else None)

    async def show(self, request: Request) -> Response:
        """Show the list, with one mail open."""
        return self._page(self._get(request))

    async def html(self, request: Request) -> Response:
        """Return one mail's HTML, as its reader would see it; links open in a new tab."""
        mail = self._get(request)
        body = f'<base target="_blank">{mail.shown_html}' if mail.html else "<p>This mail has no HTML."
        return HTMLResponse(body, headers={"Content-Security-Policy": _MAIL, "Referrer-Policy": "no-referrer"})

    async def text(self, request: Request) -> Response:
        """Return one mail's text."""
        return PlainTextResponse(self._get(request).text)

    async def source(self, request: Request) -> Response:
        """Return the mail itself, to be opened by a mail program."""
        mail = self._get(request)
        return _download(mail.content, f"mail-{mail.id}.eml", "message/rfc822")

    async def file(self, request: Request) -> Response:
        """Return one attachment."""
        files, number = self._get(request).files, request.path_params["number"]
        if number >= len(files):
            raise HTTPException(404, "This mail has no such attachment.")
        return _download(files[number].content, files[number].name, files[number].media_type)

    async def list_json(self, request: Request) -> Response:
        """Return every mail as JSON, newest first; `to` and `after` choose some."""
        after = request.query_params.get("after", "0")
        if not after.isdecimal():
            raise HTTPException(400, "`after` is the number of a mail.")
        mails = self._mailbox.newest_first(to=request.query_params.get("to", ""), after=int(after))
        return JSONResponse({"mails": [_json(mail) for mail in mails]})

    async def clear(self, _: Request) -> Response:
        """Forget every mail."""
        self._mailbox.clear()
        return Response(status_code=204)

    def _get(self, request: Request) -> CaughtMail:
        mail = self._mailbox.find(request.path_params["id"])
        if mail is None:
            raise HTTPException(404, "There is no such mail: the oldest are forgotten.")
        return mail

    def _page(self, chosen: CaughtMail | None) -> Response:
        mails = self._mailbox.newest_first(limit=_LISTED)
        page = _TEMPLATES.get_template("page.html").render(mails=mails, chosen=chosen)
        return HTMLResponse(page, headers={"Content-Security-Policy": _OWN_PAGE, "Cache-Control": "no-store"})


def _download(content: bytes, name: str, media_type: str) -> Response:
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "sandbox",
    }
    return Response(content, media_type=media_type, headers=headers)


def _json(mail: CaughtMail) -> dict[str, Any]:
    return {
        "id": mail.id,
        "received_at": mail.received_at.isoformat(),
        "from": mail.sender_header,
        "sender": mail.sender,
        "recipients": list(mail.recipients),
        "subject": mail.subject,
        "message_id": mail.message_id,
        "headers": [list(header) for header in mail.headers],
        "text": mail.text,
        "html": mail.html,
        "files": [{"name": file.name, "type": file.media_type, "bytes": len(file.content)} for file in mail.files],
    }


def create_app(mailbox: Mailbox, smtp_port: int) -> Starlette:
    """Return the page's application; it listens for mails on the SMTP port as long as it runs."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        server = await smtp.serve(mailbox, smtp_port)
        yield
        await smtp.close(server)

    pages = Pages(mailbox)
    return Starlette(
        lifespan=lifespan,
        # A page on the web must not read the mails by a name of its own that leads to this machine.
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])],
        routes=[
            Route("/", pages.index),
            Route("/mails.json", pages.list_json),
            Route("/mails.json", pages.clear, methods=["DELETE"]),
            Route("/mails/{id:int}", pages.show),
            Route("/mails/{id:int}/html", pages.html),
            Route("/mails/{id:int}/text", pages.text),
            Route("/mails/{id:int}/source", pages.source),
            Route("/mails/{id:int}/files/{number:int}", pages.file),
            Mount("/assets", StaticFiles(directory=_ASSETS)),
        ],
    )
