"""The program: how it starts and stops."""

import subprocess
import sys

import pytest

from braintree_sandbox.testing import run_sandbox

COMMAND = [sys.executable, "-m", "braintree_sandbox", "--port", "0"]


def test_it_stops_with_its_standard_input() -> None:
    """As it does when the program that holds the other end is killed."""
    pipe = subprocess.PIPE
    with subprocess.Popen([*COMMAND, "--until-stdin-ends"], stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline().startswith("listening on http://127.0.0.1:")
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_a_port_in_use_is_one_line() -> None:
    with run_sandbox() as running:
        command = [*COMMAND[:-1], str(running.port)]
        refused = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert refused.returncode == 1
    assert refused.stderr.startswith(
        f"braintree-sandbox can't start on 127.0.0.1:{running.port}: Address already in use"
    )
    assert len(refused.stderr.splitlines()) == 1


def test_a_sandbox_that_can_not_start_is_an_error() -> None:
    with (
        run_sandbox() as running,
        pytest.raises(RuntimeError, match="did not start"),
        run_sandbox("--port", str(running.port)),
    ):
        pytest.fail("it started on a port in use")
