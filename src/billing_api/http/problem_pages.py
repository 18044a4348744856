"""A page for each code of a problem, which the member `type` names: the cause, the cure, the members and an example."""

import json
import re
from functools import cache
from html import escape

from fastapi import APIRouter, HTTPException, Response

from billing_api.errors import AppError, InvalidInputError
from billing_api.http.field_codes import FIELD_CODES, GATEWAY_CODES
from billing_api.http.pages import page
from billing_api.http.problem_schemas import catalogue, cause_of, example_of, members_of
from billing_api.http.problems import TYPE_BASE, status_of

_CODE = re.compile("`([^`]+)`")
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem; }}
h1 {{ line-height: 1.2; }}
code, pre {{ font: .9em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }}
pre {{ border: 1px solid #8886; border-radius: .4rem; padding: .8rem; white-space: pre-wrap; }}
table {{ border-collapse: collapse; width: 100%; }}
td code {{ overflow-wrap: break-word; }}
th, td {{ border-bottom: 1px solid #8884; padding: .4rem .8rem .4rem 0; text-align: left; vertical-align: top; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""

router = APIRouter(include_in_schema=False)


@router.get(TYPE_BASE.rstrip("/"))
async def list_codes() -> Response:
    """Return the page that lists all codes."""
    return _page(_index())


@router.get(TYPE_BASE + "{code}")
async def explain(code: str) -> Response:
    """Return the page of one code."""
    if code not in catalogue():
        raise HTTPException(404)
    return _page(_explanation(code))


def _page(content: str) -> Response:
    return page(content, cache_control="public, max-age=3600")


@cache
def _index() -> str:
    rows = "".join(
        f'<tr><td><a href="{TYPE_BASE}{code}"><code>{code}</code></a><td>{status_of(error)}<td>{_text(error.title)}\n'
        for code, error in sorted(catalogue().items(), key=lambda item: (status_of(item[1]), item[0]))
    )
    body = (
        "<h1>Problems</h1>\n"
        "<p>Every error is an RFC 9457 problem document. Decide by its <code>code</code>, which is stable; "
        "its texts may change. Its <code>type</code> is the address of one of these pages. "
        f'Codes of single fields are in <code>errors</code> of <a href="{TYPE_BASE}{InvalidInputError.code}#fields">'
        f"<code>{InvalidInputError.code}</code></a>.</p>\n"
        f"<table>\n<tr><th>Code<th>Status<th>Meaning\n{rows}</table>"
    )
    return _PAGE.format(title="Problems", body=body)


@cache
def _explanation(code: str) -> str:
    error = catalogue()[code]
    example = json.dumps(example_of(error.example(), "/v1/…"), indent=2, ensure_ascii=False)
    body = (
        f'<p><a href="{TYPE_BASE.rstrip("/")}">Problems</a></p>\n'
        f"<h1>{_text(error.title)}</h1>\n"
        f"<p><code>{code}</code>, status {status_of(error)}</p>\n"
        f"<h2>Cause</h2>\n<p>{_text(cause_of(error))}</p>\n"
        f"<h2>Cure</h2>\n<p>{_text(error.cure)}</p>\n"
        f"{_members(error)}"
        f"<h2>Example</h2>\n<pre>{escape(example)}</pre>\n"
        f"{_field_codes() if error is InvalidInputError else ''}"
    )
    return _PAGE.format(title=f"{code}: {escape(error.title)}", body=body)


def _field_codes() -> str:
    rows = "".join(f"<tr><td><code>{code}</code><td>{_text(words)}\n" for code, words in sorted(FIELD_CODES.items()))
    return f'<h2 id="fields">Codes of fields</h2>\n<p>{_text(GATEWAY_CODES)}</p>\n<table>\n{rows}</table>\n'


def _members(error: type[AppError]) -> str:
    rows = "".join(
        f"<tr><td><code>{name}</code><td>{_text(schema.get('description', ''))}\n" for name, schema in members_of(error)
    )
    return f"<h2>Members of its own</h2>\n<table>\n{rows}</table>\n" if rows else ""


def _text(words: str) -> str:
    return _CODE.sub(r"<code>\1</code>", escape(words, quote=False))
