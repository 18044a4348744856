"""The errors of printing."""

from billing_api.errors import UnavailableError


class DocumentNotMadeError(UnavailableError):
    """The process that makes PDFs was stopped or ended before the document was ready."""

    code, title = "document_not_made", "The document could not be made now"
    cure = "Repeat the request after the seconds of `Retry-After`."

    def __init__(self) -> None:
        super().__init__("The process that makes PDFs ended before this one was ready. Try again shortly.")


class DocumentTooSlowError(UnavailableError):
    """Making the PDF took longer than DOCUMENT_TIMEOUT_SECONDS."""

    code, title = "document_too_slow", "The document took too long"
    cure = "Repeat the request later, or ask for a shorter period or a summary."

    def __init__(self) -> None:
        super().__init__("Making this PDF took too long. Try again later, or ask for a shorter one.")


class TooManyDocumentsError(UnavailableError):
    """As many PDFs as DOCUMENT_QUEUE allows are waiting to be made."""

    code, title = "too_many_documents", "Too many documents are being made"
    cure = "Repeat the request after the seconds of `Retry-After`."

    def __init__(self) -> None:
        super().__init__("Too many PDFs are being made now. Try again shortly.")
