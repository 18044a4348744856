"""A caller without the right is refused before the body is read, so that strangers can't fill the memory."""

import pytest
from fastapi import FastAPI
from starlette.types import Message

from tests.architecture.authorisation import MATRIX
from tests.architecture.operations import Operation, operations
from tests.fixtures.signed_in import Portal
from tests.http.asgi import status_of

GUARDED = [one for one in operations() if MATRIX[one.id].needs_token and one.method != "GET"]
NOT_FOR_VIEWERS = [one for one in GUARDED if one.signed_in and "viewer" not in MATRIX[one.id].roles]


async def no_body() -> Message:
    """Fail: the body was asked for."""
    raise AssertionError("the body was read")


@pytest.mark.parametrize("operation", GUARDED, ids=lambda operation: operation.id)
@pytest.mark.parametrize("authorization", [None, "Basic eDp5", "Bearer", "Bearer x", "Bearer eyJ.eyJ.eyJ"])
async def test_without_a_good_token(app: FastAPI, operation: Operation, authorization: str | None) -> None:
    """401, whatever the body would be."""
    headers = {} if authorization is None else {"Authorization": authorization}
    assert await status_of(app, operation, no_body, headers) == 401


@pytest.mark.parametrize("operation", NOT_FOR_VIEWERS, ids=lambda operation: operation.id)
async def test_without_the_role(app: FastAPI, viewer: Portal, operation: Operation) -> None:
    """403, as early."""
    headers = {"Authorization": viewer.headers["Authorization"]}
    assert await status_of(app, operation, no_body, headers) == 403
