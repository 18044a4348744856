"""The page at `/`: an introduction, with links."""

from html import escape

from fastapi import APIRouter, Request, Response

from billing_api.config import Settings
from billing_api.http.pages import page
from billing_api.http.problems import TYPE_BASE

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{vendor}: billing portal API</title>
<style>
:root {{ color-scheme: light dark; --mark: {color}; }}
body {{ max-width: 44rem; margin: 0 auto; padding: 3rem 1.25rem; font: 1rem/1.6 system-ui, sans-serif; }}
h1 {{ margin: 0 0 1rem; padding-left: .75rem; border-left: .4rem solid var(--mark); font-size: 1.75rem; }}
h2 {{ margin: 2.5rem 0 .5rem; font-size: 1.15rem; }}
dl {{ margin: 0; }}
dt {{ margin-top: .75rem; font-weight: 600; }}
dd {{ margin: 0; }}
code {{ font: .9em ui-monospace, monospace; overflow-wrap: anywhere; }}
pre {{ white-space: pre-wrap; padding: .75rem 1rem; border: 1px solid #8886; border-radius: .4rem; }}
</style>
</head>
<body>
<h1>{vendor}: billing portal API</h1>
<p>This is the backend of {vendor}'s billing portal: customers see what they owe, pay by card or bank account, and read
their history. It is for programs; it has no pages for customers.{portal}</p>
{documentation}{login}{mails}<h2>For programs</h2>
<dl>
<dt><a href="/v1/portal-config"><code>/v1/portal-config</code></a></dt>
<dd>The portal's name, colour, languages and ways to pay, before anyone signs in.</dd>
<dt><a href="/.well-known/jwks.json"><code>/.well-known/jwks.json</code></a></dt>
<dd>The public keys of access tokens.</dd>
<dt><a href="/livez"><code>/livez</code></a>, <a href="/readyz"><code>/readyz</code></a></dt>
<dd>The state of the process, and of its database.</dd>
</dl>
<p>Questions: <a href="mailto:{support}">{support}</a></p>
</body>
</html>
"""
_PORTAL = ' Yours is at <a href="{url}">{url}</a>.'
_DOCUMENTATION = """\
<h2>For developers</h2>
<dl>
<dt><a href="/docs">Documentation</a></dt>
<dd>Every operation, to read and to try out in the browser.</dd>
<dt><a href="/openapi.json">OpenAPI document</a></dt>
<dd>The contract, from which clients are generated.</dd>
<dt><a href="{problems}">Problems</a></dt>
<dd>Every error by its code, with cause and cure.</dd>
</dl>
<p>A client for TypeScript, its types for <code>openapi-fetch</code> or a whole SDK:</p>
<pre><code>npx openapi-typescript {base}/openapi.json --default-non-nullable=false -o api.d.ts
npx @hey-api/openapi-ts -i {base}/openapi.json -o api</code></pre>
"""
_LOGIN = """\
<h2>The demo user</h2>
<p>This is a development server with invented data. Sign in as <code>{email}</code> with the password
<code>{password}</code>: the <a href="/docs">documentation</a> does so with one click, and a shell so:</p>
<pre><code>curl -sS {base}/v1/sessions \\
  -H 'Content-Type: application/json' \\
  -d '{{"email": "{email}", "password": "{password}"}}'</code></pre>
"""
_MAILS = """\
<h2>The mails</h2>
<p>Each mail that this server sends can be seen on <a href="{url}">the page of mails</a>; none leaves this machine.</p>
"""

router = APIRouter(include_in_schema=False)


@router.get("/")
async def show(request: Request) -> Response:
    """Return the page."""
    settings: Settings = request.app.state.settings
    return page(_content(settings), cache_control="public, max-age=300")


def _content(settings: Settings) -> str:
    login = settings.example_sign_in
    return _PAGE.format(
        vendor=escape(settings.vendor_name),
        color=settings.vendor_color,
        support=escape(settings.vendor_support_email),
        portal=_PORTAL.format(url=escape(settings.portal_url)) if settings.portal_url else "",
        documentation=_DOCUMENTATION.format(problems=TYPE_BASE.rstrip("/"), base=escape(settings.base_url))
        if settings.serve_docs
        else "",
        login=_LOGIN.format(base=escape(settings.base_url), **{name: escape(text) for name, text in login.items()})
        if login
        else "",
        mails=_MAILS.format(url=escape(settings.docs_mails_url)) if settings.docs_mails_url else "",
    )
