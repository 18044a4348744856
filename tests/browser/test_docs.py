"""The interactive documentation in a real browser: signing in, trying out, on a desktop and on a phone."""

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect
from pydantic import SecretStr

from billing_api.config import Settings
from tests.browser.conftest import Api, serving
from tests.factories.users import make_account, make_member
from tests.fixtures.waiting import PATIENCE_SECONDS

_PASSWORD = "a quiet river at dawn"
_DESKTOP, _PHONE = (1280, 900), (390, 844)
_SIGNED_IN = "Signed in: Sunny Side Ltd (owner)"
expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest.fixture(scope="module")
def email() -> str:
    """The demo user's."""
    return f"{uuid4().hex}@example.com"


@pytest.fixture(scope="module")
async def shown(settings: Settings, email: str) -> AsyncIterator[Api]:
    """A server that shows everybody how to sign in."""
    login = {"serve_docs": True, "docs_login": SecretStr(f"{email}:{_PASSWORD}")}
    async with serving(settings.model_copy(update=login)) as running:
        account_id = await make_account(running.services)
        password = await running.services.passwords.hash(SecretStr(_PASSWORD))
        await make_member(running.services, account_id, email=email, password=password)
        yield running


@pytest.fixture(params=[_DESKTOP, _PHONE], ids=["desktop", "phone"])
async def docs(browser: Browser, shown: Api, request: pytest.FixtureRequest) -> AsyncIterator[Page]:
    """The page, freshly opened; it may neither fail, be refused anything by its policy nor ask another host."""
    width, height = request.param
    async with asyncio.timeout(180):  # three drawings, on a busy machine
        context = await browser.new_context(viewport={"width": width, "height": height})
        page = await context.new_page()
        troubles: list[str] = []
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("request", lambda sent: troubles.append(sent.url) if not _is_ours(sent.url, shown) else None)
        page.on("console", lambda line: troubles.append(line.text) if "Content Security" in line.text else None)
        await open_docs(page, shown)
        yield page
    assert troubles == []
    await context.close()


def _is_ours(url: str, shown: Api) -> bool:
    return url.startswith((shown.url, "data:"))


async def open_docs(page: Page, shown: Api) -> None:
    """Wait until the document is drawn, too."""
    await page.goto(f"{shown.url}/docs")
    await expect(page.locator("#swagger-ui")).to_have_attribute("data-ready", "yes")


async def open_operation(page: Page, tag: str, operation_id: str) -> None:
    await page.locator(f"#operations-tag-{tag}").click()
    await page.locator(f"#operations-{tag}-{operation_id} .opblock-summary-control").click()


async def execute(page: Page, operation_id: str) -> str:
    """Try an operation out that is open; return the status."""
    operation = page.locator(f"[id$=-{operation_id}]")
    await operation.locator("button.execute").click()
    status = operation.locator(".live-responses-table tbody .response-col_status")
    await expect(status).to_be_visible()
    return (await status.inner_text()).strip()


async def sign_in(page: Page) -> None:
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.locator("#signed-in span")).to_have_text(_SIGNED_IN)


# Drawing the document takes Chromium seconds: a test does all that one page can show.


async def test_it_opens_collapsed_says_a_wrong_password_and_finds_operations(docs: Page) -> None:
    assert await docs.locator(".opblock").count() == 0
    assert await docs.locator("h2.group").all_inner_texts() == ["Sign-in", "Portal", "Integration"]

    await docs.get_by_label("Password").fill("a quiet river at dusk")
    await docs.get_by_role("button", name="Sign in").click()
    await expect(docs.locator("#sign-in-message")).to_have_text("The e-mail address or the password is not right.")

    # The filter shows what it finds without another click.
    await docs.locator(".operation-filter-input").fill("/quote")
    await expect(docs.locator(".opblock")).to_have_count(1)
    await expect(docs.locator(".opblock-summary-path")).to_have_text("/v1/payments/quote")


async def test_the_sign_in_operation_has_the_demo_login_and_counts_too(docs: Page, email: str) -> None:
    """Opened, two clicks: its summary and Execute."""
    await open_operation(docs, "sessions", "sessions_create")
    body = await docs.locator("#operations-sessions-sessions_create textarea").first.input_value()
    assert json.loads(body) == {"email": email, "password": _PASSWORD}
    assert await execute(docs, "sessions_create") == "201"
    await expect(docs.locator("#signed-in span")).to_have_text(_SIGNED_IN)


async def test_one_signs_in_with_one_click_tries_operations_and_signs_out(docs: Page, shown: Api) -> None:
    await sign_in(docs)
    await open_operation(docs, "overview", "overview_get")
    assert await execute(docs, "overview_get") == "200"

    await open_operation(docs, "invoices", "invoices_list")
    widths = await docs.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    assert widths[0] <= widths[1], "nothing is wider than the screen"
    # The examples of cursors, filters and ETags stand in their descriptions, and are not sent.
    async with docs.expect_request("**/v1/invoices*") as asked:
        assert await execute(docs, "invoices_list") == "200"
    sent = (await asked.value).url.partition("?")[2]
    assert set(sent.split("&")) <= {"", "limit=25", "sort=-issued_on"}, "the defaults alone, in any order"

    await open_docs(docs, shown)
    await expect(docs.locator("#signed-in span")).to_have_text(_SIGNED_IN)
    # Where scripts read no token is stored.
    assert await docs.evaluate("JSON.stringify(localStorage)") == '{"billing-docs-signed-in":"yes"}'
    assert await docs.evaluate("document.cookie") == ""

    await docs.get_by_role("button", name="Sign out").click()
    await expect(docs.get_by_role("button", name="Sign in")).to_be_visible()
    await open_docs(docs, shown)
    await open_operation(docs, "overview", "overview_get")
    assert await execute(docs, "overview_get") == "401"
