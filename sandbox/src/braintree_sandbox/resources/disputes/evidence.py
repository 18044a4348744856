"""Evidence: texts and documents, added to and removed from open disputes."""

from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, deleted
from braintree_sandbox.records.disputes import Document, Evidence
from braintree_sandbox.resources.disputes import codes, life
from braintree_sandbox.resources.disputes.categories import GENERAL, check_category, check_content
from braintree_sandbox.resources.disputes.life import Disputed
from braintree_sandbox.resources.disputes.steps import dispute_of, open_one
from braintree_sandbox.resources.disputes.view import evidence_view
from braintree_sandbox.state import ids
from braintree_sandbox.validation.errors import Code, invalid
from braintree_sandbox.validation.params import takes, text
from braintree_sandbox.wire.refusals import MalformedError, NotFoundError
from braintree_sandbox.wire.values import whole_number

routes = BraintreeRoutes()

_TAKES = takes("category", "comments", "document_upload_id", "sequence_number")


@routes.post("/disputes/{dispute_id}/evidence")
def add(call: Call) -> ApiResponse:
    """Add a text, or a document that was uploaded before."""
    disputed = open_one(call, codes.CAN_ONLY_ADD_TO_OPEN)
    params = call.params("evidence", _TAKES)
    category, comments = text(params, "category"), text(params, "comments")
    document_id, sequence = text(params, "document_upload_id"), _sequence(text(params, "sequence_number"))
    _accept(check_category(category, document=document_id is not None))
    _accept(_duplicate(disputed, category, sequence))
    document: Document | None = None
    if document_id is not None:
        document = _document(call, document_id)
    elif comments is not None:
        _accept(check_content(category, comments))
    else:
        raise MalformedError("Evidence is a text or a document.")
    evidence = Evidence(
        id=ids.long_id(),
        created_at=call.now,
        comment=comments if document_id is None else None,
        url=_address(call, document) if document else None,
        size=document.size if document else 0,
        category=category,
        sequence_number=sequence,
    )
    _keep(call, disputed, (*disputed.dispute.evidence, evidence))
    return created("evidence", evidence_view(evidence))


@routes.delete("/disputes/{dispute_id}/evidence/{evidence_id}")
def remove(call: Call) -> ApiResponse:
    """Remove a piece of evidence."""
    if all(evidence.id != call.path["evidence_id"] for evidence in dispute_of(call).dispute.evidence):
        raise NotFoundError
    disputed = open_one(call, codes.CAN_ONLY_REMOVE_FROM_OPEN)
    _keep(call, disputed, tuple(one for one in disputed.dispute.evidence if one.id != call.path["evidence_id"]))
    return deleted()


def _keep(call: Call, disputed: Disputed, evidence: tuple[Evidence, ...]) -> None:
    life.keep(call.work, disputed.with_dispute(replace(disputed.dispute, evidence=evidence, updated_at=call.now)))


def _accept(wrong: Code | None) -> None:
    if wrong is not None:
        raise invalid("dispute", "evidence", wrong)


def _duplicate(disputed: Disputed, category: str | None, sequence: int | None) -> Code | None:
    if category is None or category == GENERAL:
        return None
    given = {(evidence.category, evidence.sequence_number) for evidence in disputed.dispute.evidence}
    return codes.CATEGORY_DUPLICATE if (category, sequence) in given else None


def _sequence(sent: str | None) -> int | None:
    if sent is None:
        return None
    number = whole_number(sent)
    if number is None:
        raise MalformedError("sequence_number must be a number.")
    return number


def _document(call: Call, document_id: str) -> Document:
    document = call.work.get(Document, document_id)
    if document is None:
        raise NotFoundError
    return document


def _address(call: Call, document: Document) -> str:
    return f"{call.origin}/documents/{document.id}/{document.name}"
