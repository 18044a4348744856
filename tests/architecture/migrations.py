"""Rules over the migrations (docs/decisions/0002): each returns the places where it is broken."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.architecture.source import called_name

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"

Finding = tuple[int, str]
Rule = Callable[[ast.Module], Iterator[Finding]]

_CONSTRAINTS = {"PrimaryKeyConstraint", "UniqueConstraint", "ForeignKeyConstraint", "CheckConstraint"}
_CHECKED = {"create_check_constraint", "create_foreign_key"}
# Statements that read or rewrite every row under a lock, unless they say NOT VALID.
_LOCKING_SQL = {
    r"ALTER\s+(COLUMN\s+)?\S+\s+(SET\s+DATA\s+)?TYPE\b": "another type",
    r"\bSET\s+NOT\s+NULL\b": "NOT NULL reads every row",
    r"\bADD\s+(CONSTRAINT\s+\S+\s+)?(CHECK|FOREIGN\s+KEY)\b": "a constraint that is not NOT VALID",
}
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
        for block in _autocommit_blocks(tree)
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


def rows_are_not_read_under_a_lock(tree: ast.Module) -> Iterator[Finding]:
    """A table in use is neither checked nor rewritten while nobody can write to it.

    A constraint is added NOT VALID, and validated afterwards in an autocommit block; a column that may not be null any
    longer has such a CHECK first; another type is another column.
    """
    new = {ast.unparse(call.args[0]) for call in _calls(tree) if called_name(call) == "create_table"}
    is_validated = "VALIDATE CONSTRAINT" in ast.unparse(tree).upper()  # then PostgreSQL knows, and reads nothing
    going_up = [node for node in tree.body if not (isinstance(node, ast.FunctionDef) and node.name == "downgrade")]
    for call in (call for node in going_up for call in _calls(node)):
        name, words = called_name(call), _keywords(call)
        if name in _CHECKED and ast.unparse(call.args[1]) not in new and "postgresql_not_valid" not in words:
            yield call.lineno, f"{name} without postgresql_not_valid"
        elif name == "create_unique_constraint" and ast.unparse(call.args[1]) not in new:
            yield call.lineno, "create_unique_constraint: build its index CONCURRENTLY, and add it USING INDEX"
        elif name == "alter_column" and ast.unparse(call.args[0]) not in new:
            yield from ((call.lineno, f"alter_column: {what}") for what in _rewrites(call, is_validated=is_validated))
        elif name == "execute":
            yield from ((call.lineno, what) for what in _locking_sql(ast.unparse(call)))
    beside = {call for block in _autocommit_blocks(tree) for call in _calls(block)}
    for call in _calls(tree):
        if called_name(call) == "execute" and "VALIDATE CONSTRAINT" in ast.unparse(call).upper() and call not in beside:
            yield call.lineno, "VALIDATE in the transaction that holds the lock"


def _rewrites(call: ast.Call, *, is_validated: bool) -> Iterator[str]:
    for word in call.keywords:
        if word.arg == "type_":
            yield "another type"
        if word.arg == "nullable" and ast.unparse(word.value) == "False" and not is_validated:
            yield "NOT NULL reads every row"


def _locking_sql(text: str) -> Iterator[str]:
    for pattern, what in _LOCKING_SQL.items():
        if re.search(pattern, text, re.IGNORECASE) and "NOT VALID" not in text.upper():
            yield what


def _autocommit_blocks(tree: ast.Module) -> Iterator[ast.With]:
    for block in ast.walk(tree):
        if isinstance(block, ast.With) and "autocommit_block" in ast.unparse(block.items[0]):
            yield block


RULES: tuple[Rule, ...] = (
    constraints_are_named,
    columns_come_bare,
    indexes_are_built_beside_the_traffic,
    keys_do_nothing_by_themselves,
    rows_are_not_read_under_a_lock,
)


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _keywords(call: ast.Call) -> set[str]:
    return {word.arg for word in call.keywords if word.arg}
