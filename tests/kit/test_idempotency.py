"""The result of a request as its key keeps it, and the refusals of a key."""

import json
from datetime import date
from uuid import UUID

import pytest

from billing_api.errors import AppError, Kind
from billing_api.kit.idempotency import (
    IdempotencyKeyReusedError,
    IdempotentReplay,
    RequestInFlightError,
    StoredResult,
)
from billing_api.kit.schema import ReadSchema

PAYMENT_ID = UUID(int=7)


class Made(ReadSchema):
    """A resource that a request made."""

    id: UUID
    name: str


class DeclinedError(AppError):
    """A refusal with extensions that JSON has no types for."""

    code, title, kind = "declined", "Thé payment was declined", Kind.DECLINED

    payment_id: UUID
    due_on: date
    soft: bool

    def __init__(self) -> None:
        super().__init__("No funds.", payment_id=PAYMENT_ID, due_on=date(2026, 11, 3), soft=True)


@pytest.mark.parametrize(
    ("result", "outcome"),
    [
        (StoredResult.created(Made(id=PAYMENT_ID, name="é")), "created"),
        (StoredResult.accepted(Made(id=PAYMENT_ID, name="é")), "accepted"),
    ],
)
def test_a_resource_is_stored_as_its_json(result: StoredResult, outcome: str) -> None:
    assert result == StoredResult(outcome, f'{{"id":"{PAYMENT_ID}","name":"é"}}')


def test_a_refusal_is_stored_with_its_kind_and_its_members() -> None:
    result = StoredResult.refused(DeclinedError(), "the first request")
    assert result.outcome == Kind.DECLINED
    assert json.loads(result.document) == {
        "payment_id": str(PAYMENT_ID),
        "due_on": "2026-11-03",
        "soft": True,
        "code": "declined",
        "title": "Thé payment was declined",
        "detail": "No funds.",
        "request_id": "the first request",
    }
    assert "Thé" in result.document


def test_a_request_under_way_says_when_to_ask_again() -> None:
    error = RequestInFlightError(7)
    assert (error.code, error.kind, error.retry_after) == ("request_in_flight", Kind.CONFLICT, 7)


def test_a_key_of_another_body_is_refused() -> None:
    error = IdempotencyKeyReusedError()
    assert (error.code, error.kind, error.retry_after) == ("idempotency_key_reused", Kind.INVALID, None)


def test_a_replay_carries_the_result() -> None:
    result = StoredResult("created", "{}")
    replay = IdempotentReplay(result)
    assert replay.result is result
    assert str(replay) == "the stored result: created"
