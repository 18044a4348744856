"""The letterhead, from the settings."""

import struct
import zlib
from pathlib import Path

import pytest
from pydantic import ValidationError

from billing_api.config import Settings
from billing_api.documents.letterhead import Vendor
from billing_api.documents.papers import BankAccount
from tests.factories.papers import LOGO, invoice_paper
from tests.factories.pdfs import PRESS, printed

pytestmark = pytest.mark.slow


def _png(width: int, height: int) -> bytes:
    """A grey picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_checks_go_to_the_vendors_address_unless_another_is_named() -> None:
    address = ("1 Example Way", "Portland, OR 97201")
    letterhead = Vendor(Settings(vendor_name="Vendor", vendor_address=address)).letterhead
    assert letterhead.remit_to == ("Vendor", *address)
    assert Vendor(Settings(remittance_address=("Lockbox 7",))).letterhead.remit_to == ("Lockbox 7",)


def test_bank_details_are_those_of_the_currency() -> None:
    letterhead = Vendor(Settings(bank_details={"EUR": {"IBAN": "DE89"}, "USD": {"Routing": "021000021"}})).letterhead
    assert letterhead.banks[0] == BankAccount("EUR", (("IBAN", "DE89"),))
    assert "Routing 021000021" in printed(invoice_paper(letterhead=letterhead))
    assert "IBAN DE89" in printed(invoice_paper(letterhead=letterhead, currency="EUR"))


@pytest.mark.parametrize("content", [LOGO.encode(), _png(300, 80)], ids=["svg", "png"])
def test_a_logo_is_an_svg_or_a_png_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "logo"
    file.write_bytes(content)
    letterhead = Vendor(Settings(vendor_logo_file=str(file))).letterhead
    assert b"/Alt(" in PRESS.pdf(invoice_paper(letterhead=letterhead), "en-US")


@pytest.mark.parametrize("content", [None, b"\xff\xd8\xff\xe0 a JPEG", b"<html></html>", b"<svg"])
def test_any_other_file_ends_the_start(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "logo"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(ValidationError, match="write the path of an SVG or PNG file that can be read"):
        Settings(vendor_logo_file=str(file))


def test_without_a_logo_the_name_stands_there() -> None:
    assert "Example Vendor" in printed(invoice_paper(letterhead=Vendor(Settings()).letterhead))
