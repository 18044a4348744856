"""The looks of mails: the logo that goes with them."""

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from billing_api.config import Settings
from billing_api.locales.language import language
from billing_api.mail.letter import Letter
from billing_api.mail.rendering import Stationery
from tests.factories.papers import LOGO

_LETTER = Letter(subject="A note", heading="A note")
_ADDRESS = "https://vendor.example/logo.png"


def _png() -> bytes:
    written = BytesIO()
    Image.new("RGB", (3000, 1000), "#1f4fd8").save(written, "png")
    return written.getvalue()


@pytest.mark.parametrize(("content", "width"), [(LOGO.encode(), 96), (_png(), 288)], ids=["svg", "png"])
def test_the_logos_file_goes_with_the_mail(tmp_path: Path, content: bytes, width: int) -> None:
    """As a PNG of the size at which it is shown, whatever the file's is; the logo's address is not asked."""
    file = tmp_path / "logo"
    file.write_bytes(content)
    stationery = Stationery.of(Settings(vendor_logo_file=str(file), vendor_logo_url=_ADDRESS))
    made = stationery.render(_LETTER, language("en-US"))
    assert made.picture is not None
    assert Image.open(BytesIO(made.picture.content)).size == (width, 96)
    assert f'src="cid:{made.picture.content_id}"' in made.html
    assert _ADDRESS not in made.html


def test_without_a_file_the_logo_comes_from_its_address() -> None:
    made = Stationery.of(Settings(vendor_logo_url=_ADDRESS)).render(_LETTER, language("en-US"))
    assert (made.picture, f'src="{_ADDRESS}"' in made.html) == (None, True)


def test_without_a_logo_the_name_stands_there() -> None:
    made = Stationery.of(Settings()).render(_LETTER, language("en-US"))
    assert (made.picture, "<img" in made.html, "Example Vendor" in made.html) == (None, False, True)
