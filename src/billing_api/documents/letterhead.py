"""The vendor's letterhead, from the settings."""

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from billing_api.config import Settings
from billing_api.document_settings import PNG
from billing_api.documents.papers import BankAccount, Letterhead

_LETTERHEADS = TypeAdapter(Letterhead)


class Vendor:
    """The vendor, whose letterhead all documents have."""

    def __init__(self, settings: Settings) -> None:
        """Read the logo's file."""
        name = settings.vendor_name
        self.letterhead = Letterhead(
            name=name,
            address=settings.vendor_address,
            country=settings.vendor_country,
            contact=(*settings.vendor_contact, settings.vendor_support_email),
            registration=settings.vendor_registration,
            color=settings.vendor_color,
            logo=read_logo(settings.vendor_logo_file),
            remit_to=settings.remittance_address or (name, *settings.vendor_address),
            banks=tuple(
                BankAccount(currency, tuple(details.items())) for currency, details in settings.bank_details.items()
            ),
            portal_url=settings.portal_url,
        )


def content_of(letterhead: Letterhead) -> dict[str, Any]:
    """Return a letterhead as JSON, with the logo itself."""
    content: dict[str, Any] = _LETTERHEADS.dump_python(letterhead, mode="json")
    return content


def letterhead_of(content: dict[str, Any]) -> Letterhead:
    """Return the letterhead of the JSON that `content_of` made. Raise ValidationError."""
    return _LETTERHEADS.validate_python(content)


def digest_of(content: dict[str, Any]) -> str:
    """Return the SHA-256 of a letterhead's JSON, in hexadecimal."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def read_logo(name: str) -> str | None:
    """Return the logo as an SVG document: one with the picture in it for a PNG file."""
    if not name:
        return None
    content = Path(name).read_bytes()
    if not content.startswith(PNG):
        return content.decode()
    width, height = (int.from_bytes(content[place : place + 4]) for place in (16, 20))  # of the header, IHDR
    picture = base64.b64encode(content).decode()
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f'<image width="{width}" height="{height}" href="data:image/png;base64,{picture}"/></svg>'
    )
