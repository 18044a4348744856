"""A profile's new address: it counts once its mailbox has confirmed it, and the old one is told."""

import re
from email.message import EmailMessage
from uuid import uuid4

import httpx
import pytest

from billing_api.jobs.periodic import Tick
from tests.fixtures.later import Later
from tests.fixtures.post import Post, html_of, text_of
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal

PROFILE, PENDING, CONFIRM = "/v1/profile", "/v1/profile/pending-email", "/v1/profile/email-confirmations"
ANY = {"If-Match": "*"}


@pytest.fixture
def new() -> str:
    """An address that nobody has asked for."""
    return f"new-{uuid4().hex}@customer.example"


@pytest.fixture
async def old(portal: Portal, sql: Sql) -> str:
    """The profile's present address."""
    address = f"old-{uuid4().hex}@customer.example"
    await sql.execute("UPDATE profiles SET email = $2 WHERE account_id = $1", portal.account_id, address)
    return address


async def ask(portal: Portal, email: str, **headers: str) -> httpx.Response:
    """Ask for a new address."""
    return await portal.patch(PROFILE, json={"email": email}, headers={**ANY, **headers})


async def confirm(client: httpx.AsyncClient, token: str) -> httpx.Response:
    """Open the link of the mail."""
    return await client.post(CONFIRM, json={"token": token})


def token_in(mail: EmailMessage) -> str:
    """Return the token of a mail's link."""
    [token] = re.findall(r"https://portal\.example\.com/confirm-email#token=(ec_[\w-]{64})", text_of(mail))
    assert f"#token={token}" in html_of(mail)
    return str(token)


def assert_refused(response: httpx.Response) -> None:
    assert (response.status_code, response.json()["errors"][0]["pointer"]) == (422, "/token")


class TestAsking:
    async def test_the_new_address_waits_and_can_be_seen(self, portal: Portal, old: str, new: str) -> None:
        before = (await portal.get(PROFILE)).json()
        assert before["pending_email"] is None
        response = await ask(portal, new)
        profile = response.json()
        assert (response.status_code, profile["email"], profile["pending_email"]["email"]) == (200, old, new)
        assert profile["version"] == before["version"] + 1
        assert (await portal.get(PROFILE)).json() == profile
        assert (await portal.get("/v1/overview")).json()["profile"] == profile

    async def test_both_addresses_are_written_to(self, portal: Portal, post: Post, old: str, new: str) -> None:
        await ask(portal, new)
        [to_new], [to_old] = await post.to(new), await post.to(old)
        assert to_new["Subject"] == "Confirm your email address for Example Vendor"
        assert to_old["Subject"] == "A new email address was requested"
        assert new in text_of(to_old)
        assert "#token" not in text_of(to_old)

    async def test_without_a_portal_the_mail_has_a_code_and_no_link(
        self, portal: Portal, client: httpx.AsyncClient, post_without_portal: Post, new: str
    ) -> None:
        await ask(portal, new)
        [mail] = await post_without_portal.to(new)
        text = text_of(mail)
        assert "Enter this code where the portal asks for it." in text
        assert "The code works for 24 hours. Until it is used nothing changes." in text
        assert not re.search(r"\blink\b", text + html_of(mail))
        [token] = re.findall(r"^ec_[\w-]{64}$", text, re.MULTILINE)
        assert (await confirm(client, token)).status_code == 204

    async def test_other_fields_change_at_once(self, portal: Portal, new: str) -> None:
        response = await portal.patch(PROFILE, json={"email": new, "contact_name": "Pat Doe"}, headers=ANY)
        assert (response.json()["contact_name"], response.json()["email"]) == ("Pat Doe", None)

    async def test_an_address_of_another_account_is_no_different(
        self, portal: Portal, stranger: Portal, sql: Sql, new: str
    ) -> None:
        """Several accounts may share a mailbox, and none learns of another."""
        await sql.execute("UPDATE profiles SET email = $2 WHERE account_id = $1", stranger.account_id, new)
        response = await ask(portal, new)
        assert (response.status_code, response.json()["pending_email"]["email"]) == (200, new)

    async def test_only_an_owner_may(self, viewer: Portal, payer: Portal, new: str) -> None:
        for portal in (viewer, payer):
            assert (await ask(portal, new)).status_code == 403
            assert (await portal.delete(PENDING, headers=ANY)).status_code == 403

    async def test_a_stale_version_is_refused_and_mails_nobody(self, portal: Portal, post: Post, new: str) -> None:
        assert (await ask(portal, new, **{"If-Match": '"99"'})).status_code == 412
        assert await post.to(new) == []

    async def test_an_account_is_throttled(self, portal: Portal) -> None:
        statuses = [(await ask(portal, f"{uuid4().hex}@customer.example")).status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]

    async def test_an_address_is_throttled_over_accounts(self, portal: Portal, stranger: Portal, new: str) -> None:
        statuses = [(await ask(one, new)).status_code for one in (portal, stranger) for _ in range(3)]
        assert statuses == [200] * 5 + [429]


