"""A portal on a developer's machine, in the browser that `make run` says how to start."""

import os
import re
import shlex
import subprocess
from collections import deque
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from billing_api.dev.demo.users import DEMO_EMAIL, DEMO_PASSWORD
from tests.browser.details import BANK_DETAILS, CARD, MANDATE
from tests.fixtures.local_run import LocalRun
from tests.fixtures.waiting import PATIENCE_SECONDS

pytestmark = pytest.mark.slow

_CALL = """async ([url, body]) => {
    const response = await fetch(url, {
        method: "POST",
        headers: {"Content-Type": "application/json", "X-Requested-With": "portal"},
        credentials: "include",
        body: JSON.stringify(body),
    });
    return {status: response.status, body: await response.json()};
}"""
_LOGIN = {"email": DEMO_EMAIL, "password": DEMO_PASSWORD}


@dataclass(frozen=True)
class Started:
    """A local run, and its own browser's way in."""

    api: str
    devtools: str


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Started]:
    """Chromium, started by the printed line; only what this machine lacks is added: a screen, and a user."""
    run = LocalRun(tmp_path_factory.mktemp("local data"))
    try:
        _, printed = run.start_and_read_banner()
        (line,) = re.findall(r"^  (chromium .*)$", printed, re.MULTILINE)
        options = ["--headless=new", "--remote-debugging-port=0", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        with subprocess.Popen(
            [chromium, *shlex.split(line)[1:], *options], stderr=subprocess.PIPE, text=True
        ) as browser:
            assert browser.stderr is not None
            said = iter(browser.stderr.readline, "")
            address = next(line for line in said if line.startswith("DevTools listening on "))
            Thread(target=deque, args=(said, 0), daemon=True).start()  # Chromium would stop at a full pipe
            yield Started(f"http://127.0.0.1:{run.port}", address.split()[-1])
            browser.kill()
    finally:
        run.end()


@pytest.fixture
async def page(started: Started, portal_origin: str) -> AsyncIterator[Page]:
    """A portal's page at another port of this machine."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect_over_cdp(started.devtools, timeout=PATIENCE_SECONDS * 1000)
        opened = await browser.contexts[0].new_page()
        await opened.goto(portal_origin)
        yield opened
        await opened.close()
        await browser.close()


async def post(page: Page, url: str, body: dict[str, Any]) -> dict[str, Any]:
    response: dict[str, Any] = await page.evaluate(_CALL, [url, body])
    return response


async def test_a_card_and_a_bank_account_are_stored_by_the_unmodified_script(page: Page, started: Started) -> None:
    """With the demo login, and without any setting."""
    signed_in = await post(page, f"{started.api}/v1/sessions", _LOGIN)
    argument = {"api": started.api, "accessToken": signed_in["body"]["access_token"]}
    card = await page.evaluate("addCard", argument | {"creditCard": CARD})
    assert (card["status"], card["body"]["last4"]) == (201, "1111")
    bank = await page.evaluate("addBankAccount", argument | {"bankDetails": BANK_DETAILS, "mandateText": MANDATE})
    assert (bank["status"], bank["body"]["last4"]) == (201, "0000"), bank


async def test_the_cookie_works_from_another_port_of_the_same_site(page: Page, started: Started) -> None:
    """Though both speak http: browsers trust this machine."""
    assert (await post(page, f"{started.api}/v1/sessions", _LOGIN))["body"]["refresh_token"] is None
    refreshed = await post(page, f"{started.api}/v1/sessions/refresh", {})
    assert (refreshed["status"], refreshed["body"]["token_type"]) == (200, "Bearer")


async def test_another_site_learns_that_it_has_to_send_the_token_in_the_body(
    page: Page, started: Started, portal_origin: str
) -> None:
    """To a browser localhost is another site than 127.0.0.1."""
    await page.goto(portal_origin.replace("127.0.0.1", "localhost"))
    refused = await post(page, f"{started.api}/v1/sessions", _LOGIN)
    assert (refused["status"], refused["body"]["code"]) == (409, "cookie_on_another_site")
    signed_in = await post(page, f"{started.api}/v1/sessions", _LOGIN | {"refresh_token_in": "body"})
    again = {"refresh_token": signed_in["body"]["refresh_token"]}
    assert (await post(page, f"{started.api}/v1/sessions/refresh", again))["status"] == 200
    assert (await post(page, f"{started.api}/v1/sessions/refresh", {}))["body"]["code"] == "refresh_token_missing"
