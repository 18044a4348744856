"""Statements by mail: to whom, what is in them, and how often."""

from datetime import date
from typing import Any
from uuid import uuid4

import httpx
import pytest
from limits import parse

from billing_api.ledger import postings
from tests.factories.invoices import post_invoice
from tests.factories.ledger import document
from tests.factories.ledger import post as post_entries
from tests.factories.payments import new_key
from tests.factories.statements import make_statement
from tests.fixtures.post import Post, html_of, text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

DAY = date(2026, 3, 31)


def someone() -> str:
    return f"{uuid4().hex}@example.com"


async def emails_path(services: Services, portal: Portal, **fields: Any) -> str:
    statement = await make_statement(services, portal.account_id, DAY, **fields)
    return f"/v1/statements/{statement.id}/emails"


async def send(portal: Portal, path: str, *recipients: str, **options: Any) -> httpx.Response:
    return await portal.post(path, json={"recipients": list(recipients)}, **options)


class TestSend:
    async def test_each_recipient_gets_the_statement_as_a_pdf(
        self, services: Services, payer: Portal, viewer: Portal, post: Post
    ) -> None:
        await post_invoice(services, payer.account_id, 12_500)
        path = await emails_path(services, payer, date_from=date(2026, 3, 1))
        recipients = [someone(), someone()]
        response = await send(payer, path, *recipients)
        assert response.status_code == 202
        queued = response.json()["deliveries"]
        assert [(one["recipient"], one["status"], one["tries"]) for one in queued] == [
            (recipient, "queued", 0) for recipient in recipients
        ]
        for recipient, delivery in zip(recipients, queued, strict=True):
            [mail] = await post.to(recipient)
            assert mail["Message-ID"] == delivery["message_id"]
            assert mail["Subject"] == "Statement STM-000001 from Example Vendor"
            assert "$125.00" in text_of(mail)
            assert "March 1, 2026 to March 31, 2026" in html_of(mail)
            [file] = mail.iter_attachments()
            assert file.get_filename() == "Statement STM-000001.pdf"
            assert file.get_content().startswith(b"%PDF-")
        listed = (await viewer.get(path)).json()["data"]
        assert [(one["recipient"], one["status"], one["tries"]) for one in listed] == [
            (recipient, "sent", 1) for recipient in recipients[::-1]
        ]
        assert {one["response"] for one in listed} >= {listed[0]["response"]} != {None}

    async def test_open_items_in_two_currencies_name_each_balance(
        self, services: Services, portal: Portal, post: Post
    ) -> None:
        for currency in ("USD", "JPY"):
            await post_invoice(services, portal.account_id, 900, currency=currency)
        recipient = someone()
        await send(portal, await emails_path(services, portal, type="open_items"), recipient)
        [mail] = await post.to(recipient)
        text = text_of(mail)
        assert "Open items" in text
        assert "$9.00" in text
        assert "¥900" in text
        assert "As of March 31, 2026" in text

    async def test_it_is_in_the_statements_own_language(
        self, services: Services, portal: Portal, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(services.make_statement, "_locales", ["en-US", "de-DE"])
        await post_entries(
            services, portal.account_id, postings.deposit(document(effective_on=date(2026, 3, 9)), amount=1050)
        )
        recipient = someone()
        await send(portal, await emails_path(services, portal, locale="de-DE"), recipient)
        [mail] = await post.to(recipient)
        assert mail["Subject"] == "Kontoauszug STM-000001 von Example Vendor"
        [file] = mail.iter_attachments()
        assert file.get_filename() == "Kontoauszug STM-000001.pdf"
        assert "10,50\xa0$\nGuthaben zu Ihren Gunsten am 31. März 2026" in text_of(mail)

    async def test_the_same_key_sends_once_and_an_address_counts_once(
        self, services: Services, portal: Portal, post: Post
    ) -> None:
        path, recipient, key = await emails_path(services, portal), someone(), new_key()
        first = await send(portal, path, recipient, recipient.upper(), headers=key)
        again = await send(portal, path, recipient, recipient.upper(), headers=key)
        assert (again.status_code, again.content) == (202, first.content)
        assert again.headers["Idempotent-Replayed"] == "true"
        assert len(first.json()["deliveries"]) == 1
        assert len(await post.to(recipient)) == 1

    async def test_a_refused_recipient_harms_no_other(self, services: Services, portal: Portal, post: Post) -> None:
        path, refused, other = await emails_path(services, portal), someone(), someone()
        post.box.refused[refused] = "550 5.1.1 no such mailbox"
        await send(portal, path, refused, other)
        assert len(await post.to(other)) == 1
        listed = {one["recipient"]: one for one in (await portal.get(path)).json()["data"]}
        assert (listed[refused]["status"], listed[refused]["response"]) == ("failed", "550 5.1.1 no such mailbox")
        assert listed[other]["status"] == "sent"

    async def test_one_that_is_too_long_for_a_mail_is_in_the_portal(
        self, services: Services, portal: Portal, post: Post, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("billing_api.statements.letters._MOST_LINES", 1)
        for amount in (100, 200):
            await post_invoice(services, portal.account_id, amount)
        recipient = someone()
        await send(portal, await emails_path(services, portal), recipient)
        [mail] = await post.to(recipient)
        assert list(mail.iter_attachments()) == []
        assert "It has 2 lines" in text_of(mail)


class TestAbuse:
    @pytest.mark.parametrize(
        ("recipients", "code"),
        [
            ([], "too_short"),
            (["pat"], "invalid_email"),
            (["Pat <pat@example.com>"], "invalid_email"),
            (["pat@example.com, sam@example.com"], "invalid_email"),
            (["pat@example.com\r\nBcc: all@example.com"], "control_character"),
            ([f"pat{n}@example.com" for n in range(11)], "too_long"),
        ],
    )
    async def test_what_is_no_short_list_of_addresses_is_refused(
        self, services: Services, portal: Portal, recipients: list[str], code: str
    ) -> None:
        path = await emails_path(services, portal)
        response = await send(portal, path, *recipients)
        assert (response.status_code, response.json()["errors"][0]["code"]) == (422, code)
        assert (await portal.get(path)).json()["data"] == []

    async def test_an_account_mails_to_so_many_in_a_while(
        self, services: Services, portal: Portal, payer: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever asks, and whatever the statement; a request that is refused sends none and counts none."""
        monkeypatch.setattr(services.recipient_limit, "_limit", parse("3 per day"))
        paths = [await emails_path(services, portal), await emails_path(services, portal)]
        answers = [
            await send(portal, paths[0], someone(), someone()),
            await send(payer, paths[1], someone(), someone()),
            await send(payer, paths[1], someone()),
            await send(portal, paths[0], someone()),
        ]
        assert [one.status_code for one in answers] == [202, 429, 202, 429]
        assert 0 < int(answers[3].headers["Retry-After"]) <= 86_400
        assert answers[3].headers["RateLimit-Policy"] == '"recipients";q=3;w=86400'
        assert [len((await portal.get(path)).json()["data"]) for path in paths] == [2, 1]

    async def test_a_repeat_with_its_key_counts_once(
        self, services: Services, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A client on a bad line repeats its request: that uses up no mails, and has the first response."""
        monkeypatch.setattr(services.recipient_limit, "_limit", parse("3 per day"))
        path, recipients, key = await emails_path(services, portal), [someone(), someone()], new_key()
        answers = [await send(portal, path, *recipients, headers=key) for _ in range(5)]
        assert {(one.status_code, one.content) for one in answers} == {(202, answers[0].content)}
        assert (await send(portal, path, someone())).status_code == 202
        refused = await send(portal, path, someone(), headers=key)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")

    async def test_a_viewer_sends_none(self, services: Services, viewer: Portal) -> None:
        path = await emails_path(services, viewer)
        assert (await send(viewer, path, someone())).status_code == 403

    async def test_another_accounts_statement_is_not_sent(
        self, services: Services, portal: Portal, stranger: Portal
    ) -> None:
        path = await emails_path(services, stranger)
        for response in (await send(portal, path, someone()), await portal.get(path)):
            assert (response.status_code, response.json()["code"]) == (404, "statement_not_found")

    async def test_it_stands_in_the_audit_log_without_addresses(
        self, services: Services, portal: Portal, sql: Sql
    ) -> None:
        recipient = someone()
        await send(portal, await emails_path(services, portal), recipient)
        asked = "SELECT detail FROM audit_log WHERE account_id = $1 AND action = 'statement.mailed'"
        assert str(await sql.fetchval(asked, portal.account_id)) == '{"recipients": 1}'