class TestConfirming:
    async def test_the_link_makes_it_the_profiles_and_the_old_one_is_told(
        self, portal: Portal, client: httpx.AsyncClient, post: Post, old: str, new: str
    ) -> None:
        before = (await ask(portal, new)).json()
        [mail] = await post.to(new)
        assert (await confirm(client, token_in(mail))).status_code == 204
        profile = (await portal.get(PROFILE)).json()
        assert (profile["email"], profile["pending_email"], profile["version"]) == (new, None, before["version"] + 1)
        requested, changed = await post.to(old)
        assert changed["Subject"] == "Your email address was changed"
        assert new in text_of(changed)
        assert requested["Message-ID"] != changed["Message-ID"]

    async def test_it_works_once(self, portal: Portal, client: httpx.AsyncClient, post: Post, new: str) -> None:
        await ask(portal, new)
        [mail] = await post.to(new)
        assert (await confirm(client, token_in(mail))).status_code == 204
        assert_refused(await confirm(client, token_in(mail)))

    async def test_a_later_request_makes_the_link_useless(
        self, portal: Portal, client: httpx.AsyncClient, post: Post, new: str
    ) -> None:
        await ask(portal, new)
        await post.work()
        await ask(portal, new)
        first, second = await post.to(new)
        assert_refused(await confirm(client, token_in(first)))
        assert (await confirm(client, token_in(second))).status_code == 204

    async def test_another_accounts_token_does_not_fit(
        self, portal: Portal, stranger: Portal, client: httpx.AsyncClient, post: Post, new: str
    ) -> None:
        await ask(portal, new)
        await ask(stranger, new)
        first, second = (token_in(mail) for mail in await post.to(new))
        assert_refused(await confirm(client, first[:20] + second[20:]))
        assert (await portal.get(PROFILE)).json()["email"] is None

    @pytest.mark.parametrize("token", ["x", "ec_", "ec_" + "A" * 64, "ec_é", "ec_%%%%", "pr_" + "A" * 43])
    async def test_what_is_no_token_is_refused(self, client: httpx.AsyncClient, token: str) -> None:
        assert_refused(await confirm(client, token))

    async def test_it_expires_and_is_then_forgotten(
        self, portal: Portal, post: Post, later: Later, sql: Sql, client: httpx.AsyncClient, new: str
    ) -> None:
        await ask(portal, new)
        [mail] = await post.to(new)
        await sql.execute(
            "UPDATE email_changes SET expires_at = now() - interval '1 second' WHERE account_id = $1", portal.account_id
        )
        assert_refused(await confirm(client, token_in(mail)))
        before = (await portal.get(PROFILE)).json()
        now = later.clock.now()
        await later.services.profiles.forget_expired_emails(Tick(now, now))
        profile = (await portal.get(PROFILE)).json()
        assert (profile["pending_email"], profile["version"]) == (None, before["version"] + 1)

    async def test_the_token_stands_in_no_row(self, portal: Portal, post: Post, sql: Sql, new: str) -> None:
        await ask(portal, new)
        [mail] = await post.to(new)
        secret = token_in(mail)[30:]
        for table in ("jobs", "deliveries", "email_changes", "audit_log", "outbox_events"):
            assert secret not in str([dict(row) for row in await sql.fetch(f"SELECT * FROM {table}")])


class TestTakingBack:
    async def test_it_is_gone_and_its_link_is_useless(
        self, portal: Portal, client: httpx.AsyncClient, post: Post, new: str
    ) -> None:
        asked = await ask(portal, new)
        [mail] = await post.to(new)
        response = await portal.delete(PENDING, headers={"If-Match": asked.headers["ETag"]})
        assert (response.status_code, response.content) == (204, b"")
        assert (await portal.get(PROFILE)).json()["pending_email"] is None
        assert_refused(await confirm(client, token_in(mail)))
        assert (await portal.delete(PENDING, headers=ANY)).json()["code"] == "no_pending_email"

    async def test_before_the_mail_is_sent_none_goes_out(self, portal: Portal, post: Post, new: str) -> None:
        await ask(portal, new)
        assert (await portal.delete(PENDING, headers=ANY)).status_code == 204
        assert await post.to(new) == []

    async def test_the_present_address_takes_it_back(self, portal: Portal, post: Post, old: str, new: str) -> None:
        await ask(portal, new)
        response = await ask(portal, old.upper())
        assert (response.json()["email"], response.json()["pending_email"]) == (old, None)
        again = await ask(portal, old)
        assert again.json()["version"] == response.json()["version"]

    async def test_a_stale_version_is_refused(self, portal: Portal, new: str) -> None:
        await ask(portal, new)
        assert (await portal.delete(PENDING, headers={"If-Match": '"1"'})).status_code == 412

    async def test_another_account_has_none(self, portal: Portal, stranger: Portal, new: str) -> None:
        await ask(portal, new)
        assert (await stranger.delete(PENDING, headers=ANY)).status_code == 404

    async def test_anonymous_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.delete(PENDING, headers=ANY)).status_code == 401
