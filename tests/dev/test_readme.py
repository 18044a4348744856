"""The README's tour, line by line, against what `make run` starts."""

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from tests.fixtures.local_run import LocalRun, stop

pytestmark = pytest.mark.slow

_README = Path(__file__).parents[2] / "README.md"
# A line that is refused ends the tour.
_STRICT = 'set -euo pipefail\ncurl() { command curl --fail-with-body "$@"; echo; }\n'


def tour() -> str:
    """Return the shell lines of the README's tour."""
    section = _README.read_text().split("## A tour with curl")[1].split("\n## ")[0]
    return "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))


def test_no_shell_block_has_a_comment() -> None:
    """zsh, the shell of Macs, knows none at its prompt: an apostrophe in one swallows the lines after it."""
    blocks = re.findall(r"```sh\n(.*?)```", _README.read_text(), re.DOTALL)
    assert len(blocks) > 10
    lines = [line for block in blocks for line in block.splitlines()]
    assert [line for line in lines if re.search(r"(^|\s)#", line)] == []


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour is for curl")
def test_the_tour_runs_as_it_stands(run: LocalRun) -> None:
    """Signing in, looking around, storing a card and a bank account, paying once, signing out."""
    process, _ = run.start_and_read_banner()
    shell = subprocess.run(
        ["bash", "-c", _STRICT + tour()],
        env=os.environ | {"PORT": str(run.port), "SANDBOX_PORT": str(run.sandbox_port)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert shell.returncode == 0, f"{shell.stdout[-2000:]}\n{shell.stderr}"
    assert '"status": "succeeded"' in shell.stdout
    assert "idempotent-replayed: true" in shell.stderr
    assert '\n    "payment_status": "paid"' in shell.stdout
    assert '\n            "type": "credit_memo"' in shell.stdout  # pays several invoices with the card
    assert re.search(r'"allocations": \[\s+\{[^\]]*\},\s+\{', shell.stdout)
    assert '"reason": "insufficient_funds"' in shell.stdout  # a bank account's payment came back
    assert '"method": "refund"' in shell.stdout  # a part of the card's payment was given back
    stop(process, signal.SIGINT)
