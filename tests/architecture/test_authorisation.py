"""The signatures are the policy, and the matrix says which: no operation without a row, no row without an operation."""

import pytest

from tests.architecture.authorisation import ANYONE, MATRIX
from tests.architecture.operations import Operation, operations

EACH = pytest.mark.parametrize(
    "operation", [one for one in operations() if one.id in MATRIX], ids=lambda operation: operation.id
)


def test_every_operation_has_a_row() -> None:
    """A new operation is decided on, not forgotten."""
    assert {operation.id for operation in operations()} == MATRIX.keys()


@EACH
def test_signature_asks_for_these_roles(operation: Operation) -> None:
    """What the route wants is what the matrix says."""
    wanted = operation.signed_in.roles if operation.signed_in else ()
    assert frozenset(wanted) == MATRIX[operation.id].roles


@EACH
def test_caller_is_asked_first(operation: Operation) -> None:
    """Nothing else of a request is looked at before its caller: a missing header is no answer to a stranger."""
    if MATRIX[operation.id].roles != ANYONE:
        assert operation.dependant.dependencies[0].call is operation.signed_in


@EACH
def test_row_is_named_by_the_path(operation: Operation) -> None:
    """A path with an id can meet another account's row."""
    assert ("{" in operation.path) == MATRIX[operation.id].names_a_row
