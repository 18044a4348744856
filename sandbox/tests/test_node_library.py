"""Braintree's unmodified library for Node.js: another client, which sends JSON and reads XML."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from braintree_sandbox.testing import Sandbox

_SCRIPTS = sorted((Path(__file__).parent / "node").glob("*.test.mjs"))
_PATIENCE_SECONDS = 120


@pytest.mark.parametrize("script", _SCRIPTS, ids=[script.name for script in _SCRIPTS])
def test_every_test_of_the_script_passes(node: str, sandbox: Sandbox, script: Path) -> None:
    where = {"SANDBOX_HOST": sandbox.host, "SANDBOX_PORT": str(sandbox.port)}
    # Without `--test` there is one process; its exit status says whether all passed.
    command = [node, "--test-reporter=tap", str(script)]
    run = subprocess.run(
        command, env=os.environ | where, capture_output=True, text=True, timeout=_PATIENCE_SECONDS, check=False
    )
    assert run.returncode == 0, f"{run.stdout}\n{run.stderr}"
    assert re.search(r"^# pass [1-9]", run.stdout, re.MULTILINE), run.stdout
