"""The page at the root: where to go from here."""

import re
from html import unescape
from pathlib import Path

import httpx
from pydantic import SecretStr

from billing_api.config import Settings
from billing_api.main import create_app

_LINK = re.compile(r'href="(/[^"]*)"')


async def page_of(settings: Settings) -> httpx.Response:
    transport = httpx.ASGITransport(app=create_app(settings))
    async with httpx.AsyncClient(transport=transport, base_url="http://billing.test") as client:
        return await client.get("/")


async def test_every_link_leads_somewhere(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    links = set(_LINK.findall(page.text))
    assert {"/docs", "/openapi.json", "/v1/portal-config"} < links
    for link in links:
        assert (await client.get(link)).status_code == 200, link
    assert (await client.head("/")).status_code == 200


async def test_it_runs_no_script_and_loads_nothing(client: httpx.AsyncClient) -> None:
    page = await client.get("/")
    policy = page.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'none'"} < set(policy)
    assert not re.search(r"<script|\son\w+=|src=|@import|url\(", page.text)


async def test_it_names_the_vendor_and_shows_no_markup_of_settings(settings: Settings) -> None:
    update = {"vendor_name": "Miller & <b>Sons</b>", "portal_url": "https://portal.example.com/?a=1&b=2"}
    text = (await page_of(settings.model_copy(update=update))).text
    assert "<h1>Miller &amp; &lt;b&gt;Sons&lt;/b&gt;: billing portal API</h1>" in text
    assert 'href="https://portal.example.com/?a=1&amp;b=2"' in text


async def test_it_shows_how_a_client_is_generated(settings: Settings) -> None:
    """By the commands of the README, with this server's address."""
    text = unescape((await page_of(settings.model_copy(update={"serve_docs": True}))).text)
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    commands = re.findall(r"npx \S.*", readme.partition("## A client for your portal")[2].partition("\n## ")[0])
    assert len(commands) == 2
    for command in commands:
        assert command.replace("http://127.0.0.1:8000", settings.base_url) in text


async def test_without_docs_it_does_not_point_to_them(settings: Settings) -> None:
    text = (await page_of(settings.model_copy(update={"serve_docs": False}))).text
    assert "/docs" not in text
    assert "/openapi.json" not in text


async def test_the_demo_user_is_shown_where_a_setting_names_one(settings: Settings) -> None:
    assert "demo user" not in (await page_of(settings)).text
    login = {"docs_login": SecretStr("pat@example.com:a:quiet & river")}
    assert "<code>a:quiet &amp; river</code>" in (await page_of(settings.model_copy(update=login))).text


async def test_the_page_of_mails_is_linked_where_a_setting_names_it(settings: Settings) -> None:
    assert "mails" not in (await page_of(settings)).text
    link = {"docs_mails_url": "http://127.0.0.1:8025"}
    assert '<a href="http://127.0.0.1:8025">' in (await page_of(settings.model_copy(update=link))).text
