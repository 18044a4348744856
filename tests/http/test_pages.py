"""Lists: keyset pages by opaque cursors, tried on the address book."""

import base64
import json
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.factories.addresses import ADDRESSES, add_address
from tests.factories.invoices import post_invoice
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem

_ID = "01a203df-4cdb-7211-83aa-039c753394aa"


@pytest.fixture
async def made(portal: Portal) -> list[str]:
    """The ids of five addresses, oldest first."""
    return [(await add_address(portal))["id"] for _ in range(5)]


@pytest.fixture
async def cursor(portal: Portal, made: list[str]) -> str:
    """The cursor after the second address."""
    return str((await portal.get(f"{ADDRESSES}?limit=2")).json()["next_cursor"])


def packed(*values: object) -> str:
    """Return a forged cursor."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).rstrip(b"=").decode()


class TestWalk:
    """From the first page to the last."""

    async def test_link_leads_on(self, portal: Portal, made: list[str]) -> None:
        """RFC 8288: the next page's address, with the parameters of this one; none on the last."""
        seen, url = [], f"{ADDRESSES}?limit=2"
        for size in (2, 2, 1):
            response = await portal.get(url)
            page = response.json()
            seen += [address["id"] for address in page["data"]]
            assert len(page["data"]) == size
            if page["has_more"]:
                url = response.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
                assert urlsplit(url).path == ADDRESSES
                assert parse_qs(urlsplit(url).query) == {"limit": ["2"], "cursor": [page["next_cursor"]]}
        assert seen == made
        assert (page["has_more"], page["next_cursor"]) == (False, None)
        assert "link" not in response.headers

    async def test_last_page_may_be_full(self, portal: Portal, made: list[str]) -> None:
        """A page that ends with the last row does not promise another."""
        page = (await portal.get(f"{ADDRESSES}?limit=5")).json()
        assert (len(page["data"]), page["has_more"]) == (5, False)

    async def test_limit_may_change_on_the_way(self, portal: Portal, made: list[str], cursor: str) -> None:
        """A cursor is a place, not a page."""
        page = (await portal.get(f"{ADDRESSES}?limit=100&cursor={cursor}")).json()
        assert [address["id"] for address in page["data"]] == made[2:]

    async def test_rows_may_go_on_the_way(self, portal: Portal, made: list[str], cursor: str) -> None:
        """Also the one that the cursor names."""
        for gone in made[1:3]:
            await portal.delete(f"{ADDRESSES}/{gone}", headers={"If-Match": "*"})
        page = (await portal.get(f"{ADDRESSES}?cursor={cursor}")).json()
        assert [address["id"] for address in page["data"]] == made[3:]

    async def test_default_limit(self, portal: Portal, made: list[str]) -> None:
        """Twenty-five, said in the docs."""
        for _ in range(21):
            await add_address(portal)
        page = (await portal.get(ADDRESSES)).json()
        assert (len(page["data"]), page["has_more"]) == (25, True)


class TestCursor:
    """Our own cursors are accepted; others are a 400, never a 500 and never a first page."""

    @pytest.mark.parametrize(
        "forged",
        [
            "x",
            "abc",
            "_" * 1024,
            base64.urlsafe_b64encode(b"not json at all").rstrip(b"=").decode(),
            base64.urlsafe_b64encode(b"[" * 700).rstrip(b"=").decode(),
            base64.urlsafe_b64encode(b"\xff\xfe").rstrip(b"=").decode(),
            packed(),
            packed(None),
            packed("", "01a203df-4cdb-7211-83aa-039c753394aa"),
            base64.urlsafe_b64encode(b"{}").rstrip(b"=").decode(),
            base64.urlsafe_b64encode(b"1").rstrip(b"=").decode(),
            base64.urlsafe_b64encode(b'"text"').rstrip(b"=").decode(),
        ],
    )
    async def test_forged(self, portal: Portal, forged: str) -> None:
        """Whatever it is made of."""
        problem(await portal.get(f"{ADDRESSES}?cursor={forged}"), 400, "bad_cursor")

    @pytest.mark.parametrize(
        "place",
        [
            [],
            [None],
            [1],
            ["no id"],
            [["a"]],
            [{"a": 1}],
            [True],
            ["a\x00"],
            ["01a203df-4cdb-7211-83aa-039c753394aa"] * 2,
        ],
        ids=repr,
    )
    async def test_forged_place(self, portal: Portal, cursor: str, place: list[object]) -> None:
        """The list's own mark with a place that is none of its places."""
        mark, _ = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        problem(await portal.get(f"{ADDRESSES}?cursor={packed(mark, *place)}"), 400, "bad_cursor")

    @pytest.mark.parametrize("cut", [1, 5, 20])
    async def test_cut(self, portal: Portal, cursor: str, cut: int) -> None:
        """A cursor that lost its end on the way."""
        problem(await portal.get(f"{ADDRESSES}?cursor={cursor[:-cut]}"), 400, "bad_cursor")

    async def test_of_another_list(self, portal: Portal, cursor: str) -> None:
        """It has a place that would even fit."""
        problem(await portal.get(f"/v1/sessions?cursor={cursor}"), 400, "bad_cursor")

    @pytest.mark.parametrize("other", ["status=open", "sort=issued_on", "currency=USD", "q=1"])
    async def test_of_another_query(self, portal: Portal, services: Services, other: str) -> None:
        """Filters and sorts stay the same from page to page, or rows would be skipped."""
        for _ in range(2):
            await post_invoice(services, portal.account_id)
        cursor = (await portal.get("/v1/invoices?limit=1")).json()["next_cursor"]
        assert (await portal.get(f"/v1/invoices?limit=1&cursor={cursor}")).status_code == 200
        problem(await portal.get(f"/v1/invoices?limit=1&cursor={cursor}&{other}"), 400, "bad_cursor")

    async def test_of_another_account(self, portal: Portal, stranger: Portal, made: list[str], cursor: str) -> None:
        """A place alone opens nothing: every query takes the account from the token."""
        own = await add_address(stranger)
        page = (await stranger.get(f"{ADDRESSES}?cursor={cursor}")).json()
        assert [address["id"] for address in page["data"]] == [own["id"]]
        assert not {address["id"] for address in page["data"]} & set(made)
