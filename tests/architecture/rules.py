"""Rules over the syntax that imports can't show, of both packages; each yields its violations."""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from pathlib import PurePath

from tests.architecture.source import Function, Module, called_name, last_name

Finding = tuple[int, str]
Rule = Callable[[Module], Iterator[Finding]]

_CONNECTS = {
    "create_async_engine",
    "create_engine",
    "create_pool",
    "async_sessionmaker",
    "sessionmaker",
    "Database",
    "BraintreeGateway",
    "FastAPI",
}
_TRANSACTION_VERBS = {"begin", "begin_nested", "commit", "rollback"}
_VAGUE_NAMES = {"util", "utils", "helper", "helpers", "common", "misc", "shared", "tools"}
_CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time"), ("func", "now")}
_SESSION_FUNCTIONS = {"pg_advisory_lock", "pg_try_advisory_lock", "pg_advisory_lock_shared", "set_config"}
_SESSION_SQL = re.compile(
    r"\s*(SET (?!LOCAL )[A-Za-z_.]+ *(=|TO )|LISTEN |SELECT (pg_(try_)?advisory_lock|set_config)\()"
)
_SUPPRESSION = re.compile(r"noqa: [A-Z0-9, ]+|type: ignore\[[^]]*\]")
_WORDS_OF_A_REASON = 2


def transactions_belong_to_db(module: Module) -> Iterator[Finding]:
    """Nothing begins or ends a transaction but db/: everyone else is run in one, or asks for one."""
    if module.path.startswith(("billing_api/db/", "braintree_sandbox/")):
        return
    for call in module.calls():
        if isinstance(call.func, ast.Attribute) and called_name(call) in _TRANSACTION_VERBS:
            yield call.lineno, f".{called_name(call)}()"


def features_know_no_status(module: Module) -> Iterator[Finding]:
    """A feature raises its own errors; HTTPException would bring a status and no code."""
    if not module.is_feature:
        return
    for node in module.nodes:
        name = node.name if isinstance(node, ast.alias) else last_name(node) if isinstance(node, ast.expr) else ""
        if isinstance(node, ast.alias | ast.expr) and name == "HTTPException":
            yield node.lineno, name


def nothing_connects_at_import(module: Module) -> Iterator[Finding]:
    """Engines, pools, applications and gateways are made in bootstrap.py and main.py, when they are wanted."""
    for node in _outside_functions(module.tree):
        if isinstance(node, ast.Call) and called_name(node) in _CONNECTS:
            yield node.lineno, f"{called_name(node)}() at import"


def names_say_something(module: Module) -> Iterator[Finding]:
    """A file named after nothing collects everything."""
    if _VAGUE_NAMES & {PurePath(module.path).stem, PurePath(module.path).parent.name}:
        yield 1, "a name that says nothing"


def public_things_are_described(module: Module) -> Iterator[Finding]:
    """Every public module, class, function and method has a docstring; a property's name may say enough."""
    if module.text.strip() and not ast.get_docstring(module.tree):
        yield 1, "the module"
    for node in _public(module.tree.body):
        if not ast.get_docstring(node):
            yield node.lineno, node.name


def inner_imports_have_a_reason(module: Module) -> Iterator[Finding]:
    """An import inside a function hides a dependency: beside it stands why."""
    functions = module.functions()
    inner = [node for one in functions for node in ast.walk(one) if isinstance(node, ast.Import | ast.ImportFrom)]
    comments = _comments(module.text) if inner else {}
    for node in inner:
        beside = _SUPPRESSION.sub("", comments.get(node.lineno, "")) + comments.get(node.lineno - 1, "")
        if len(re.findall(r"\w+", beside)) < _WORDS_OF_A_REASON:
            yield node.lineno, ast.unparse(node)


def repositories_return_values(module: Module) -> Iterator[Finding]:
    """A query that leaves its repository is finished elsewhere: no Select is handed out."""
    if not module.is_feature or "repository" not in module.path:
        return
    for function in module.functions():
        response = ast.unparse(function.returns) if function.returns else ""
        if not function.name.startswith("_") and "Select[" in response:
            yield function.lineno, function.name


def the_clock_is_asked(module: Module) -> Iterator[Finding]:
    """What depends on the time takes the Clock, so that a test can set it."""
    if not module.path.startswith("billing_api/") or module.path.startswith(
        ("billing_api/kit/clock.py", "billing_api/dev/")
    ):
        return
    for call in module.calls():
        if isinstance(call.func, ast.Attribute) and (last_name(call.func.value), call.func.attr) in _CLOCKS:
            yield call.lineno, ast.unparse(call)


def database_sessions_keep_no_state(module: Module) -> Iterator[Finding]:
    """Only SET LOCAL, and locks that end with the transaction: behind pgbouncer the next one has another session.

    The address knows whether there is a pooler, and sets nothing behind one.
    """
    if module.path == "billing_api/db/address.py":
        return
    for node in module.nodes:
        if isinstance(node, ast.Call) and called_name(node) in _SESSION_FUNCTIONS:
            yield node.lineno, called_name(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _SESSION_SQL.match(node.value):
            yield node.lineno, node.value


RULES: tuple[Rule, ...] = (
    transactions_belong_to_db,
    features_know_no_status,
    nothing_connects_at_import,
    names_say_something,
    public_things_are_described,
    inner_imports_have_a_reason,
    repositories_return_values,
    the_clock_is_asked,
    database_sessions_keep_no_state,
)


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when the module is imported."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, Function | ast.Lambda):
            yield child
            yield from _outside_functions(child)


def _public(body: Iterable[ast.stmt]) -> Iterator[Function | ast.ClassDef]:
    for node in body:
        if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
            continue
        if not any(last_name(decorator).endswith("property") for decorator in node.decorator_list):
            yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body)


def _comments(text: str) -> dict[int, str]:
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    return {token.start[0]: token.string for token in tokens if token.type == tokenize.COMMENT}
