"""The steps of a merchant in a dispute: find, accept or contest it."""

from dataclasses import replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, deleted, found
from braintree_sandbox.resources.disputes import codes, life
from braintree_sandbox.resources.disputes.categories import missing
from braintree_sandbox.resources.disputes.life import Disputed
from braintree_sandbox.resources.disputes.view import view
from braintree_sandbox.validation.errors import Code, ErrorTree, InvalidError, invalid
from braintree_sandbox.wire.refusals import NotFoundError

routes = BraintreeRoutes()


def dispute_of(call: Call) -> Disputed:
    """Return the dispute of the path."""
    disputed = life.find(call.work, call.path["dispute_id"])
    if disputed is None:
        raise NotFoundError
    return disputed


def open_one(call: Call, otherwise: Code) -> Disputed:
    """Return the dispute of the path, which must be open."""
    disputed = dispute_of(call)
    if disputed.dispute.status != "open":
        raise invalid("dispute", "status", otherwise)
    return disputed


@routes.get("/disputes/{dispute_id}")
def find(call: Call) -> ApiResponse:
    """Return one dispute."""
    disputed = dispute_of(call)
    return found("dispute", view(disputed.transaction, disputed.dispute))


@routes.put("/disputes/{dispute_id}/accept")
def accept(call: Call) -> ApiResponse:
    """Accept the dispute: the bank is right."""
    disputed = open_one(call, codes.CAN_ONLY_ACCEPT_OPEN)
    life.keep(call.work, disputed.with_dispute(life.moved(disputed.dispute, "accepted", call.now)))
    return deleted()


@routes.put("/disputes/{dispute_id}/finalize")
def finalize(call: Call) -> ApiResponse:
    """Send the evidence to the bank: the bank is wrong."""
    disputed = open_one(call, codes.CAN_ONLY_FINALIZE_OPEN)
    errors = ErrorTree()
    for code in missing(evidence.category for evidence in disputed.dispute.evidence):
        errors.under("dispute").on("base", code)
    if errors:
        raise InvalidError(errors)
    sent = tuple(replace(evidence, sent_to_processor_at=call.now) for evidence in disputed.dispute.evidence)
    fought = replace(life.moved(disputed.dispute, "disputed", call.now), evidence=sent)
    life.keep(call.work, disputed.with_dispute(fought))
    return deleted()
