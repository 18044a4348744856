"""compose.yaml: valid by the schema of the Compose specification, and in keeping with the files that it names.

There is no container engine where this was written: each container's command was run by hand (docs/deployment.md).
"""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from billing_api.cli import app

_TOP = Path(__file__).parents[2]
_FILE = _TOP / "compose.yaml"
_DOCS = (_TOP / "docs" / "deployment.md").read_text()
_VARIABLE = re.compile(r"\$\{(\w+)")


@pytest.fixture(scope="module")
def services() -> dict[str, dict[str, Any]]:
    """The services by their names, with all that they take from anchors."""
    found: dict[str, dict[str, Any]] = YAML(typ="safe").load(_FILE.read_text())["services"]
    return found


def test_it_is_valid() -> None:
    """By the specification's own schema, which the validator brings along: no network is needed."""
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", str(_FILE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_images_from_elsewhere_are_pinned_and_the_others_are_built(services: dict[str, dict[str, Any]]) -> None:
    """A registry's image is named by its content; ours have a Dockerfile."""
    for name, service in services.items():
        if "build" in service:
            assert (_TOP / service["build"] / "Dockerfile").is_file(), name
        else:
            assert re.fullmatch(r"[a-z]+:[\w.-]+@sha256:[0-9a-f]{64}", service["image"]), name


def test_both_images_stand_on_one_base() -> None:
    """Debian's security updates are taken for both at once."""
    ours, sandbox = (
        set(re.findall(r"^FROM (\S+@\S+)", (_TOP / folder / "Dockerfile").read_text(), re.MULTILINE))
        for folder in (".", "sandbox")
    )
    assert ours == sandbox


def test_its_commands_are_those_of_the_program(services: dict[str, dict[str, Any]]) -> None:
    """The command line takes each of them, with its options."""
    commands = [" ".join(service["command"]) for service in services.values() if "command" in service]
    ours = [arguments.split() for command in commands for arguments in re.findall(r"billing-api ([\w -]+)", command)]
    assert sorted(words[0] for words in ours) == ["migrate", "serve", "worker"]
    for words in ours:
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0, words


def test_what_a_container_waits_for_and_mounts_is_there(services: dict[str, dict[str, Any]]) -> None:
    """The schema knows no names: a service that is gone, or a file, would be found at the start alone."""
    for name, service in services.items():
        assert set(service.get("depends_on", {})) <= set(services), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith("./") or (_TOP / source).is_file(), volume


def test_the_proxy_alone_is_open_to_the_world(services: dict[str, dict[str, Any]]) -> None:
    """The sandbox's control is for this machine; the database and the service have no port outside."""
    open_ports = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert set(open_ports) == {"proxy", "sandbox"}
    assert all(port.startswith("127.0.0.1:") for port in open_ports["sandbox"])


def test_each_setting_of_its_own_is_explained() -> None:
    """docs/deployment.md names the variables that .env may have."""
    named = set(_VARIABLE.findall(_FILE.read_text()))
    assert named == {name for name in named if re.search(rf"\b{name}\b", _DOCS)}
    assert {"OWNER_PASSWORD", "SERVICE_PASSWORD", "ADMIN_PASSWORD", "SITE"} <= named
