"""The interactive page: everything it loads is ours, so that it works with no internet."""

import re
from types import SimpleNamespace

import httpx
import pytest
from fastapi import FastAPI

from billing_api.config import Settings
from tests.architecture.authorisation import MATRIX
from tests.architecture.operations import document

_ASSET = re.compile(r'(?:src|href)="([^"]+)"')


async def test_page_loads_only_what_we_serve(client: httpx.AsyncClient) -> None:
    """Each file that it names is there, in the kind that a browser told not to guess wants."""
    page = await client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assets = _ASSET.findall(page.text)
    assert len(assets) == 5
    kinds = {"css": "text/css", "js": "text/javascript", "png": "image/png"}
    for asset in assets:
        assert asset.startswith("/docs/assets/")
        response = await client.get(asset)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(kinds[asset.rpartition(".")[2]])
        assert response.headers["x-content-type-options"] == "nosniff"


async def test_policy_lets_scripts_in_from_here_alone(client: httpx.AsyncClient) -> None:
    """No inline script, no other host, no eval; so the page itself has none either."""
    page = await client.get("/docs")
    rules = dict(rule.strip().split(" ", 1) for rule in page.headers["content-security-policy"].split(";"))
    assert rules["default-src"] == "'self'"
    assert rules.get("script-src", rules["default-src"]) == "'self'"
    assert rules["frame-ancestors"] == "'none'"
    assert "http" not in page.headers["content-security-policy"]
    assert not re.search(r"<script(?![^>]*\ssrc=)|\son\w+=|javascript:", page.text)


@pytest.mark.parametrize("path", ["/docs", "/docs/assets/docs.js"])
async def test_our_own_script_names_no_other_host(client: httpx.AsyncClient, path: str) -> None:
    """The script that starts the page names none either, since a validator's badge would call home."""
    text = (await client.get(path)).text
    assert not re.search(r"(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}", text)


async def test_start_switches_the_validators_badge_off(client: httpx.AsyncClient) -> None:
    """Swagger UI would ask validator.swagger.io about every document that is not local."""
    assert "validatorUrl: null" in (await client.get("/docs/assets/docs.js")).text


@pytest.mark.parametrize(
    "name", ["../docs.py", "docs.js.map", "..%2f..%2fconfig.py", "index.html", "swagger-ui.css.map", ""]
)
async def test_other_files_are_not_served(client: httpx.AsyncClient, name: str) -> None:
    """The list is a list, not a folder."""
    assert (await client.get(f"/docs/assets/{name}")).status_code == 404


async def test_document_is_served(client: httpx.AsyncClient, settings: Settings) -> None:
    """The same that stands in openapi/."""
    response = await client.get("/openapi.json")
    assert response.headers["content-type"] == "application/json"
    served = response.json()
    assert [server["url"] for server in served.pop("servers")] == [settings.base_url]
    assert served == {name: part for name, part in document().items() if name != "servers"}


async def test_document_is_written_before_the_first_request(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Writing it takes a quarter of a second, in which no other request would get a response."""

    def late() -> None:
        pytest.fail("the document is written during a request")

    monkeypatch.setattr(app, "openapi", late)
    monkeypatch.setattr("billing_api.http.contract.json", SimpleNamespace(dumps=late))  # others may use json meanwhile
    assert (await client.get("/openapi.json")).status_code == 200


async def test_document_is_sent_once_to_a_client_that_keeps_it(client: httpx.AsyncClient) -> None:
    """A page that is loaded again needs 300 kB less."""
    etag = (await client.get("/openapi.json")).headers["etag"]
    again = await client.get("/openapi.json", headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", etag)
    other = await client.get("/openapi.json", headers={"If-None-Match": '"another"'})
    assert other.status_code == 200


async def test_no_password_is_shown_without_the_setting(client: httpx.AsyncClient) -> None:
    """As in production, which refuses the setting."""
    assert 'data-login="null"' in (await client.get("/docs")).text


async def test_the_groups_have_every_tag_once_in_the_order_of_the_tags(client: httpx.AsyncClient) -> None:
    """Swagger UI draws tags in the document's order, and a heading above the first of each group."""
    contract = (await client.get("/openapi.json")).json()
    groups = contract["x-tagGroups"]
    assert [group["name"] for group in groups] == ["Sign-in", "Portal", "Integration"]
    tags = [tag for group in groups for tag in group["tags"]]
    assert tags == [tag["name"] for tag in contract["tags"]]
    operations = [operation for item in contract["paths"].values() for operation in item.values()]
    assert {tag for operation in operations for tag in operation["tags"]} == set(tags)


async def test_what_partners_call_is_in_their_group(client: httpx.AsyncClient) -> None:
    contract = (await client.get("/openapi.json")).json()
    operations = [operation for item in contract["paths"].values() for operation in item.values()]
    of_partners = {tag for one in operations if MATRIX[one["operationId"]].scope for tag in one["tags"]}
    (group,) = [group for group in contract["x-tagGroups"] if group["name"] == "Integration"]
    missing = sorted(of_partners - set(group["tags"]))
    assert not missing, f"add {missing} to _INTEGRATION in src/billing_api/v1.py"
