"""The errors of printing."""

from typing import ClassVar

from billing_api.errors import AppError, Kind, UnavailableError


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


class TooManyOwnDocumentsError(AppError):
    """The account has as many PDFs being made, or waiting to be made, as it may have."""

    code, title, kind = "too_many_own_documents", "Other documents of the account are being made", Kind.TOO_MANY
    cure = "Wait until a PDF of the account is ready, then repeat the request."
    sample: ClassVar = {"most": 3}

    def __init__(self, most: int) -> None:
        super().__init__(f"An account may wait for {most} PDFs at once: try again shortly.", retry_after=5)
