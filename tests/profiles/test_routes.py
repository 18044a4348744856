"""The profile over HTTP."""

import httpx
import pytest

from tests.fixtures.signed_in import Portal


class TestGet:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/v1/profile")).status_code == 401

    async def test_it_is_the_callers_own(self, portal: Portal, stranger: Portal) -> None:
        mine, theirs = (await portal.get("/v1/profile")).json(), (await stranger.get("/v1/profile")).json()
        assert (mine["account_id"], theirs["account_id"]) == (str(portal.account_id), str(stranger.account_id))

    async def test_currency_and_terms_are_shown(self, portal: Portal) -> None:
        profile = (await portal.get("/v1/profile")).json()
        assert profile["currency"] == "USD"
        assert profile["terms"].keys() == {
            "net_days",
            "discount_basis_points",
            "discount_days",
            "discount_includes_tax",
        }


class TestUpdate:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.patch("/v1/profile", json={}, headers={"If-Match": "*"})).status_code == 401

    async def test_only_an_owner_may(self, viewer: Portal) -> None:
        response = await viewer.patch("/v1/profile", json={"contact_name": "Me"}, headers={"If-Match": "*"})
        assert response.status_code == 403

    async def test_given_fields_change_and_the_version_counts(self, portal: Portal) -> None:
        before = await portal.get("/v1/profile")
        change = {"contact_name": "Pat Doe", "phone": "+1 650 253 0000"}
        after = await portal.patch("/v1/profile", json=change, headers={"If-Match": before.headers["ETag"]})
        assert after.json()["phone"] == "+16502530000"
        assert after.json()["phone_extension"] is None
        assert after.json()["company_name"] == before.json()["company_name"]
        assert after.json()["version"] == before.json()["version"] + 1
        assert (await portal.get("/v1/profile")).json() == after.json()

    async def test_a_stale_version_is_refused_and_changes_nothing(self, portal: Portal) -> None:
        response = await portal.patch("/v1/profile", json={"contact_name": "Late"}, headers={"If-Match": '"99"'})
        assert response.status_code == 412
        assert (await portal.get("/v1/profile")).json()["contact_name"] is None

    @pytest.mark.parametrize(
        ("change", "pointer"),
        [
            ({"phone": "650 253 0000"}, "/phone"),
            ({"locale": "xx-XX"}, "/locale"),
            ({"company_name": None}, "/company_name"),
            ({"company_name": "\u3164"}, "/company_name"),
            ({"contact_name": "\u200b\ufeff"}, "/contact_name"),
            ({"currency": "EUR"}, "/currency"),
            ({"email": "new"}, "/email"),
            ({"email": None}, "/email"),
        ],
    )
    async def test_invalid_fields_are_refused(self, portal: Portal, change: dict[str, object], pointer: str) -> None:
        response = await portal.patch("/v1/profile", json=change, headers={"If-Match": "*"})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, pointer)

    async def test_names_are_kept_in_their_composed_form(self, portal: Portal) -> None:
        response = await portal.patch("/v1/profile", json={"company_name": "Cafe\u0301"}, headers={"If-Match": "*"})
        assert response.json()["company_name"] == "Caf\u00e9"

    async def test_an_extension_is_kept_with_its_number(self, portal: Portal) -> None:
        response = await portal.patch("/v1/profile", json={"phone": "+1 212 555 0100 x12"}, headers={"If-Match": "*"})
        assert (response.json()["phone"], response.json()["phone_extension"]) == ("+12125550100", "12")
        again = await portal.patch("/v1/profile", json={"phone": "+12125550100"}, headers={"If-Match": "*"})
        assert again.json()["phone_extension"] == "12"
        moved = await portal.patch("/v1/profile", json={"phone": "+12125550199"}, headers={"If-Match": "*"})
        assert (moved.json()["phone"], moved.json()["phone_extension"]) == ("+12125550199", None)
        assert (await portal.get("/v1/profile")).json() == moved.json()
