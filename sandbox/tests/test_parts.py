"""The lists of parts.py: every part that a module defines is in one of them."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import pytest

import braintree_sandbox
from braintree_sandbox import parts
from braintree_sandbox.client.graphql.operation import Operations
from braintree_sandbox.vault.kinds import Kind
from braintree_sandbox.webhooks.outbox import Watch
from braintree_sandbox.wire.routes import Routes

LISTS: list[tuple[type, Sequence[object]]] = [
    (Routes, [*parts.RESOURCES, *parts.CLIENT_API, *parts.CONTROL]),
    (Operations, parts.GRAPHQL),
    (Kind, [*parts.VAULTED_KINDS, *parts.PASSING_KINDS]),
    (Watch, parts.WATCHES),
]


def modules() -> Iterator[ModuleType]:
    """Yield every module of the sandbox but the one that starts it."""
    for found in walk_packages(braintree_sandbox.__path__, "braintree_sandbox."):
        if not found.name.endswith("__main__"):
            yield import_module(found.name)


@pytest.mark.parametrize(("sort", "listed"), LISTS, ids=[sort.__name__ for sort, _ in LISTS])
def test_every_part_is_listed_once(sort: type, listed: Sequence[object]) -> None:
    defined = {id(value): value for module in modules() for value in vars(module).values() if isinstance(value, sort)}
    forgotten = [value for key, value in defined.items() if key not in {id(one) for one in listed}]
    assert not forgotten, f"Add it to its list in parts.py: {forgotten}"
    assert len(listed) == len({id(one) for one in listed})


def test_everything_that_passes_time_is_listed() -> None:
    defined: set[Any] = {vars(module)["pass_time"] for module in modules() if "pass_time" in vars(module)}
    assert defined == set(parts.PASS_TIME)


def test_no_module_is_left_out_of_the_program() -> None:
    """A module that nothing imports does nothing."""
    program = "import sys, braintree_sandbox.cli; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    others = {f"braintree_sandbox.{name}" for name in ("__main__", "testing", "pytest_plugin")}
    assert {module.__name__ for module in modules()} - set(run.stdout.split()) <= others
