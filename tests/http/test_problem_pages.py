"""The address in a problem's `type` has a page for people, which needs nothing but this service."""

import re
from html.parser import HTMLParser

import httpx
import pytest

from billing_api.config import Settings
from billing_api.http.field_codes import FIELD_CODES
from billing_api.http.problem_schemas import catalogue
from billing_api.main import create_app
from tests.http.problem import problem


class Page(HTMLParser):
    """The addresses, the headings and the text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the addresses."""
        self.tags.add(tag)
        self.links += [value or "" for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data


async def test_type_of_a_problem_leads_to_its_page(client: httpx.AsyncClient) -> None:
    refusal = problem(await client.get("/v1/profile"), 401, "unauthenticated")
    page = await client.get(refusal["type"])
    assert page.headers["content-type"].startswith("text/html")
    text = Page(page.text).text
    assert refusal["title"] in text
    assert "Sign in with POST /v1/sessions" in text


async def test_index_lists_every_code_and_no_other(client: httpx.AsyncClient) -> None:
    links = Page((await client.get("/problems")).text).links
    fields = "/problems/validation_failed#fields"
    assert sorted(links) == sorted([*(f"/problems/{code}" for code in catalogue()), fields])
    assert '<h2 id="fields">' in (await client.get(fields)).text


@pytest.mark.parametrize("code", catalogue())
async def test_page_of_each_code(client: httpx.AsyncClient, code: str) -> None:
    """It says the cause and the cure, and shows each member that other problems don't have."""
    error = catalogue()[code]
    response = await client.get(f"/problems/{code}")
    page = Page(response.text)
    for words in (code, error.title, error.cure.replace("`", ""), *error.facts):
        assert words in page.text
    assert page.links == ["/problems"]


@pytest.mark.parametrize("path", ["/problems", "/problems/payment_declined"])
async def test_browser_needs_nothing_else(client: httpx.AsyncClient, path: str) -> None:
    """No script, and no address of another host."""
    response = await client.get(path)
    policy = response.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "http" not in policy
    assert "script" not in Page(response.text).tags
    assert not re.search(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", response.text)
    assert response.headers["cache-control"].startswith("public")


async def test_unknown_code_has_no_page(client: httpx.AsyncClient) -> None:
    problem(await client.get("/problems/no_such_code"), 404, "not_found")


async def test_pages_are_served_where_the_docs_are_not() -> None:
    """A production that hides its contract still sends problems."""
    transport = httpx.ASGITransport(create_app(Settings(serve_docs=False)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as stranger:
        assert (await stranger.get("/problems/payment_declined")).status_code == 200
        assert (await stranger.get("/docs")).status_code == 404


async def test_page_of_wrong_fields_lists_their_codes(client: httpx.AsyncClient) -> None:
    """The schema of a field refers to it."""
    text = Page((await client.get("/problems/validation_failed")).text).text
    for code, words in FIELD_CODES.items():
        assert f"{code}{words.replace('`', '')}" in text
