"""Which mails a user gets, by their own choice."""

import httpx
import pytest

from tests.factories.sessions import audit_of
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

PATH = "/v1/notification-preferences"
ALL = dict.fromkeys(
    (
        "new_invoice",
        "due_soon",
        "overdue",
        "payment_receipt",
        "payment_failed",
        "payment_upcoming",
        "payment_method",
        "statement",
    ),
    True,
)
NONE = dict.fromkeys(ALL, False)


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).status_code == 401
    assert (await client.put(PATH, json=ALL, headers={"If-Match": "*"})).status_code == 401


async def test_at_first_an_owner_and_a_payer_get_all_and_a_viewer_none(
    portal: Portal, payer: Portal, viewer: Portal
) -> None:
    for one, choices in ((portal, ALL), (payer, ALL), (viewer, NONE)):
        assert (await one.get(PATH)).json() == {**choices, "version": 1}


async def test_a_choice_is_kept_for_this_user_on_this_account(
    portal: Portal, payer: Portal, stranger: Portal, services: Services
) -> None:
    before = await portal.get(PATH)
    wanted = ALL | {"due_soon": False}
    response = await portal.put(PATH, json=wanted, headers={"If-Match": before.headers["ETag"]})
    assert (response.status_code, response.json()) == (200, {**wanted, "version": 2})
    assert (await portal.get(PATH)).json() == response.json()
    for other in (payer, stranger):
        assert (await other.get(PATH)).json()["due_soon"] is True
    [entry] = await audit_of(services, portal.account_id, "notification_preferences.updated")
    assert entry.detail["due_soon"] is False


async def test_a_viewer_may_choose_too(viewer: Portal) -> None:
    response = await viewer.put(PATH, json=NONE | {"statement": True}, headers={"If-Match": '"1"'})
    assert response.json()["statement"] is True


async def test_the_same_choices_make_no_new_version(portal: Portal) -> None:
    assert (await portal.put(PATH, json=ALL, headers={"If-Match": '"1"'})).json()["version"] == 1


async def test_an_old_version_is_refused(portal: Portal) -> None:
    for choices, status in ((NONE, 200), (ALL, 412)):
        assert (await portal.put(PATH, json=choices, headers={"If-Match": '"1"'})).status_code == status
    assert (await portal.get(PATH)).json()["new_invoice"] is False


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"new_invoice": True}, "/due_soon"),
        (ALL | {"overdue": "yes"}, "/overdue"),
        (ALL | {"overdue": None}, "/overdue"),
        (ALL | {"sign_in": False}, "/sign_in"),
    ],
)
async def test_what_is_missing_or_wrong_is_named(portal: Portal, body: dict[str, object], pointer: str) -> None:
    response = await portal.put(PATH, json=body, headers={"If-Match": "*"})
    assert response.status_code == 422
    assert pointer in [error["pointer"] for error in response.json()["errors"]]
