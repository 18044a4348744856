"""The mail server of a local run: it takes mails on a socket, and shows them."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime

import httpx
import pytest

from billing_api.dev.mailbox import smtp
from billing_api.dev.mailbox.pages import create_app
from billing_api.dev.mailbox.store import Mailbox
from billing_api.mail.message import Picture
from billing_api.mail.transport import SmtpTransport
from tests.mail.mails import mail
from tests.mail.servers import settings

pytestmark = pytest.mark.slow

NOW = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture
async def page() -> AsyncIterator[httpx.AsyncClient]:
    """The page, with a mail that came over SMTP."""
    mailbox = Mailbox()
    server = await smtp.serve(mailbox, 0)
    await SmtpTransport(settings(server.sockets[0].getsockname()[1])).send(mail())
    transport = httpx.ASGITransport(create_app(mailbox, 0))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8025") as client:
        yield client
    await smtp.close(server)


class TestPage:
    async def test_it_lists_the_mail_and_shows_its_parts(self, page: httpx.AsyncClient) -> None:
        shown = (await page.get("/")).text
        for words in ("pat@customer.example", "Ihre Rechnung über 1.000 €", "Rechnung Nr. 7 ä Mai.pdf", "Grüße 😀"):
            assert words in shown
        assert (await page.get("/mails/1")).text == shown
        assert (await page.get("/mails/1/text")).text == "Grüße 😀\n.\nfrom here\n"

    async def test_a_mails_html_runs_nothing(self, page: httpx.AsyncClient) -> None:
        response = await page.get("/mails/1/html")
        assert response.text.endswith("<p>Grüße 😀</p>\n")
        policy = response.headers["Content-Security-Policy"]
        assert policy.startswith("sandbox ")
        assert "allow-scripts" not in policy
        assert "script-src" not in policy
        assert "default-src 'none'" in policy

    async def test_a_mails_own_picture_is_shown(self) -> None:
        mailbox, picture = Mailbox(), Picture.of(b"\x89PNG")
        content = replace(mail().content, html=f'<img src="cid:{picture.content_id}">', picture=picture)
        caught = mailbox.add(NOW, "a@x.org", ["b@x.org"], replace(mail(), content=content).as_bytes())
        assert caught.shown_html == '<img src="data:image/png;base64,iVBORw==">\n'
        assert [file.name for file in caught.files] == ["Rechnung Nr. 7 ä Mai.pdf"]

    async def test_an_attachment_is_downloaded_as_it_was(self, page: httpx.AsyncClient) -> None:
        response = await page.get("/mails/1/files/0")
        assert response.content == b"%PDF-1.7 \x00\xff\r\n.\r\n"
        assert response.headers["Content-Disposition"].startswith("attachment; filename*=UTF-8''Rechnung%20Nr.%207")

    async def test_the_source_is_the_mail_to_the_byte(self, page: httpx.AsyncClient) -> None:
        assert (await page.get("/mails/1/source")).content == mail().as_bytes()

    async def test_json_for_tools(self, page: httpx.AsyncClient) -> None:
        [found] = (await page.get("/mails.json", params={"to": "pat@customer.example"})).json()["mails"]
        assert found["message_id"] == mail().message_id
        assert (found["text"], found["recipients"]) == ("Grüße 😀\n.\nfrom here\n", ["pat@customer.example"])
        assert [file["name"] for file in found["files"]] == ["Rechnung Nr. 7 ä Mai.pdf"]
        for nothing in ({"after": "1"}, {"to": "other@customer.example"}):
            assert (await page.get("/mails.json", params=nothing)).json() == {"mails": []}

    async def test_forgetting(self, page: httpx.AsyncClient) -> None:
        assert (await page.delete("/mails.json")).status_code == 204
        assert (await page.get("/mails.json")).json() == {"mails": []}
        assert "Nothing was sent yet" in (await page.get("/")).text

    @pytest.mark.parametrize("path", ["/mails/7", "/mails/7/html", "/mails/1/files/1", "/mails.json?after=x"])
    async def test_paths_that_lead_nowhere(self, page: httpx.AsyncClient, path: str) -> None:
        assert (await page.get(path)).status_code in {400, 404}

    async def test_a_name_of_the_web_does_not_reach_it(self, page: httpx.AsyncClient) -> None:
        """DNS rebinding: a page on the web whose name leads to this machine."""
        assert (await page.get("/mails.json", headers={"Host": "evil.example"})).status_code == 400


class TestKeeping:
    def test_the_oldest_go_first(self) -> None:
        mailbox = Mailbox(most=3, most_bytes=10_000)
        for number in range(5):
            mailbox.add(NOW, "a@x.org", ["b@x.org"], b"Subject: %d\r\n\r\n" % number)
        assert [kept.subject for kept in mailbox.newest_first()] == ["4", "3", "2"]
        assert mailbox.find(1) is None

    def test_they_have_a_bound_in_bytes(self) -> None:
        mailbox = Mailbox(most=100, most_bytes=1000)
        for _ in range(10):
            mailbox.add(NOW, "a@x.org", ["b@x.org"], b"x" * 400)
        assert len(mailbox.newest_first()) == 2
        mailbox.add(NOW, "a@x.org", ["b@x.org"], b"x" * 2000)
        assert [len(kept.content) for kept in mailbox.newest_first()] == [2000]

    @pytest.mark.parametrize(
        "content", [b"", b"\xff\xfe\x00", b"Content-Type: text/plain; charset=nope\r\n\r\n\xff", b"Date: never\r\n\r\n"]
    )
    async def test_a_broken_mail_breaks_no_page(self, content: bytes) -> None:
        mailbox = Mailbox()
        mailbox.add(NOW, "a@x.org", ["b@x.org"], content)
        mailbox.add(NOW, "a@x.org", ["b@x.org"], replace(mail(), recipient="b@x.org").as_bytes())
        transport = httpx.ASGITransport(create_app(mailbox, 0))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for path in ("/", "/mails/1", "/mails/1/html", "/mails/1/text", "/mails.json"):
                assert (await client.get(path)).status_code == 200
