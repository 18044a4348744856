"""The authorisation matrix for partners: every operation of theirs is called with each scope, and by a user."""

from uuid import uuid4

import httpx
import pytest

from billing_api.auth.scopes import SCOPES, Scope
from tests.architecture.authorisation import MATRIX
from tests.architecture.operations import Operation
from tests.fixtures.partners import Partner, PartnerWith
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.drivers import GUARDED, PARTNERS, call, call_well, maker_of, name_of
from tests.http.problem import problem

EACH = pytest.mark.parametrize("operation", PARTNERS, ids=name_of)
REFUSED = [(one, scope) for one in PARTNERS for scope in SCOPES if scope != MATRIX[one.id].scope]


@EACH
async def test_anonymous_is_asked_for_a_token(client: httpx.AsyncClient, operation: Operation) -> None:
    response = await call(client, operation)
    problem(response, 401, "unauthenticated")
    assert response.headers["www-authenticate"].startswith("Bearer")


@EACH
async def test_users_token_is_refused(portal: Portal, operation: Operation) -> None:
    """An owner's, too: it is no token of a client."""
    response = await call(portal, operation, portal.account_id)
    problem(response, 401, "invalid_token")
    assert 'error="invalid_token"' in response.headers["www-authenticate"]


@pytest.mark.parametrize("operation", GUARDED, ids=name_of)
async def test_partners_token_is_no_users(partner: Partner, operation: Operation) -> None:
    """With every scope."""
    problem(await call(partner, operation), 401, "invalid_token")


@pytest.mark.parametrize(("operation", "scope"), REFUSED, ids=name_of)
async def test_scope_that_does_not_suffice(partner_with: PartnerWith, operation: Operation, scope: Scope) -> None:
    """403, with the scope that does, in the challenge too (RFC 6750, 3.1)."""
    response = await call(partner_with(scope), operation)
    needed = MATRIX[operation.id].scope
    assert problem(response, 403, "insufficient_scope")["needed"] == needed
    assert response.headers["www-authenticate"] == f'Bearer error="insufficient_scope", scope="{needed}"'


@EACH
async def test_scope_that_suffices(
    partner_with: PartnerWith, portal: Portal, services: Services, operation: Operation
) -> None:
    """It alone is enough, on whatever account."""
    row, scope = await maker_of(operation)(portal, services), MATRIX[operation.id].scope
    assert scope is not None
    response = await call_well(partner_with(scope), operation, row)
    assert response.status_code < 500, response.text
    assert response.status_code not in {401, 403, 405}


@pytest.mark.parametrize("operation", [one for one in PARTNERS if "{account_id}" in one.path], ids=name_of)
async def test_unknown_account_is_not_found(partner: Partner, operation: Operation) -> None:
    response = await call_well(partner, operation, uuid4())
    problem(response, 404, "account_not_found")


@pytest.mark.parametrize("operation", [one for one in PARTNERS if one.path.count("{") > 1], ids=name_of)
async def test_row_of_another_account_is_not_found(
    partner: Partner, portal: Portal, stranger: Portal, services: Services, operation: Operation
) -> None:
    """404 below the other account, as for an unknown id."""
    row = await _own(portal, services, operation)
    foreign = await call_well(partner, operation, (stranger.account_id, *row))
    unknown = await call_well(partner, operation, (portal.account_id, *row[:-1], uuid4()))
    assert (
        problem(foreign, 404, foreign.json()["code"])["code"] == problem(unknown, 404, unknown.json()["code"])["code"]
    )
    assert foreign.json()["code"] != "account_not_found"
    assert (await call_well(partner, operation, (portal.account_id, *row))).is_success


async def _own(portal: Portal, services: Services, operation: Operation) -> tuple[object, ...]:
    """The ids that lead to a row below its account."""
    row = await maker_of(operation)(portal, services)
    assert isinstance(row, tuple)
    return row[1:]
