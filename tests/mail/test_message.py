"""The bytes of a mail: readable by every client, the same for a retry, and without a way in for headers."""

from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing_api.mail.message import Mail, Picture, Sender, message_id
from tests.mail.mails import EVENT, SENDER, mail


def parsed(one: Mail) -> EmailMessage:
    """Return the mail as a client reads it."""
    return message_from_bytes(one.as_bytes(), policy=policy.default)


def body(one: EmailMessage, kind: str) -> str:
    """Return one of the two bodies."""
    part = one.get_body([kind])
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def with_picture(one: Mail) -> Mail:
    """Return the mail with a picture in its HTML."""
    picture = Picture.of(b"\x89PNG")
    html = f'<p>Grüße</p><img src="cid:{picture.content_id}">'
    return replace(one, content=replace(one.content, html=html, picture=picture))


class TestReading:
    def test_both_bodies_and_the_file_come_out_as_they_went_in(self) -> None:
        read = parsed(mail())
        assert body(read, "plain") == "Grüße 😀\n.\nfrom here\n"
        assert body(read, "html") == "<p>Grüße 😀</p>\n"
        [file] = read.iter_attachments()
        assert (file.get_filename(), file.get_content_type()) == ("Rechnung Nr. 7 ä Mai.pdf", "application/pdf")
        assert file.get_content() == b"%PDF-1.7 \x00\xff\r\n.\r\n"

    @pytest.mark.parametrize("files", [0, 1])
    def test_the_picture_of_the_html_is_no_attachment(self, files: int) -> None:
        """It stands beside the HTML, which shows it by its content id."""
        one = with_picture(mail())
        read = parsed(replace(one, content=replace(one.content, attachments=one.content.attachments[:files])))
        assert body(read, "plain") == "Grüße 😀\n.\nfrom here\n"
        assert len(list(read.iter_attachments())) == files
        related = next(part for part in read.walk() if part.get_content_type() == "multipart/related")
        html, picture = related.iter_parts()
        assert isinstance(picture, EmailMessage)
        assert html.get_content_type() == "text/html"
        assert (picture.get_content(), picture.get_content_disposition()) == (b"\x89PNG", "inline")
        assert f'src="cid:{str(picture["Content-ID"]).strip("<>")}"' in body(read, "html")

    def test_headers(self) -> None:
        read = parsed(mail())
        assert read["From"] == "Example Vendor <billing@vendor.example>"
        assert (read["To"], read["Reply-To"]) == ("pat@customer.example", "help@vendor.example")
        assert read["Subject"] == "Ihre Rechnung über 1.000 €"
        assert read["Date"] == "Fri, 01 May 2026 12:30:00 +0000"
        assert read["Auto-Submitted"] == "auto-generated"
        assert "List-Unsubscribe" not in read

    def test_preferences_are_one_click_away(self) -> None:
        read = parsed(replace(mail(), preferences_url="https://portal.vendor.example/notifications"))
        assert read["List-Unsubscribe"] == "<https://portal.vendor.example/notifications>"

    def test_no_line_is_too_long_for_smtp(self) -> None:
        """RFC 5321, 4.5.3.1.6: 998 octets and the end of the line."""
        written = mail(text="x" * 5000, html="é" * 5000, subject="ü" * 400, file="ß" * 300).as_bytes()
        assert max(len(line) for line in written.split(b"\r\n")) <= 998
        assert b"\n" not in written.replace(b"\r\n", b"")

    def test_a_domain_beyond_ascii_is_written_in_ascii(self) -> None:
        one = mail("pat@bücher.example")
        assert not one.needs_smtputf8
        assert one.envelope == ("billing@vendor.example", "pat@xn--bcher-kva.example")
        assert one.as_bytes().isascii()
        assert parsed(one)["To"] == "pat@xn--bcher-kva.example"

    def test_a_mailbox_beyond_ascii_needs_smtputf8(self) -> None:
        one = mail("jürgen@bücher.example")
        assert one.needs_smtputf8
        assert one.envelope[1] == "jürgen@xn--bcher-kva.example"
        assert "jürgen@xn--bcher-kva.example".encode() in one.as_bytes()


class TestRetry:
    def test_it_is_the_same_to_the_byte(self) -> None:
        assert mail().as_bytes() == mail().as_bytes()
        assert with_picture(mail()).as_bytes() == with_picture(mail()).as_bytes()

    def test_the_message_id_follows_from_source_and_recipient(self) -> None:
        ids = [
            message_id("k", source, to, "vendor.example")
            for source in (EVENT, uuid4())
            for to in ("a@x.org", "b@x.org")
        ]
        assert len(set(ids)) == 4
        assert message_id("k", EVENT, "a@x.org", "vendor.example") == ids[0]
        assert ids[0].endswith("@vendor.example>")
        assert parsed(mail())["Message-ID"] == message_id("test", EVENT, "pat@customer.example", "vendor.example")


class TestInjection:
    @pytest.mark.parametrize("break_", ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x00", "\x85", "\u2028", "\u2029"])
    def test_no_text_makes_a_header(self, break_: str) -> None:
        evil = f"hello{break_}Bcc: stranger@evil.example{break_}{break_}<p>mine</p>"
        one = replace(mail(subject=evil, file=evil), sender=replace(SENDER, name=evil))
        read = parsed(one)
        assert read["Bcc"] is None
        assert read["Subject"] == "hello Bcc: stranger@evil.example <p>mine</p>"
        assert [address.addr_spec for address in read["From"].addresses] == ["billing@vendor.example"]
        assert body(read, "plain").startswith("Grüße")

    @given(st.text(max_size=200), st.text(max_size=50), st.text(max_size=60))
    def test_whatever_is_written_the_headers_are_ours(self, subject: str, name: str, file: str) -> None:
        """Also lone surrogates, which JSON can bring in, and marks of the reading direction."""
        subject, name, file = (text.encode(errors="replace").decode() for text in (subject, name, file))
        one = replace(mail(subject=subject, file=file), sender=replace(SENDER, name=name))
        read = parsed(one)
        assert set(read.keys()) == {
            *("From", "To", "Reply-To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress"),
            *("MIME-Version", "Content-Type"),
        }
        assert [address.addr_spec for address in read["From"].addresses] == ["billing@vendor.example"]
        assert len(list(read.iter_attachments())) == 1

    def test_a_sender_knows_its_domain(self) -> None:
        assert Sender("", "billing@bücher.example", "").domain == "xn--bcher-kva.example"
