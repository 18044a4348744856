"""A forgotten password: the link comes by mail, and the response says nothing of who is known."""

import re
from uuid import uuid4

import httpx
import pytest

from billing_api.config import Settings
from billing_api.main import create_app
from tests.factories.sessions import audit_of, sign_in
from tests.factories.users import Member, make_member
from tests.fixtures.post import Post, html_of, text_of
from tests.fixtures.queries import Queries, Sql
from tests.fixtures.services import Services

REQUEST, CONFIRM = "/v1/password-resets", "/v1/password-resets/confirm"
NEW = "another river at dusk"


async def ask(client: httpx.AsyncClient, email: str) -> httpx.Response:
    """Ask for a link."""
    return await client.post(REQUEST, json={"email": email})


def token_in(text: str) -> str:
    """Return the token of a mail's link."""
    [token] = re.findall(r"https://portal\.example\.com/set-password#token=(pr_[\w-]{43})", text)
    return str(token)


class TestKnown:
    async def test_the_link_of_the_mail_sets_the_password_once(
        self, client: httpx.AsyncClient, browser: httpx.AsyncClient, services: Services, member: Member, post: Post
    ) -> None:
        response = await ask(client, member.email)
        assert (response.status_code, response.json()) == (202, {"valid_minutes": 60})
        [mail] = await post.to(member.email)
        assert mail["Subject"] == "Choose a new password for Example Vendor"
        assert "for 60 minutes" in text_of(mail)
        token = token_in(text_of(mail))
        assert f"#token={token}" in html_of(mail)
        given = {"token": token, "new_password": NEW}
        assert (await client.post(CONFIRM, json=given)).status_code == 204
        assert (await sign_in(browser, member, password=NEW)).status_code == 201
        assert (await client.post(CONFIRM, json=given)).status_code == 422
        assert len(await audit_of(services, member.account_id, "password_reset.issued")) == 1

    async def test_without_a_portal_the_mail_has_a_code_and_no_link(
        self, client: httpx.AsyncClient, member: Member, post_without_portal: Post
    ) -> None:
        await ask(client, member.email)
        [mail] = await post_without_portal.to(member.email)
        text = text_of(mail)
        assert "Enter this code where the portal asks for it." in text
        assert "The code works once, and for 60 minutes." in text
        assert not re.search(r"\blink\b", text + html_of(mail))
        [token] = re.findall(r"^pr_[\w-]{43}$", text, re.MULTILINE)
        assert (await client.post(CONFIRM, json={"token": token, "new_password": NEW})).status_code == 204

    async def test_the_address_may_be_written_otherwise(
        self, client: httpx.AsyncClient, member: Member, post: Post
    ) -> None:
        assert (await ask(client, f"  {member.email.upper()} ")).status_code == 202
        assert len(await post.to(member.email)) == 1

    async def test_a_second_mail_makes_the_first_link_useless(
        self, client: httpx.AsyncClient, member: Member, post: Post
    ) -> None:
        await ask(client, member.email)
        await post.work()
        await ask(client, member.email)
        first, second = await post.to(member.email)
        assert first["Message-ID"] != second["Message-ID"]
        for mail, status in ((first, 422), (second, 204)):
            given = {"token": token_in(text_of(mail)), "new_password": NEW}
            assert (await client.post(CONFIRM, json=given)).status_code == status

    async def test_the_vendors_link_stays_until_a_password_is_set(
        self, client: httpx.AsyncClient, services: Services, member: Member, post: Post
    ) -> None:
        """Anybody who knows the address may ask for a mail."""
        earlier, mine = [await services.members.issue_link(member.email) for _ in range(2)]
        await ask(client, member.email)
        [mail] = await post.to(member.email)
        for token, status in ((earlier, 422), (mine, 204), (token_in(text_of(mail)), 422)):
            assert (await client.post(CONFIRM, json={"token": token, "new_password": NEW})).status_code == status

    async def test_the_link_of_a_mail_ends_the_vendors_once_it_is_used(
        self, client: httpx.AsyncClient, services: Services, member: Member, post: Post
    ) -> None:
        await ask(client, member.email)
        [mail] = await post.to(member.email)
        vendors = await services.members.issue_link(member.email)
        for token, status in ((token_in(text_of(mail)), 204), (vendors, 422)):
            assert (await client.post(CONFIRM, json={"token": token, "new_password": NEW})).status_code == status

    async def test_a_mail_that_is_late_is_not_sent_after_its_link_was_replaced(
        self, client: httpx.AsyncClient, member: Member, post: Post, sql: Sql
    ) -> None:
        post.box.refused = {member.email: "450 later"}
        await ask(client, member.email)
        await post.work()
        await ask(client, member.email)
        await post.work()
        post.box.refused = {}
        await sql.execute("UPDATE jobs SET run_at = now() WHERE account_id = $1", member.account_id)
        assert len(await post.to(member.email)) == 1

    async def test_the_token_stands_in_no_row(
        self, client: httpx.AsyncClient, member: Member, post: Post, sql: Sql
    ) -> None:
        post.box.refused = {member.email: "450 later"}
        await ask(client, member.email)
        await post.work()
        post.box.refused = {}
        kept = [
            str(dict(row))
            for table in ("jobs", "deliveries", "password_resets", "audit_log", "outbox_events")
            for row in await sql.fetch(f"SELECT * FROM {table}")
        ]
        await sql.execute("UPDATE jobs SET run_at = now() WHERE account_id = $1", member.account_id)
        [mail] = await post.to(member.email)
        token = token_in(text_of(mail))
        assert not [row for row in kept if token in row or token.removeprefix("pr_") in row]

    async def test_a_disabled_user_gets_none(
        self, client: httpx.AsyncClient, services: Services, member: Member, post: Post
    ) -> None:
        await services.members.disable(member.email, disabled=True)
        assert (await ask(client, member.email)).status_code == 202
        assert await post.to(member.email) == []


