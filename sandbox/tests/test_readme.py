"""The README's examples, run as they stand but for the port."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from braintree_sandbox.testing import Sandbox

_TOP = Path(__file__).parents[1]
_README = (_TOP / "README.md").read_text()
_STRICT = 'set -eu\ncurl() { command curl --fail-with-body "$@"; echo; }\n'


def examples(language: str) -> list[str]:
    """Return the README's blocks in a language, in their order."""
    return re.findall(rf"```{language}\n(.*?)```", _README, re.DOTALL)


def test_the_python_library_is_pointed_at_it(clockwork: Sandbox) -> None:
    example, *_ = examples("python")
    exec(example.replace('"3000"', f'"{clockwork.port}"'), {})
    assert clockwork.transactions(status="authorized")


def test_the_library_for_node_is_pointed_at_it(node: str, clockwork: Sandbox) -> None:
    (example,) = examples("js")
    modules = {"NODE_PATH": str(_TOP / "tests" / "node_modules")}
    command = [node, "-e", example.replace("3000", str(clockwork.port))]
    run = subprocess.run(command, env=os.environ | modules, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.split()) == (0, ["true", "authorized"]), run.stderr


def test_the_tests_for_pytest_pass(tmp_path: Path) -> None:
    for example in examples("python")[1:]:
        name, text = example.split("\n", 1)
        (tmp_path / name.removeprefix("# ")).write_text(text)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:asyncio", "--rootdir", "."]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (run.returncode, "2 passed" in run.stdout) == (0, True), run.stdout + run.stderr


@pytest.mark.skipif(shutil.which("curl") is None, reason="the lines are for curl")
def test_the_lines_for_a_shell_run(clockwork: Sandbox) -> None:
    (lines,) = examples("sh")
    script = _STRICT + lines.replace(":3000/", f":{clockwork.port}/")
    run = subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert '"bt_signature"' in run.stdout


def test_every_link_leads_to_a_file() -> None:
    for document in (_TOP / "README.md", *(_TOP / "docs").glob("*.md")):
        for target in re.findall(r"\]\(([^)#:]+)[^)]*\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
