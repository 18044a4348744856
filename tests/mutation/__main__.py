"""`make mutate`: break money, keys and tokens line by line, and list the breaks that no test near them notices.

Fails when one of them is not in survivors.toml, which gives each its reason, and when an entry of that file names a
mutant that is noticed or gone. `python -m tests.mutation auth/tokens` takes just the modules that it names.
"""

import ast
import importlib
import importlib.abc
import importlib.machinery
import os
import subprocess
import sys
import time
import tomllib
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing import connection, get_context
from multiprocessing.context import ForkProcess
from pathlib import Path
from types import ModuleType

import pytest
import typer

from tests.fixtures import server
from tests.mutation.mutants import Mutant, mutants_of

TOP = Path(__file__).parents[2]
SOURCE = TOP / "src" / "billing_api"
SURVIVORS = Path(__file__).with_name("survivors.toml")
_PAYING_ONCE = [
    "tests/payments/test_routes.py::TestRepeated",
    "tests/payments/test_lost_responses.py::TestInterrupted",
    "tests/payments/test_lost_responses.py::TestBankTransfer",
]
_CONTRACT = "tests/architecture/test_openapi.py::test_committed_document_is_current"
# Each module, and the tests near it: the quickest first, since the first failure ends a child.
PURE: dict[str, list[str]] = {
    "kit/money": ["tests/kit/test_money.py", _CONTRACT],
    "ledger/postings": [
        "tests/ledger/test_postings.py::test_every_line_of_every_posting",
        "tests/ledger/test_postings.py::test_parts_that_are_left_out_are_nothing",
    ],
    "invoices/discounts": ["tests/payments/test_quoting_properties.py"],
    "payments/choosing": ["tests/payments/test_quoting.py", "tests/payments/test_quoting_properties.py"],
    "payments/crediting": ["tests/payments/test_crediting.py", "tests/payments/test_quoting_properties.py"],
    "payments/quoting": ["tests/payments/test_quoting.py", "tests/payments/test_quoting_properties.py"],
    "payments/states": ["tests/payments/test_states.py"],
    "auth/keys": ["tests/auth/test_tokens.py"],
    "auth/tokens": ["tests/auth/test_tokens.py"],
    "auth/passwords": ["tests/auth/test_passwords.py"],
    "auth/devices": ["tests/auth/test_devices.py"],
    "kit/idempotency": ["tests/kit/test_idempotency.py", "tests/http/test_replays.py"],
}
# These need the server, and a second or two more for each mutant.
ON_THE_SERVER: dict[str, list[str]] = {
    "http/idempotency": [
        "tests/http/test_idempotency_digests.py",
        "tests/http/test_idempotency_parameters.py",
        "tests/http/test_idempotency.py",
        "tests/payments/test_routes.py::TestCreate::test_a_key_is_needed",
        "tests/payments/test_routes.py::TestCreate::test_a_refused_request_leaves_nothing_and_its_key_is_free",
        _CONTRACT,
    ],
    "db/idempotency": [
        "tests/db/test_idempotency.py",
        "tests/http/test_idempotency.py",
        "tests/http/test_starving.py",
        *_PAYING_ONCE,
    ],
    "payments/allocating": [
        "tests/payments/test_allocating.py",
        "tests/payments/test_routes.py::TestCreate",
        *_PAYING_ONCE,
    ],
    "payments/submitting": [
        "tests/payments/test_submitting.py",
        "tests/payments/test_locking.py",
        "tests/payments/test_routes.py::TestCreate",
        *_PAYING_ONCE,
    ],
    "auth/revocations": ["tests/auth/test_revocations.py"],
    "password_resets/service": ["tests/password_resets/test_routes.py"],
    "gateway/steps": ["tests/gateway/test_steps.py"],
}
NEAR = PURE | ON_THE_SERVER
_OURS = {"billing_api", "braintree_sandbox", "tests", "prometheus_client"}  # its registry has our counters
_FORK = get_context("fork")
# What a run of the tests has imported, pytest's plugins too.
_COLLECT = """
import sys, pytest, billing_api.main, tests.conftest, tests.fixtures.app
pytest.main(["--collect-only", "-q", "--assert=plain", "--noconftest", *sys.argv[1:]])
print("MODULES", *sys.modules)
"""


@dataclass
class Module:
    """A module that is to be broken, and how long its tests take when it is not."""

    name: str
    seconds: float = 0.0
    mutants: list[Mutant] = field(default_factory=list)
    tree: ast.Module = field(init=False)

    def __post_init__(self) -> None:
        self.tree = ast.parse(self.path.read_text())
        self.mutants = mutants_of(self.tree)

    @property
    def path(self) -> Path:
        return SOURCE / f"{self.name}.py"

    @property
    def limit(self) -> float:
        """After so many seconds a break has been noticed: something waits for ever."""
        return 20 + 4 * self.seconds


