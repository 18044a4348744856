"""Documents, uploaded as a form, to be evidence in a dispute: looked at, but not kept."""

import re
from datetime import timedelta

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created
from braintree_sandbox.records.disputes import Document
from braintree_sandbox.resources.disputes import codes
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError
from braintree_sandbox.validation.params import takes, text
from braintree_sandbox.wire.multipart import File
from braintree_sandbox.wire.refusals import MalformedError

routes = BraintreeRoutes()

_TAKES = takes("kind")
KIND = "evidence_document"
MAX_SIZE = 4 * 1024 * 1024
MAX_PAGES = 50
LIFETIME = timedelta(days=120)

# Content type: the endings of its names, and the first bytes of such a file.
_TYPES = {
    "image/png": (("png",), b"\x89PNG\r\n\x1a\n"),
    "image/jpeg": (("jpg", "jpeg"), b"\xff\xd8\xff"),
    "application/pdf": (("pdf",), b"%PDF-"),
}
_PAGE = re.compile(rb"/Type\s*/Page\b")


@routes.post("/document_uploads")
def create(call: Call) -> ApiResponse:
    """Check a document and give it an id."""
    file = call.files.get("file")
    if file is None:
        raise MalformedError("A document comes as the file of a form.")
    errors = ErrorTree()
    here = errors.under("document_upload")
    # Python's client library names it at the top of the form as well.
    at_the_top = call.text("kind")
    kind = text(call.params("document_upload", _TAKES), "kind") or at_the_top
    if kind != KIND:
        here.on("kind", codes.KIND_INVALID)
    content_type = _type(file.name)
    wrong = _objection(content_type, file)
    if wrong is not None:
        here.on("file", wrong)
    if errors or content_type is None:
        raise InvalidError(errors)
    document = call.work.put(
        Document(
            id=ids.long_id(),
            kind=KIND,
            name=file.name,
            content_type=content_type,
            size=len(file.content),
            created_at=call.now,
        )
    )
    return created(
        "document_upload",
        {
            "id": document.id,
            "global_id": f"documentupload_{document.id}",
            "kind": document.kind,
            "name": document.name,
            "content_type": document.content_type,
            "size": document.size,
            "expires_at": document.created_at + LIFETIME,
        },
    )


def _type(name: str) -> str | None:
    ending = name.rpartition(".")[2].lower()
    return next((content_type for content_type, (endings, _) in _TYPES.items() if ending in endings), None)


def _objection(content_type: str | None, file: File) -> Code | None:
    if not file.content:
        return codes.FILE_EMPTY
    if content_type is None:
        return codes.FILE_TYPE_INVALID
    if len(file.content) > MAX_SIZE:
        return codes.FILE_TOO_LARGE
    if not file.content.startswith(_TYPES[content_type][1]):
        return codes.FILE_MALFORMED
    return _objection_to_pdf(file.content) if content_type == "application/pdf" else None


def _objection_to_pdf(content: bytes) -> Code | None:
    if b"%%EOF" not in content[-1024:] or b"startxref" not in content[-1024:] or b"/Encrypt" in content:
        return codes.FILE_MALFORMED
    return codes.FILE_TOO_LONG if len(_PAGE.findall(content)) > MAX_PAGES else None
