"""The ways to break a module: those that once went unnoticed in money, keys and tokens are among them."""

import ast

import pytest

from tests.mutation.__main__ import NEAR, TOP, differences
from tests.mutation.mutants import mutants_of


def sources_of(source: str) -> dict[str, str]:
    """Every mutant's name, and the module that it makes."""
    broken = {}
    for place, mutant in enumerate(mutants_of(ast.parse(source))):
        tree = ast.parse(source)
        mutants_of(tree)[place].apply()
        broken[mutant.name] = ast.unparse(ast.fix_missing_locations(tree))
    return broken


@pytest.mark.parametrize(
    ("whole", "broken"),
    [
        ("ours = (Key.account == account, Key.principal == who)", "ours = (Key.account == account,)"),
        ("update(Key).where(Key.account == one, Key.principal == who)", "update(Key).where(Key.account == one)"),
        ("too_much = amount > invoice.payable", "too_much = amount >= invoice.payable"),
        ("WEIGHT = (SUCCEEDED, PROCESSING, RETURNED)", "WEIGHT = (PROCESSING, SUCCEEDED, RETURNED)"),
        ("async def submit():\n    await lock_in(account)\n    pay()", "async def submit():\n    pass\n    pay()"),
        ("if now >= token.expires_at:\n    raise Expired", "if now > token.expires_at:\n    raise Expired"),
        ("if amount < 0:\n    raise Refused", "if False:\n    raise Refused"),
        ("LIMIT = 10", "LIMIT = 11"),
        ("first = a and b and c", "first = a and c"),
        ("Keys(lease=ninety, keep=two_days)", "Keys(keep=two_days)"),
        ("row.state = 'paid'", "pass"),
        ("found = [row for row in rows if row.open]", "found = [row for row in rows]"),
        ("@in_transaction\ndef pay():\n    return 1 + 2", "def pay():\n    return 1 + 2"),
        ("total = net + tax", "total = net - tax"),
    ],
)
def test_is_broken_in_this_way(whole: str, broken: str) -> None:
    assert broken in sources_of(whole).values()


def test_every_mutant_differs_and_has_a_name_of_its_own() -> None:
    source = "def total(lines):\n    return sum(line.net + line.tax for line in lines if line.net > 0 or line.tax > 0)"
    broken = sources_of(source)
    assert len(mutants_of(ast.parse(source))) == len(broken) == len(set(broken.values()))
    assert source not in broken.values()


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring."""',
        "import os",
        "def find(row: Row | None) -> Row | None: ...",
        "log.info('paid', amount=1)",
        "payments = table('payments', Payment, Index(None, 'account_id'), key=('account_id', 'id'))",
        "amount = Field(description='In minor units')",
    ],
)
def test_words_types_logs_and_tables_are_left_alone(source: str) -> None:
    assert sources_of(source) == {}


def test_a_reason_and_a_survivor_belong_together() -> None:
    assert differences(survivors={"a", "b"}, accepted={"a", "b"}) == []
    assert differences(survivors={"a", "b"}, accepted={"b", "c"}) == [
        "NOT NOTICED  a",
        "NOTICED OR GONE, so take it out of survivors.toml:  c",
    ]


@pytest.mark.parametrize("test", sorted({test for near in NEAR.values() for test in near}))
def test_each_test_near_a_module_is_there(test: str) -> None:
    """`make mutate` is no part of CI: a test that is renamed is missed here."""
    file, *names = test.split("::")
    inside: list[ast.stmt] = ast.parse((TOP / file).read_text()).body
    for name in names:
        found = [statement for statement in inside if getattr(statement, "name", None) == name]
        assert found, f"name the new place of {test} in tests/mutation/__main__.py"
        inside = getattr(found[0], "body", [])
