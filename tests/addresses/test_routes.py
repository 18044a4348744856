"""The address book over HTTP."""

import asyncio
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.factories.addresses import new_address
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal

OFFICE = new_address()
NOWHERE = "/v1/addresses/01a203df-4cdb-7211-83aa-039c753394aa"


async def add(portal: Portal, **fields: Any) -> dict[str, Any]:
    response = await portal.post("/v1/addresses", json=OFFICE | fields)
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


def tag(address: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{address["version"]}"'}


async def defaults(portal: Portal) -> tuple[list[str], list[str]]:
    """The ids of the defaults for billing and for shipping."""
    book = (await portal.get("/v1/addresses?limit=100")).json()["data"]
    return [a["id"] for a in book if a["default_billing"]], [a["id"] for a in book if a["default_shipping"]]


class TestList:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/addresses")).status_code == 401

    async def test_another_accounts_addresses_are_not_listed(self, portal: Portal, stranger: Portal) -> None:
        await add(stranger)
        assert (await portal.get("/v1/addresses")).json() == {"data": [], "next_cursor": None, "has_more": False}

    async def test_pages_skip_none_and_repeat_none_while_addresses_are_added(self, portal: Portal) -> None:
        made = [(await add(portal, label=f"no. {n}"))["id"] for n in range(5)]
        first = (await portal.get("/v1/addresses?limit=2")).json()
        made.append((await add(portal, label="late"))["id"])
        seen = [a["id"] for a in first["data"]]
        page = first
        while page["has_more"]:
            page = (await portal.get(f"/v1/addresses?limit=2&cursor={page['next_cursor']}")).json()
            seen += [a["id"] for a in page["data"]]
        assert seen == made


class TestCreate:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.post("/v1/addresses", json=OFFICE)).status_code == 401

    async def test_a_viewer_may_not(self, viewer: Portal) -> None:
        assert (await viewer.post("/v1/addresses", json=OFFICE)).status_code == 403

    async def test_the_first_becomes_the_default_for_both_uses(self, portal: Portal) -> None:
        first, second = await add(portal), await add(portal)
        assert (first["default_billing"], first["default_shipping"]) == (True, True)
        assert (second["default_billing"], second["default_shipping"]) == (False, False)

    async def test_the_first_may_decline_to_be_the_default(self, portal: Portal) -> None:
        only = await add(portal, default_shipping=False)
        assert (only["default_billing"], only["default_shipping"]) == (True, False)

    async def test_the_response_has_location_and_version(self, portal: Portal) -> None:
        response = await portal.post("/v1/addresses", json=OFFICE)
        assert response.headers["ETag"].startswith('"1-')
        found = await portal.get(response.headers["Location"])
        assert found.json() == response.json()

    async def test_the_countrys_rules_count(self, portal: Portal) -> None:
        response = await portal.post("/v1/addresses", json=OFFICE | {"postal_code": "ABC", "region": None})
        assert response.status_code == 422
        assert {(e["pointer"], e["code"]) for e in response.json()["errors"]} == {
            ("/postal_code", "invalid"),
            ("/region", "required"),
        }

    async def test_regions_and_postal_codes_get_their_normal_form(self, portal: Portal) -> None:
        us = await add(portal, region="California")
        gb = await add(portal, country="GB", city="London", region=None, postal_code="sw1a 1aa", phone="020 7946 0958")
        assert us["region"] == "CA"
        assert (gb["postal_code"], gb["city"], gb["phone"]) == ("SW1A 1AA", "London", "+442079460958")

    async def test_an_extension_is_kept(self, portal: Portal) -> None:
        mine = await add(portal, phone="(212) 555-0100 ext. 12")
        assert (mine["phone"], mine["phone_extension"]) == ("+12125550100", "12")
        response = await portal.patch(f"/v1/addresses/{mine['id']}", json={"phone_extension": "13"}, headers=tag(mine))
        assert (response.json()["phone"], response.json()["phone_extension"]) == ("+12125550100", "13")

    @pytest.mark.parametrize("phone", ["12", "+1999", "not a number"])
    async def test_an_impossible_telephone_number_is_refused(self, portal: Portal, phone: str) -> None:
        response = await portal.post("/v1/addresses", json=OFFICE | {"phone": phone})
        assert response.json()["errors"][0]["pointer"] == "/phone"

    async def test_a_full_address_book_is_an_error(self, portal: Portal, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("billing_api.addresses.service.MAX_ADDRESSES", 1)
        await add(portal)
        response = await portal.post("/v1/addresses", json=OFFICE)
        assert (response.status_code, response.json()["code"]) == (409, "address_book_full")


class TestGet:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(NOWHERE)).status_code == 401

    async def test_another_accounts_address_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        theirs = await add(stranger)
        assert (await portal.get(f"/v1/addresses/{theirs['id']}")).status_code == 404

    async def test_a_known_version_is_not_sent_again(self, portal: Portal) -> None:
        url = f"/v1/addresses/{(await add(portal))['id']}"
        first = await portal.get(url)
        again = await portal.get(url, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


class TestUpdate:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.patch(NOWHERE, json={"label": "x"}, headers={"If-Match": "*"})).status_code == 401

    async def test_another_accounts_address_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        theirs = await add(stranger)
        response = await portal.patch(f"/v1/addresses/{theirs['id']}", json={"label": "x"}, headers=tag(theirs))
        assert response.status_code == 404

    async def test_without_if_match_it_is_428_and_with_an_old_one_412(self, portal: Portal) -> None:
        mine = await add(portal)
        path = f"/v1/addresses/{mine['id']}"
        assert (await portal.patch(path, json={"label": "x"})).status_code == 428
        assert (await portal.patch(path, json={"label": "x"}, headers=tag(mine))).status_code == 200
        assert (await portal.patch(path, json={"label": "y"}, headers=tag(mine))).json()["code"] == "stale_version"

    async def test_absent_fields_stay_and_null_empties(self, portal: Portal) -> None:
        mine = await add(portal, label="Office", line2="Floor 2")
        response = await portal.patch(f"/v1/addresses/{mine['id']}", json={"line2": None}, headers=tag(mine))
        assert (response.json()["label"], response.json()["line2"], response.json()["version"]) == ("Office", None, 2)

    async def test_required_fields_refuse_null(self, portal: Portal) -> None:
        mine = await add(portal)
        response = await portal.patch(f"/v1/addresses/{mine['id']}", json={"recipient": None}, headers=tag(mine))
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/recipient")

    async def test_the_whole_address_must_fit_its_country_after_the_change(self, portal: Portal) -> None:
        mine = await add(portal)
        response = await portal.patch(f"/v1/addresses/{mine['id']}", json={"country": "GB"}, headers=tag(mine))
        assert response.status_code == 422
        assert (await portal.get(f"/v1/addresses/{mine['id']}")).json() == mine

    async def test_an_old_address_that_would_not_fit_today_keeps_its_place(self, portal: Portal, sql: Sql) -> None:
        mine = await add(portal)
        await sql.execute("UPDATE addresses SET postal_code = 'ABC' WHERE id = $1", UUID(mine["id"]))
        path = f"/v1/addresses/{mine['id']}"
        labelled = await portal.patch(path, json={"label": "Old"}, headers=tag(mine))
        assert (labelled.status_code, labelled.json()["postal_code"]) == (200, "ABC")
        moved = await portal.patch(path, json={"line1": "2 Main Street"}, headers=tag(labelled.json()))
        assert (moved.status_code, moved.json()["errors"][0]["pointer"]) == (422, "/postal_code")

    async def test_a_new_default_takes_the_flag_from_the_old_one(self, portal: Portal) -> None:
        old, new = await add(portal), await add(portal)
        response = await portal.patch(f"/v1/addresses/{new['id']}", json={"default_shipping": True}, headers=tag(new))
        assert response.json()["default_shipping"] is True
        assert await defaults(portal) == ([old["id"]], [new["id"]])
        assert (await portal.get(f"/v1/addresses/{old['id']}")).json()["version"] == 2

    async def test_twenty_at_once_leave_one_default(self, portal: Portal) -> None:
        book = [await add(portal) for _ in range(20)]
        responses = await asyncio.gather(
            *(
                portal.patch(f"/v1/addresses/{a['id']}", json={"default_billing": True}, headers={"If-Match": "*"})
                for a in book
            )
        )
        assert {response.status_code for response in responses} == {200}
        billing, shipping = await defaults(portal)
        assert (len(billing), len(shipping)) == (1, 1)


class TestRemove:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.delete(NOWHERE, headers={"If-Match": "*"})).status_code == 401

    async def test_another_accounts_address_is_not_found(self, portal: Portal, stranger: Portal) -> None:
        theirs = await add(stranger)
        assert (await portal.delete(f"/v1/addresses/{theirs['id']}", headers=tag(theirs))).status_code == 404
        assert (await stranger.get(f"/v1/addresses/{theirs['id']}")).status_code == 200

    async def test_a_removed_default_leaves_none_and_the_response_says_so(self, portal: Portal) -> None:
        first = await add(portal)
        await add(portal)
        response = await portal.delete(f"/v1/addresses/{first['id']}", headers=tag(first))
        assert response.json() == {"id": first["id"], "was_default_billing": True, "was_default_shipping": True}
        assert await defaults(portal) == ([], [])
        assert (await portal.get(f"/v1/addresses/{first['id']}")).status_code == 404
