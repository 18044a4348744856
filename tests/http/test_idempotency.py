"""Idempotency-Key, tried on the address book, where it may be left out; payments have tests of their own."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from tests.factories.addresses import ADDRESSES, new_address
from tests.factories.users import Member
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import EnterAs, Portal, SignInAs
from tests.http.problem import problem


async def post(portal: Portal, key: str | None, **fields: object) -> httpx.Response:
    """Add an address."""
    headers = {} if key is None else {"Idempotency-Key": key}
    return await portal.post(ADDRESSES, json=new_address(**fields), headers=headers)


async def count(portal: Portal) -> int:
    """How many addresses there are."""
    return len((await portal.get(f"{ADDRESSES}?limit=100")).json()["data"])


@pytest.fixture
def key() -> str:
    """A key as clients make them."""
    return str(uuid4())


class TestForm:
    """Which keys there are."""

    async def test_may_be_left_out(self, portal: Portal) -> None:
        """Then each request counts."""
        assert [(await post(portal, None)).status_code for _ in range(2)] == [201, 201]
        assert await count(portal) == 2

    @pytest.mark.parametrize(
        "bad", ["", "short", "x" * 19, "x" * 256, "x" * 5000, "ключ-" * 6, "a\tb" * 10, " " + "x" * 20, "x" * 20 + " "]
    )
    async def test_bad(self, portal: Portal, bad: str) -> None:
        """400, and nothing is done."""
        response = await portal.post(ADDRESSES, json=new_address(), headers=[(b"Idempotency-Key", bad.encode())])
        problem(response, 400, "bad_idempotency_key")
        assert await count(portal) == 0

    async def test_two_keys(self, portal: Portal, key: str) -> None:
        """A proxy or a client in doubt sent two: 400, even when they are equal."""
        for other in (key, str(uuid4())):
            headers = [("Idempotency-Key", key), ("Idempotency-Key", other)]
            response = await portal.post(ADDRESSES, json=new_address(), headers=headers)
            problem(response, 400, "bad_idempotency_key")
        assert await count(portal) == 0

    @pytest.mark.parametrize("good", ["x" * 20, "x" * 255, "order 17 / try 1 ~!@#$%^&*()"])
    async def test_good(self, portal: Portal, good: str) -> None:
        """Twenty to 255 visible characters."""
        assert (await post(portal, good)).status_code == 201


class TestRepeating:
    """The same request again."""

    async def test_a_repeat_gets_the_same_response_and_is_not_carried_out(self, portal: Portal, key: str) -> None:
        """Byte for byte, and marked as a replay."""
        first, again = await post(portal, key), await post(portal, key)
        assert "idempotent-replayed" not in first.headers
        assert again.headers["idempotent-replayed"] == "true"
        assert (again.status_code, again.content) == (201, first.content)
        for name in ("content-type", "location", "etag", "cache-control"):
            assert again.headers[name] == first.headers[name]
        assert await count(portal) == 1

    async def test_a_repeat_gets_the_first_response_after_the_row_has_changed(self, portal: Portal, key: str) -> None:
        """The response describes the row as it was then."""
        first = await post(portal, key)
        url = f"{ADDRESSES}/{first.json()['id']}"
        await portal.delete(url, headers={"If-Match": "*"})
        assert (await post(portal, key)).content == first.content
        assert await count(portal) == 0

    async def test_white_space_and_order_make_no_other_request(self, portal: Portal, key: str) -> None:
        """The digest is that of the parsed value."""
        headers = {"Idempotency-Key": key, "Content-Type": "application/json"}
        first = await post(portal, key)
        shuffled = json.dumps(dict(reversed(new_address().items())), indent=3)
        again = await portal.post(ADDRESSES, content=shuffled, headers=headers)
        assert again.content == first.content

    async def test_other_body(self, portal: Portal, key: str) -> None:
        """422: the key belongs to another request."""
        await post(portal, key)
        problem(await post(portal, key, label="another"), 422, "idempotency_key_reused")
        assert await count(portal) == 1

    async def test_a_response_is_kept_for_two_days(self, portal: Portal, key: str, sql: Sql) -> None:
        before = datetime.now(UTC)
        await post(portal, key)
        after = datetime.now(UTC)
        expires_at = await sql.fetchval("SELECT expires_at FROM idempotency_keys WHERE key = $1", key)
        assert before + timedelta(hours=48) <= expires_at <= after + timedelta(hours=48)

    async def test_refusal_is_not_remembered(self, portal: Portal, key: str) -> None:
        """Nothing was done, so the key is free for the corrected request."""
        problem(await post(portal, key, postal_code="nonsense"), 422, "validation_failed")
        assert (await post(portal, key)).status_code == 201


class TestScope:
    """The owner of a key."""

    async def test_another_account(self, portal: Portal, stranger: Portal, key: str) -> None:
        """Two that choose the same key never meet."""
        first, theirs = await post(portal, key), await post(stranger, key)
        assert theirs.status_code == 201
        assert theirs.json()["id"] != first.json()["id"]

    async def test_another_user_on_the_same_account(self, portal: Portal, sign_in_as: SignInAs, key: str) -> None:
        """A key belongs to one user: another user who chooses the same key neither reads nor replaces its response."""
        colleague = await sign_in_as("payer", portal.account_id)
        mine = await post(portal, key)
        theirs = await post(colleague, key)
        assert "idempotent-replayed" not in theirs.headers
        assert await count(portal) == 2
        for user, first in ((portal, mine), (colleague, theirs)):
            again = await post(user, key)
            assert (again.headers["idempotent-replayed"], again.content) == ("true", first.content)

    async def test_another_session_of_the_same_user(self, portal: Portal, enter_as: EnterAs, key: str) -> None:
        """A user who signs in again between two tries is the same user."""
        me = Member(portal.account_id, portal.user_id, "", portal.caller.role)
        first, again = await post(portal, key), await post(await enter_as(me), key)
        assert again.content == first.content


class TestAtOnce:
    """Twenty requests at the same moment."""

    async def test_one_key_makes_one_row(self, portal: Portal, key: str) -> None:
        """One request is carried out; the others wait for its response, or get a 409 with Retry-After."""
        responses = await asyncio.gather(*(post(portal, key) for _ in range(20)))
        assert await count(portal) == 1
        statuses = Counter(response.status_code for response in responses)
        assert statuses.keys() <= {201, 409}
        made = [response for response in responses if response.status_code == 201]
        assert len({response.content for response in made}) == 1
        assert sum("idempotent-replayed" not in response.headers for response in made) == 1
        for response in responses:
            if response.status_code == 409:
                problem(response, 409, "request_in_flight")
                assert int(response.headers["retry-after"]) >= 1

    async def test_twenty_keys_make_twenty_rows(self, portal: Portal) -> None:
        """None is lost, and one alone is the default."""
        responses = await asyncio.gather(*(post(portal, str(uuid4())) for _ in range(20)))
        assert Counter(response.status_code for response in responses) == {201: 20}
        book = (await portal.get(f"{ADDRESSES}?limit=100")).json()["data"]
        assert sum(address["default_billing"] for address in book) == 1
