"""The rules of rules.py over src/, and a proof for each that it sees what it forbids."""

import ast
from collections import defaultdict
from collections.abc import Iterable

import pytest

from tests.architecture import rules
from tests.architecture.rules import RULES, Rule
from tests.architecture.source import Module, modules


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_is_kept(rule: Rule) -> None:
    """No file breaks the rule."""
    broken = [f"{module.path}:{line}: {what}" for module in modules() for line, what in rule(module)]
    assert not broken, f"{rule.__doc__}\n" + "\n".join(broken)


_FEATURE = "billing_api/addresses/service.py"
_BROKEN = [
    (rules.transactions_belong_to_db, _FEATURE, "await self.db.session.commit()"),
    (rules.transactions_belong_to_db, "billing_api/main.py", "async with session.begin(): pass"),
    (rules.features_know_no_status, _FEATURE, "raise HTTPException(404)"),
    (rules.features_know_no_status, _FEATURE, "from starlette.exceptions import HTTPException"),
    (rules.nothing_connects_at_import, "billing_api/db/x.py", "engine = create_async_engine(URL)"),
    (rules.nothing_connects_at_import, "billing_api/db/x.py", "class A:\n    db = database.Database(URL)"),
    (rules.names_say_something, "billing_api/kit/utils.py", ""),
    (rules.names_say_something, "billing_api/helpers/money.py", ""),
    (rules.public_things_are_described, _FEATURE, "x = 1"),
    (
        rules.public_things_are_described,
        _FEATURE,
        '"""A module."""\nclass A:\n    """A class."""\n    def b(self): ...',
    ),
    (rules.inner_imports_have_a_reason, _FEATURE, "def a():\n    import json  # noqa: PLC0415"),
    (rules.repositories_return_values, "billing_api/invoices/repository.py", "def a() -> Select[tuple[int]]: ..."),
    (rules.the_clock_is_asked, _FEATURE, "now = datetime.now(UTC)"),
    (rules.the_clock_is_asked, _FEATURE, "day = datetime.date.today()"),
    (rules.the_clock_is_asked, _FEATURE, "values(created_at=func.now())"),
    (rules.database_sessions_keep_no_state, _FEATURE, "select(func.pg_advisory_lock(1))"),
    (rules.database_sessions_keep_no_state, _FEATURE, "text('SET statement_timeout = 5')"),
    (rules.database_sessions_keep_no_state, _FEATURE, "text('SELECT set_config($1, $2, false)')"),
]


@pytest.mark.parametrize(("rule", "path", "text"), _BROKEN)
def test_is_seen(rule: Rule, path: str, text: str) -> None:
    """A file that breaks the rule is found."""
    assert list(rule(Module(path, text)))


def test_every_rule_is_proved() -> None:
    """A rule that never finds anything would be kept for ever."""
    assert {rule for rule, _, _ in _BROKEN} == set(RULES)


def test_no_two_classes_have_one_name() -> None:
    """A reader could take one for the other (decision 22); those of the local Braintree are of another program."""
    assert not _of_one_name(modules())


def test_two_classes_of_one_name_are_seen() -> None:
    found = [Module("billing_api/a.py", "class Part: ..."), Module("billing_api/b/c.py", "class Part: ...")]
    assert _of_one_name(found) == ["Part: billing_api/a.py, billing_api/b/c.py"]
    assert not _of_one_name([found[0], Module("braintree_sandbox/a.py", "class Part: ...\nclass _Own: ...")])


def _of_one_name(found: Iterable[Module]) -> list[str]:
    """Return the names of public classes of a program that several of its files have, with these files."""
    files = defaultdict(set)
    for module in found:
        for node in module.nodes:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                files[module.path.partition("/")[0], node.name].add(module.path)
    return [f"{name}: {', '.join(sorted(paths))}" for (_, name), paths in files.items() if len(paths) > 1]
