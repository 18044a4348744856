"""The settings of documents: the vendor's letterhead, and the processes that make PDFs."""

from pydantic import Field
from pydantic_settings import BaseSettings

from billing_api.setting_types import DetailsByCurrency, Lines


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
    vendor_logo_file: str = Field("", description="An SVG or PNG file; empty: the vendor's name instead")
    remittance_address: Lines = Field(
        (), description="Where checks are sent, as a JSON list of lines; empty: the vendor's name and address"
    )
    bank_details: DetailsByCurrency = Field(
        {}, description='Accounts for transfers, as a JSON object: {"EUR": {"IBAN": "DE89 …", "BIC": "…"}}'
    )

    document_processes: int = Field(1, ge=1, le=32, description="PDFs that are made at once, per process")
    document_queue: int = Field(20, ge=0, le=10_000, description="PDFs that wait, per process; one more is a 503")
    document_timeout_seconds: float = Field(30.0, gt=0, le=3600, description="For one PDF, its wait included")
