"""The authorisation matrix against the application: every operation is called in every role."""

from uuid import uuid4

import httpx
import pytest

from billing_api.auth.caller import ROLES, Role
from tests.architecture.authorisation import MATRIX
from tests.architecture.operations import Operation
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal, SignInAs
from tests.http.drivers import GUARDED, NAMING_A_ROW, Make, call, call_well, name_of, parameter_of
from tests.http.problem import problem

ALLOWED = [(one, role) for one in GUARDED for role in ROLES if role in MATRIX[one.id].roles]
REFUSED = [(one, role) for one in GUARDED for role in ROLES if role not in MATRIX[one.id].roles]


@pytest.mark.parametrize("operation", GUARDED, ids=name_of)
async def test_anonymous_is_asked_for_a_token(client: httpx.AsyncClient, operation: Operation) -> None:
    """The response is a 401 before any check of the request, which here has neither body nor headers."""
    response = await call(client, operation)
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


@pytest.mark.parametrize("operation", GUARDED, ids=name_of)
async def test_forged_token_is_refused(client: httpx.AsyncClient, operation: Operation) -> None:
    """The response is a 401 with another error."""
    client.headers["Authorization"] = "Bearer eyJhbGciOiJub25lIn0.e30."
    response = await call(client, operation)
    problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.parametrize(("operation", "role"), REFUSED, ids=name_of)
async def test_role_that_does_not_suffice(sign_in_as: SignInAs, operation: Operation, role: Role) -> None:
    """403, with the roles that do."""
    body = problem(await call(await sign_in_as(role), operation), 403, "role_not_sufficient")
    assert body["role"] == role
    assert set(body["needed"]) == MATRIX[operation.id].roles


@pytest.mark.parametrize(("operation", "role"), ALLOWED, ids=name_of)
async def test_role_that_suffices(sign_in_as: SignInAs, operation: Operation, role: Role) -> None:
    """Such a request may lack other things, but not the right to call."""
    response = await call(await sign_in_as(role), operation)
    assert response.status_code < 500, response.text
    assert response.status_code not in {401, 403, 405}
    assert "Authorization" in response.headers["vary"]


@pytest.mark.parametrize("operation", NAMING_A_ROW, ids=name_of)
async def test_row_of_another_account_is_not_found(
    portal: Portal, stranger: Portal, services: Services, makers: dict[str, Make], operation: Operation
) -> None:
    """404 for the owner of another account, with all that the operation wants; the row's own may use it then."""
    make = makers.get(operation.id) or makers[parameter_of(operation)]
    row = await make(portal, services)
    foreign = await call_well(stranger, operation, row)
    problem(foreign, 404, foreign.json()["code"])
    unknown = await call_well(stranger, operation, uuid4())
    assert foreign.json()["code"] == unknown.json()["code"]
    assert (await call_well(portal, operation, row)).is_success
