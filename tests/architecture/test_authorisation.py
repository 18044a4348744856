"""The signatures are the policy, and the matrix says which: no operation without a row, no row without an operation."""

import pytest

from tests.architecture.authorisation import MATRIX
from tests.architecture.operations import Operation, operations

EACH = pytest.mark.parametrize(
    "operation", [one for one in operations() if one.id in MATRIX], ids=lambda operation: operation.id
)


def test_every_operation_has_a_row() -> None:
    """A new operation is decided on, not forgotten."""
    known = {operation.id for operation in operations()}
    missing, gone = sorted(known - MATRIX.keys()), sorted(MATRIX.keys() - known)
    assert not missing, f"add {_lines(missing)} to MATRIX in tests/architecture/authorisation.py"
    assert not gone, (
        f"mount the routes of {gone}, or remove these rows of MATRIX from tests/architecture/authorisation.py: "
        "no operation has such an id"
    )


@EACH
def test_signature_asks_for_these_roles(operation: Operation) -> None:
    """What the route wants is what the matrix says."""
    wanted = frozenset(operation.signed_in.roles if operation.signed_in else ())
    allowed = MATRIX[operation.id].roles
    assert wanted == allowed, (
        f"the caller of {operation.id} in routes.py has the roles {sorted(wanted)}, and the matrix "
        f"(tests/architecture/authorisation.py) says {sorted(allowed)}: decide, and change one of them"
    )


@EACH
def test_signature_asks_for_this_scope(operation: Operation) -> None:
    """The same for partners."""
    wanted = operation.scoped.scope if operation.scoped else None
    assert wanted == MATRIX[operation.id].scope, (
        f"the client of {operation.id} in routes.py has the scope {wanted}, and the matrix "
        f"(tests/architecture/authorisation.py) says {MATRIX[operation.id].scope}: decide, and change one of them"
    )


@EACH
def test_caller_is_asked_first(operation: Operation) -> None:
    """Nothing else of a request is looked at before its caller: a missing header is no response to a stranger."""
    if MATRIX[operation.id].needs_token:
        first = operation.dependant.dependencies[0].call
        assert first is operation.guard, f"put the caller of {operation.id} before its other dependencies"


@EACH
def test_row_is_named_by_the_path(operation: Operation) -> None:
    """A path with an id can meet another account's row."""
    has_id = "{" in operation.path
    assert has_id == MATRIX[operation.id].names_a_row, (
        f"write `names_a_row={has_id}` at {operation.id} in tests/architecture/authorisation.py: it is {operation.path}"
    )


def _lines(operation_ids: list[str]) -> str:
    """Rows to begin with; the roles are for a person to decide."""
    paths = {operation.id: operation.path for operation in operations()}
    return " ".join(f'"{one}": Policy(…{", names_a_row=True" if "{" in paths[one] else ""}),' for one in operation_ids)