class TestUnknown:
    async def test_the_response_is_the_same_and_nothing_is_sent(
        self, client: httpx.AsyncClient, member: Member, post: Post
    ) -> None:
        known, unknown = await ask(client, member.email), await ask(client, f"{uuid4().hex}@example.com")
        assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
        assert known.headers.keys() == unknown.headers.keys()
        await post.work()
        assert {str(mail["To"]) for mail in post.box.mails} == {member.email}

    async def test_it_costs_the_same_statements(
        self, client: httpx.AsyncClient, services: Services, queries: Queries
    ) -> None:
        member = await make_member(services)
        spent = []
        for email in (member.email, f"{uuid4().hex}@example.com"):
            queries.clear()
            assert (await ask(client, email)).status_code == 202
            spent.append(list(queries))
        assert spent[0] == spent[1]

    @pytest.mark.parametrize(
        "email", ["", "nobody", "a@b", "x" * 300 + "@example.com", None, "a@example.com\r\nBcc: b@c.org"]
    )
    async def test_what_is_no_address_is_a_422(self, client: httpx.AsyncClient, email: object) -> None:
        response = await client.post(REQUEST, json={"email": email})
        assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/email")


class TestLimits:
    async def test_one_address_is_throttled_known_or_not(self, client: httpx.AsyncClient, member: Member) -> None:
        for email in (member.email, f"{uuid4().hex}@example.com"):
            statuses = [(await ask(client, email)).status_code for _ in range(6)]
            assert statuses == [202] * 5 + [429]

    async def test_one_network_is_throttled(self, settings: Settings) -> None:
        strict = settings.model_copy(update={"password_resets_per_ip": "2 per hour", "trusted_proxies": ["*"]})
        app = create_app(strict)
        async with app.router.lifespan_context(app):
            transport = httpx.ASGITransport(app=app, client=("203.0.113.77", 1))
            async with httpx.AsyncClient(transport=transport, base_url="http://billing.test") as client:
                responses = [await ask(client, f"{uuid4().hex}@example.com") for _ in range(3)]
        assert [response.status_code for response in responses] == [202, 202, 429]
        assert int(responses[2].headers["Retry-After"]) > 0
