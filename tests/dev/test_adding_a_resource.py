"""docs/adding-a-resource.md, followed step by step in a copy of the repository."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures import server
from tests.fixtures.processes import bound

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800)]

TOP = Path(__file__).parents[2]
PAGE = TOP / "docs" / "adding-a-resource.md"
_BLOCK = re.compile(r"(?:^`([^`\n]+)`\n\n)?^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks() -> Iterator[tuple[str, str, str]]:
    """Yield the page's code blocks: the file that each belongs to, its language and its text."""
    yield from _BLOCK.findall(PAGE.read_text())


def insert(file: Path, diff: str) -> None:
    """Insert the lines with `+`, each below the line before it, which the file has once."""
    text, before = file.read_text(), ""
    for line in diff.splitlines(keepends=True):
        if line.startswith("+"):
            assert text.count(f"\n{before}") == 1, f"{file.name} has no line {before!r}"
            text = text.replace(f"\n{before}", f"\n{before}{line[1:]}")
        before = line[1:]
    file.write_text(text)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the files that git knows, with this environment in place of one that `make setup` would make."""
    folder = tmp_path / "copy"
    tracked = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, capture_output=True, check=True, text=True)
    for name in filter(None, tracked.stdout.split("\0")):
        if (TOP / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(TOP / name, folder / name)
    (folder / ".venv").mkdir()
    for name in ("bin", "lib", "include", "pyvenv.cfg"):
        (folder / ".venv" / name).symlink_to(Path(sys.prefix) / name)
    run(folder, 'touch ".venv/.installed-$(pwd | cksum | cut -d " " -f 1)"')
    if (TOP / ".mypy_cache").is_dir():  # then mypy reads what is new here alone
        shutil.copytree(TOP / ".mypy_cache", folder / ".mypy_cache")
    return folder


def run(folder: Path, script: str) -> None:
    """Run the lines of a shell as a developer there would. Fail with what they print."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    done = subprocess.run(
        bound(["bash", "-euc", script]),
        cwd=folder,
        env=environment
        | {"PYTHONPATH": f"{folder}/src:{folder}/sandbox/src", "DATABASE_URL": server.url(), "MAKEFLAGS": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{script}\n{done.stdout[-8000:]}"


@pytest.mark.skipif(not (TOP / ".git").exists(), reason="only git knows which files of a checkout belong to a copy")
def test_the_page_is_followed(copy: Path) -> None:
    """Its files are written, its lines are added, its commands run: the checks are green, and its tests pass."""
    for file, language, text in blocks():
        if language == "sh":
            run(copy, text)
        elif language == "diff":
            insert(copy / file, text)
        else:
            assert not (copy / file).exists()
            (copy / file).write_text(text)
