"""PDFs as responses."""

from typing import Any

from billing_api.documents.errors import DocumentNotMadeError, DocumentTooSlowError, TooManyDocumentsError
from billing_api.documents.printed import Printed
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
NOT_PRINTED = (TooManyDocumentsError, DocumentTooSlowError, DocumentNotMadeError)


class PdfFile(Download):
    """A printed document as a file."""

    media_type = "application/pdf"

    def __init__(self, printed: Printed) -> None:
        super().__init__(
            printed.pdf,
            headers={
                CONTENT_DISPOSITION: content_disposition(f"{printed.name}.pdf"),
                "Cache-Control": "private, no-store",
            },
        )