class Broken(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Imports one module from its tree, whatever the file says."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._name = f"billing_api.{module.name.replace('/', '.')}"

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Claim that module."""
        if fullname != self._name:
            return None
        return importlib.machinery.ModuleSpec(fullname, self, origin=str(self._module.path))

    def exec_module(self, module: ModuleType) -> None:
        """Run the tree as it is now."""
        module.__file__ = str(self._module.path)
        tree = ast.fix_missing_locations(self._module.tree)
        exec(compile(tree, module.__file__, "exec"), module.__dict__)


class Guest:
    """Makes a child look like a worker of pytest-xdist: it uses the server of this process, and names of its own."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Come before tests/conftest.py."""
        config.workerinput = {"workerid": f"mutant{os.getpid()}"}  # type: ignore[attr-defined]


def main(names: Sequence[str]) -> int:
    """Return the exit status: 1 when a survivor has no reason, or a reason no survivor."""
    modules = [Module(name) for name in names or NEAR]
    _import_what_is_not_ours()
    with ExitStack() as stack:
        if any(module.name in ON_THE_SERVER for module in modules):
            stack.callback(server.stop)
            server.start()
        for module in modules:
            _measure(module)
        survivors = set(_survivors(modules))
    accepted = {name for name in _accepted() if name.partition(" ")[0] in {module.name for module in modules}}
    complaints = differences(survivors, accepted)
    for complaint in complaints:
        typer.echo(complaint)
    count = sum(len(module.mutants) for module in modules)
    typer.echo(
        f"{count} mutants, {count - len(survivors)} noticed, {len(survivors & accepted)} accepted with a reason."
    )
    return 1 if complaints else 0


def differences(survivors: set[str], accepted: set[str]) -> list[str]:
    """Return a line for each survivor without a reason, and for each reason without a survivor."""
    return [
        *(f"NOT NOTICED  {name}" for name in sorted(survivors - accepted)),
        *(f"NOTICED OR GONE, so take it out of {SURVIVORS.name}:  {name}" for name in sorted(accepted - survivors)),
    ]


def _accepted() -> Iterable[str]:
    for entry in tomllib.loads(SURVIVORS.read_text())["accepted"]:
        assert entry["reason"]
        yield from entry["mutants"]


def _import_what_is_not_ours() -> None:
    """Load once what every child needs; a child then imports our own modules anew, with the broken one."""
    tests = [test for near in NEAR.values() for test in near]
    listed = subprocess.run(
        [sys.executable, "-c", _COLLECT, *tests], cwd=TOP, capture_output=True, text=True, check=True
    )
    for name in listed.stdout.partition("MODULES")[2].split():
        if name.partition(".")[0] not in _OURS:
            with suppress(ImportError):
                importlib.import_module(name)


def _measure(module: Module) -> None:
    began = time.monotonic()
    child = _start(module, lambda: None)
    child.join()
    module.seconds = time.monotonic() - began
    if child.exitcode != 0:
        raise SystemExit(f"The tests near {module.name} fail before anything is broken: {' '.join(NEAR[module.name])}")
    typer.echo(f"{module.name}: {len(module.mutants)} mutants, {module.seconds:.0f} s of tests")


def _survivors(modules: Sequence[Module]) -> Iterable[str]:
    """Yield the name of every mutant that no test noticed; as many children run as there are processors."""
    waiting = deque((module, mutant) for module in modules for mutant in module.mutants)
    running: dict[int, tuple[ForkProcess, float, str]] = {}
    while waiting or running:
        while waiting and len(running) < (os.cpu_count() or 1):
            module, mutant = waiting.popleft()
            child = _start(module, mutant.apply)
            running[child.sentinel] = (child, time.monotonic() + module.limit, f"{module.name} {mutant.name}")
        next_limit = min(limit for _, limit, _ in running.values())
        connection.wait(list(running), max(0.0, next_limit - time.monotonic()))
        for sentinel, (child, limit, name) in list(running.items()):
            if child.exitcode is None and time.monotonic() < limit:
                continue
            child.kill()  # also one that has ended: its sandbox ends with it in any case
            child.join()
            del running[sentinel]
            if child.exitcode == 0:
                typer.echo(f"  not noticed: {name}")
                yield name


def _start(module: Module, break_it: Callable[[], None]) -> ForkProcess:
    child = _FORK.Process(target=_run_tests, args=(module, break_it))
    child.start()
    return child


def _run_tests(module: Module, break_it: Callable[[], None]) -> None:
    """In the child: break the module, run the tests near it, and end with pytest's own exit status."""
    silence = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(silence, stream)
    for name in [name for name in sys.modules if name.partition(".")[0] in _OURS]:
        del sys.modules[name]
    break_it()
    sys.meta_path.insert(0, Broken(module))
    alone = ["--noconftest", "-p", "tests.fixtures.examples"] if module.name in PURE else []
    options = ["-x", "-q", "--assert=plain", "-p", "no:cacheprovider", *alone]
    try:
        status = int(pytest.main([*options, *NEAR[module.name]], plugins=[Guest()]))
    except BaseException:  # noqa: BLE001 - a break that even pytest can't stand has been noticed
        status = 1
    os._exit(status)


if __name__ == "__main__":
    os.chdir(TOP)
    sys.exit(main(sys.argv[1:]))
