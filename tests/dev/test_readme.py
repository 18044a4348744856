"""The README's tour, line by line, against what `make run` starts."""

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
_STRICT = 'set -eu\ncurl() { command curl --fail-with-body "$@"; echo; }\n'


def tour(api: str) -> str:
    """The shell lines of the README's tour, for an API at another address."""
    section = _README.read_text().split("## A tour with curl")[1].split("\n## ")[0]
    lines = "".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL))
    assert "API=http://127.0.0.1:8000\n" in lines
    return lines.replace("API=http://127.0.0.1:8000\n", f"API={api}\n")


@pytest.mark.skipif(shutil.which("curl") is None, reason="the tour is for curl")
def test_the_tour_runs_as_it_stands(run: LocalRun) -> None:
    """Signing in, looking around, storing a card and a bank account, paying once, signing out."""
    process, _ = run.start_and_read_banner()
    script = _STRICT + tour(f"http://127.0.0.1:{run.port}")
    shell = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert shell.returncode == 0, f"{shell.stdout[-2000:]}\n{shell.stderr}"
    assert '"status":"succeeded"' in shell.stdout
    assert "idempotent-replayed: true" in shell.stdout
    assert '"payment_status":"paid"' in shell.stdout
    stop(process, signal.SIGINT)
