"""The settings of documents: the vendor's letterhead, and the processes that make PDFs."""

from pathlib import Path
from typing import Annotated
from xml.etree import ElementTree as ET

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings

from billing_api.setting_types import DetailsByCurrency, Lines

PNG = b"\x89PNG\r\n\x1a\n"


def _picture(name: str) -> str:
    if not name:
        return name
    try:
        content = Path(name).read_bytes()
        is_picture = content.startswith(PNG) or ET.fromstring(content.decode()).tag.endswith("svg")  # noqa: S314 - ours
    except (OSError, ValueError, SyntaxError):
        is_picture = False
    if not is_picture:
        raise ValueError("write the path of an SVG or PNG file that can be read")
    return name


class DocumentSettings(BaseSettings):
    """A name in capitals is that of its environment variable; docs/documents.md shows their places on paper."""

    vendor_address: Lines = Field((), description="The vendor's postal address, as a JSON list of lines")
    vendor_country: str = Field(
        "US", pattern="^[A-Z]{2}$", description="ISO 3166; letters to others name their country"
    )
    vendor_contact: Lines = Field(
        (), description="Further lines of the letterhead, as a JSON list: telephone, web; the support e-mail is added"
    )
    vendor_registration: Lines = Field(
        (), description="The foot of each document, as a JSON list: tax number, register of companies"
    )
    vendor_logo_file: Annotated[str, AfterValidator(_picture)] = Field(
        "", description="An SVG or PNG file; empty: the vendor's name instead"
    )
    remittance_address: Lines = Field(
        (), description="Where checks are sent, as a JSON list of lines; empty: the vendor's name and address"
    )
    bank_details: DetailsByCurrency = Field(
        {}, description='Accounts for transfers, as a JSON object: {"EUR": {"IBAN": "DE89 …", "BIC": "…"}}'
    )

    document_processes: int = Field(1, ge=1, le=32, description="PDFs that are made at once, per process")
    document_queue: int = Field(20, ge=0, le=10_000, description="PDFs that wait, per process; one more is a 503")
    document_memory_mebibytes: int = Field(
        3072, ge=256, le=1_048_576, description="Of one process that makes PDFs, at most"
    )
    document_timeout_seconds: float = Field(60.0, gt=0, le=3600, description="For one PDF, its wait included")
