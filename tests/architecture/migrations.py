"""Rules over the migrations (docs/decisions/0002): each answers the places where it is broken."""

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.architecture.source import called_name

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"

Finding = tuple[int, str]
Rule = Callable[[ast.Module], Iterator[Finding]]

_CONSTRAINTS = {"PrimaryKeyConstraint", "UniqueConstraint", "ForeignKeyConstraint", "CheckConstraint"}
_NAMED_OPERATIONS = {"create_index", "create_unique_constraint", "create_foreign_key", "create_check_constraint"}


def constraints_are_named(tree: ast.Module) -> Iterator[Finding]:
    """A constraint that PostgreSQL named can't be found by the next migration."""
    for call in _calls(tree):
        if called_name(call) in _CONSTRAINTS:
            is_named = "name" in _keywords(call)
        elif called_name(call) in _NAMED_OPERATIONS:
            is_named = bool(call.args) and ast.unparse(call.args[0]) != "None"
        else:
            is_named = True
        if not is_named:
            yield call.lineno, f"{called_name(call)} without a name"


def columns_come_bare(tree: ast.Module) -> Iterator[Finding]:
    """ADD COLUMN, then ADD CONSTRAINT: together they are one long lock, and Citus refuses them."""
    for call in _calls(tree):
        if called_name(call) == "add_column":
            for inner in _calls(call):
                if called_name(inner) == "ForeignKey" or any(
                    word.arg in {"unique", "index"} for word in inner.keywords
                ):
                    yield inner.lineno, "a constraint inside add_column"


def indexes_are_built_beside_the_traffic(tree: ast.Module) -> Iterator[Finding]:
    """An index on a table that is in use is built CONCURRENTLY, which wants no transaction."""
    new = {ast.unparse(call.args[0]) for call in _calls(tree) if called_name(call) == "create_table"}
    free = {
        call
        for block in ast.walk(tree)
        if isinstance(block, ast.With) and "autocommit_block" in ast.unparse(block.items[0])
        for call in _calls(block)
        if "postgresql_concurrently" in _keywords(call)
    }
    for call in _calls(tree):
        if called_name(call) == "create_index" and ast.unparse(call.args[1]) not in new and call not in free:
            yield call.lineno, f"{ast.unparse(call.args[0])} on a table in use"


def keys_do_nothing_by_themselves(tree: ast.Module) -> Iterator[Finding]:
    """No SET NULL, no cascade, nothing deferred, no MERGE."""
    for call in _calls(tree):
        for word in _keywords(call) & {"ondelete", "onupdate", "deferrable", "initially"}:
            yield call.lineno, word
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.upper().startswith("MERGE "):
            yield node.lineno, "MERGE"


RULES: tuple[Rule, ...] = (
    constraints_are_named,
    columns_come_bare,
    indexes_are_built_beside_the_traffic,
    keys_do_nothing_by_themselves,
)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _keywords(call: ast.Call) -> set[str]:
    return {word.arg for word in call.keywords if word.arg}
