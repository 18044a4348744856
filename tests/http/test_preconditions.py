"""ETag, If-None-Match and If-Match (RFC 9110, 13), tried on an address and on a list."""

import re
from typing import Any

import httpx
import pytest

from tests.factories.addresses import ADDRESSES, add_address
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem


@pytest.fixture
async def address(portal: Portal) -> dict[str, Any]:
    """An address that was changed once, so that its version is 2."""
    made = await add_address(portal)
    response = await portal.patch(f"{ADDRESSES}/{made['id']}", json={"label": "Office"}, headers={"If-Match": '"1"'})
    body: dict[str, Any] = response.raise_for_status().json()
    return body


@pytest.fixture
async def etag(portal: Portal, url: str) -> str:
    """Return the ETag of a read."""
    return (await portal.get(url)).headers["etag"]


@pytest.fixture
def url(address: dict[str, Any]) -> str:
    """Where it is."""
    return f"{ADDRESSES}/{address['id']}"


class TestReading:
    """A version that the client has already is a 304."""

    async def test_etag_is_the_version_and_the_account(self, portal: Portal, viewer: Portal, url: str) -> None:
        """A strong one, the same for everybody on the account."""
        response, colleagues = await portal.get(url), await viewer.get(url)
        assert re.fullmatch(r'"2-[0-9a-f]{12}-[0-9a-f]{24}"', response.headers["etag"])
        assert colleagues.headers["etag"] == response.headers["etag"]
        assert response.json()["version"] == 2

    async def test_same_version_of_another_account_has_another_etag(self, portal: Portal, stranger: Portal) -> None:
        """One address, `/v1/profile`, is a resource of each account."""
        mine, theirs = await portal.get("/v1/profile"), await stranger.get("/v1/profile")
        assert mine.json()["version"] == theirs.json()["version"]
        again = await stranger.get("/v1/profile", headers={"If-None-Match": mine.headers["etag"]})
        assert (again.status_code, again.json()) == (200, theirs.json())

    @pytest.mark.parametrize("tags", ["{etag}", "W/{etag}", '"1", {etag}', '"x",{etag} , "y"', "*"])
    async def test_known(self, portal: Portal, url: str, etag: str, tags: str) -> None:
        """The comparison is the weak one; the response has no body."""
        response = await portal.get(url, headers={"If-None-Match": tags.format(etag=etag)})
        assert (response.status_code, response.content, response.headers["etag"]) == (304, b"", etag)
        assert "content-type" not in response.headers

    async def test_known_in_a_second_header(self, portal: Portal, url: str, etag: str) -> None:
        """Several headers are one list (RFC 9110, 5.3)."""
        headers = httpx.Headers([("If-None-Match", '"x"'), ("If-None-Match", etag)])
        assert (await portal.get(url, headers=headers)).status_code == 304

    @pytest.mark.parametrize("tags", ['"1"', '"2"', 'W/"2"', '"22"', "2", '"2', "", "W/2", '"*"'])
    async def test_not_known(self, portal: Portal, url: str, tags: str) -> None:
        """A tag that is none of ours, or no tag at all."""
        assert (await portal.get(url, headers={"If-None-Match": tags})).status_code == 200

    async def test_response_without_a_version_has_a_tag_of_its_content(self, portal: Portal) -> None:
        """It changes with the content, and only then."""
        first = await portal.get("/v1/balance")
        again = await portal.get("/v1/balance", headers={"If-None-Match": first.headers["etag"]})
        assert again.status_code == 304

    async def test_another_accounts_row_is_not_found_whatever_is_known_of_it(
        self, stranger: Portal, url: str, etag: str
    ) -> None:
        """A tag is no key."""
        problem(await stranger.get(url, headers={"If-None-Match": etag}), 404, "address_not_found")


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
class TestChanging:
    """A client overwrites only the version that it has read."""

    async def test_without_if_match(self, portal: Portal, url: str, method: str) -> None:
        """428 (RFC 6585)."""
        response = await change(portal, method, url)
        problem(response, 428, "precondition_required")
        assert (await portal.get(url)).json()["version"] == 2

    @pytest.mark.parametrize(
        "tags", ['"1"', '"3"', 'W/"2"', "2", '"2', "", '"*"', '"22"', "null", '"2-0123456789ab"', '"2-0123456789ab-0"']
    )
    async def test_of_another_version(self, portal: Portal, url: str, method: str, tags: str) -> None:
        """412; the comparison is the strong one, so a weak tag never fits."""
        problem(await change(portal, method, url, tags), 412, "stale_version")
        assert (await portal.get(url)).json()["version"] == 2

    @pytest.mark.parametrize("tags", ["{etag}", '"1", {etag}', '"2"', '"1", "2"', "*", ' "2" '])
    async def test_of_this_version(self, portal: Portal, url: str, etag: str, method: str, tags: str) -> None:
        """Done, and the version is another; its number in quotes does as well as the ETag."""
        assert (await change(portal, method, url, tags.format(etag=etag))).status_code == 200
        now = await portal.get(url)
        assert now.status_code == 404 if method == "DELETE" else now.json()["version"] == 3

    async def test_of_this_version_in_a_second_header(self, portal: Portal, url: str, method: str) -> None:
        """Several headers are one list (RFC 9110, 5.3)."""
        body = {"label": "Other"} if method == "PATCH" else None
        headers = httpx.Headers([("If-Match", '"99"'), ("If-Match", '"2"')])
        assert (await portal.request(method, url, headers=headers, json=body)).status_code == 200

    async def test_response_has_the_etag_of_the_next_change(self, portal: Portal, url: str, method: str) -> None:
        """No read lies between two changes of one client."""
        changed = await change(portal, "PATCH", url, '"2"')
        assert changed.headers["etag"].startswith('"3-')
        assert (await change(portal, method, url, changed.headers["etag"])).status_code == 200

    async def test_another_accounts_row(self, stranger: Portal, url: str, method: str) -> None:
        """404, before any word on versions."""
        problem(await change(stranger, method, url, '"1"'), 404, "address_not_found")

    async def test_of_what_is_not_there(self, portal: Portal, method: str) -> None:
        """404 also under `*`."""
        nowhere = f"{ADDRESSES}/{portal.account_id}"
        problem(await change(portal, method, nowhere, "*"), 404, "address_not_found")


async def change(portal: Portal, method: str, url: str, tags: str | None = None) -> Any:
    """PATCH or DELETE it."""
    headers = {} if tags is None else {"If-Match": tags}
    if method == "DELETE":
        return await portal.delete(url, headers=headers)
    return await portal.patch(url, json={"label": "Warehouse"}, headers=headers)
