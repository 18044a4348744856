"""`make setup` and the set-up of `make run`: which of them installs, from which lock, and how it fails."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fixtures.processes import bound

pytestmark = pytest.mark.slow

TOP = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-local.lock", "requirements-dev.lock")
# A stand-in for Python: it writes down the lock that it is to install, and makes the environment's own Python, which
# is the same stand-in, as the real one would.
_PYTHON = """#!/bin/sh
case $2 in
  src/billing_api/dev/environment.py)
    echo "installs $4" >> log; mkdir -p "$3/bin"; rm -f "$3"/.installed-*; cp "$0" "$3/bin/python" ;;
  billing_api.dev) echo runs >> log ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The files that the Makefile looks at, in a folder with a space in its name."""
    folder = tmp_path / "a checkout"
    (folder / "sandbox").mkdir(parents=True)
    for name in ("Makefile", "pyproject.toml", "sandbox/pyproject.toml", *LOCKS):
        shutil.copy(TOP / name, folder / name)
    (folder / "python").write_text(_PYTHON)
    (folder / "python").chmod(0o755)
    return folder


def make(checkout: Path, *goals: str) -> list[str]:
    """Run make, and return what it has had done."""
    log = checkout / "log"
    log.unlink(missing_ok=True)
    done = subprocess.run(
        ["make", "PYTHON=./python", *goals],
        cwd=checkout,
        env=os.environ | {"MAKEFLAGS": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return log.read_text().splitlines() if log.exists() else []


class TestTheMakefile:
    def test_running_installs_what_running_needs_once(self, checkout: Path) -> None:
        assert make(checkout, "run") == ["installs requirements-local.lock", "runs"]
        assert make(checkout, "run") == ["runs"]

    def test_testing_adds_the_rest_and_running_takes_nothing_away(self, checkout: Path) -> None:
        make(checkout, "run")
        assert make(checkout, "setup") == ["installs requirements-dev.lock"]
        assert make(checkout, "setup") == []
        assert make(checkout, "run") == ["runs"]
        assert make(checkout, "setup") == []

    def test_testing_first(self, checkout: Path) -> None:
        assert make(checkout, "setup") == ["installs requirements-dev.lock"]
        assert make(checkout, "run") == ["runs"]

    def test_both_at_once(self, checkout: Path) -> None:
        assert make(checkout, "setup", "run") == ["installs requirements-dev.lock", "runs"]
        assert make(checkout, "setup", "run") == ["runs"]

    def test_a_developers_environment_stays_one_when_the_lock_changes(self, checkout: Path) -> None:
        make(checkout, "setup")
        newer = (checkout / "Makefile").stat().st_mtime + 10**6
        os.utime(checkout / "requirements-dev.lock", (newer, newer))
        assert make(checkout, "run") == ["installs requirements-dev.lock", "runs"]

    def test_a_moved_checkout_installs_itself_anew(self, checkout: Path) -> None:
        make(checkout, "run")
        moved = checkout.rename(checkout.with_name("elsewhere"))
        assert make(moved, "run") == ["installs requirements-local.lock", "runs"]


class TestTheInstallation:
    """The program that the Makefile calls, with this Python and without a network."""

    @pytest.fixture
    def installing(self, tmp_path: Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            bound([sys.executable, "-I", "src/billing_api/dev/environment.py", str(tmp_path / "env"), LOCKS[1]]),
            cwd=TOP,
            env=os.environ | {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": ""},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def test_it_says_what_it_does_and_a_failure_says_why(self, installing: subprocess.Popen[str]) -> None:
        printed, _ = installing.communicate()
        assert installing.returncode == 1
        lines = printed.splitlines()
        assert "all that is needed to run, from requirements-local.lock" in lines[0]
        assert re.search(r"downloads about \d+ MB: half a minute", lines[1])
        assert lines[2:4] == ["  1/4 an empty environment", "  2/4 uv, which installs the rest"]
        assert "No matching distribution found for uv==" in printed
        assert lines[-1].endswith("Is the network there?")

    def test_ctrl_c_shows_no_traceback(self, installing: subprocess.Popen[str]) -> None:
        assert installing.stdout is not None
        for line in installing.stdout:
            if "1/4" in line:
                break
        os.killpg(installing.pid, signal.SIGINT)
        printed, _ = installing.communicate()
        assert installing.returncode == 128 + signal.SIGINT, printed
        assert printed == "\nThe set-up is stopped. The next one begins anew.\n"
