"""The schedule over HTTP."""

from datetime import date
from typing import Any

import httpx
import pytest

from billing_api.statement_schedules.mailing_days import next_mailing_day
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

SCHEDULE = "/v1/statement-schedule"
MONTHLY: dict[str, Any] = {"frequency": "monthly", "day": 5, "recipients": ["accounts@sunnyside.example"]}


async def put(portal: Portal, body: dict[str, Any], version: int | None = None) -> httpx.Response:
    return await portal.put(SCHEDULE, json=body, headers={"If-Match": f'"{version}"' if version else "*"})


class TestGet:
    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get(SCHEDULE)).status_code == 401

    async def test_at_first_nothing_is_mailed(self, viewer: Portal) -> None:
        assert (await viewer.get(SCHEDULE)).json() == {
            "enabled": False,
            "frequency": "monthly",
            "day": 1,
            "type": "activity",
            "summary": False,
            "locale": None,
            "recipients": [],
            "next_on": None,
            "updated_at": None,
            "version": 1,
        }


class TestUpdate:
    async def test_the_next_mail_is_on_the_first_mailing_day_after_today(
        self, portal: Portal, viewer: Portal, services: Services
    ) -> None:
        saved = await put(portal, MONTHLY, version=1)
        assert saved.status_code == 200
        body = saved.json()
        assert (body["enabled"], body["version"]) == (True, 2)
        today = services.clock.today()
        assert date.fromisoformat(body["next_on"]) == next_mailing_day("monthly", 5, today) > today
        assert (await viewer.get(SCHEDULE)).json() == body

    async def test_a_change_of_the_recipients_keeps_the_day_and_one_that_changes_nothing_the_version(
        self, portal: Portal, sql: Sql
    ) -> None:
        first = (await put(portal, MONTHLY)).json()
        waiting = date(2026, 11, 5)
        await sql.execute(
            "UPDATE statement_schedules SET next_on = $2 WHERE account_id = $1", portal.account_id, waiting
        )
        changed = (await put(portal, MONTHLY | {"recipients": ["pat@example.com"]})).json()
        assert (changed["next_on"], changed["version"]) == (waiting.isoformat(), first["version"] + 1)
        assert (await put(portal, MONTHLY | {"recipients": ["pat@example.com"]})).json() == changed

    async def test_an_address_counts_once_in_its_normal_form(self, portal: Portal) -> None:
        body = MONTHLY | {"recipients": ["Pat@Example.com", "pat@example.com ", "sam@example.com"]}
        assert (await put(portal, body)).json()["recipients"] == ["pat@example.com", "sam@example.com"]

    async def test_one_that_is_not_enabled_keeps_its_values(self, portal: Portal) -> None:
        await put(portal, MONTHLY | {"summary": True})
        off = (await put(portal, MONTHLY | {"summary": True, "enabled": False})).json()
        assert (off["enabled"], off["next_on"], off["summary"], off["day"]) == (False, None, True, 5)
        assert (await put(portal, {**MONTHLY, "enabled": False, "recipients": []})).status_code == 200

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            (MONTHLY | {"day": 0}, "greater_than_equal"),
            (MONTHLY | {"day": 32}, "less_than_equal"),
            (MONTHLY | {"frequency": "daily"}, "literal_error"),
            (MONTHLY | {"recipients": []}, "no_recipients"),
            (MONTHLY | {"recipients": ["no address"]}, "invalid_email"),
            (MONTHLY | {"recipients": ["pat@example.com\r\nBcc: all@example.com"]}, "control_character"),
            (MONTHLY | {"recipients": [f"pat{n}@example.com" for n in range(11)]}, "too_long"),
            (MONTHLY | {"locale": "tlh"}, "unknown_locale"),
        ],
    )
    async def test_wrong_input_is_refused(self, portal: Portal, body: dict[str, Any], code: str) -> None:
        response = await put(portal, body)
        assert (response.status_code, [error["code"] for error in response.json()["errors"]]) == (422, [code])
        assert response.json()["errors"][0]["pointer"].startswith("/")
        assert (await portal.get(SCHEDULE)).json()["version"] == 1

    async def test_it_wants_the_version_that_was_read(self, portal: Portal) -> None:
        assert (await portal.put(SCHEDULE, json=MONTHLY)).status_code == 428
        assert (await put(portal, MONTHLY, version=1)).status_code == 200
        assert (await put(portal, MONTHLY | {"day": 9}, version=1)).status_code == 412

    async def test_a_viewer_may_not_change_it(self, viewer: Portal) -> None:
        assert (await put(viewer, MONTHLY)).status_code == 403

    async def test_it_stands_in_the_audit_log(self, portal: Portal, sql: Sql) -> None:
        await put(portal, MONTHLY)
        asked = "SELECT detail FROM audit_log WHERE account_id = $1 AND action = 'statement_schedule.updated'"
        detail = await sql.fetchval(asked, portal.account_id)
        assert '"recipients": 1' in str(detail)
        assert "accounts@" not in str(detail)
