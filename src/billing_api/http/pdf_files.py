"""PDFs as responses."""

from typing import Annotated, Any

from fastapi import Depends

from billing_api.auth.allowances import TooManyRequestsError
from billing_api.documents.errors import (
    DocumentNotMadeError,
    DocumentTooSlowError,
    TooManyDocumentsError,
    TooManyOwnDocumentsError,
)
from billing_api.documents.papers import Paper
from billing_api.documents.printed import Printed
from billing_api.documents.slots import DocumentSlots
from billing_api.http.provide import provided
from billing_api.http.results import CONTENT_DISPOSITION, Download
from billing_api.kit.file_names import content_disposition

BINARY_FILE = {"schema": {"type": "string", "format": "binary", "maxLength": 2**31 - 1}}
# The documented content of an operation that returns a PDF.
PDF: dict[str, Any] = {
    "responses": {
        "200": {
            "description": "The document, as PDF/A-3a and PDF/UA-1",
            "content": {"application/pdf": BINARY_FILE},
        }
    }
}
# The errors of making one.
NOT_PRINTED = (
    TooManyRequestsError,
    TooManyOwnDocumentsError,
    TooManyDocumentsError,
    DocumentTooSlowError,
    DocumentNotMadeError,
)
DocumentSlotsDep = Annotated[DocumentSlots, Depends(provided(DocumentSlots))]


class PdfFile(Download):
    """A printed document as a file."""

    media_type = "application/pdf"

    def __init__(self, printed: Printed[Paper]) -> None:
        super().__init__(
            printed.pdf,
            headers={
                CONTENT_DISPOSITION: content_disposition(f"{printed.name}.pdf"),
                "Cache-Control": "private, no-store",
            },
        )
