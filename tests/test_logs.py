"""The log's lines, ours and the libraries', as a process of its own writes them."""

import json
import subprocess
import sys
from typing import Any

import pytest

_WRITE = """
import logging, sys
import structlog
from billing_api.config import Environment, Settings
from billing_api.logs import configure

configure(Settings.model_construct(environment=Environment(sys.argv[1]), log_level="INFO"))
structlog.contextvars.bind_contextvars(request_id="req-12345678")
structlog.get_logger("ours").info("request", status=200)
structlog.get_logger("ours").debug("too much detail")
logging.getLogger("theirs").warning("from a %s", "library")
logging.getLogger("sqlalchemy.engine").info("a row")
try:
    raise ValueError("odd")
except ValueError:
    structlog.get_logger("ours").exception("request_failed")
"""


def written(environment: str) -> list[str]:
    """What a service in this environment writes."""
    done = subprocess.run([sys.executable, "-c", _WRITE, environment], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """A production's lines."""
    return [json.loads(line) for line in written("production")]


def test_each_line_is_an_event_with_its_request(lines: list[dict[str, Any]]) -> None:
    """Ours and a library's alike; what is below the level is left out."""
    assert [(line["event"], line["level"]) for line in lines] == [
        ("request", "info"),
        ("from a library", "warning"),
        ("request_failed", "error"),
    ]
    assert {line["request_id"] for line in lines} == {"req-12345678"}
    assert all(line["timestamp"].endswith("Z") for line in lines)


def test_exception_is_in_its_line(lines: list[dict[str, Any]]) -> None:
    """With its traceback, so that one line tells of one failure."""
    assert lines[-1]["exception"].endswith("ValueError: odd")
    assert lines[0]["status"] == 200


def test_development_reads_like_text() -> None:
    """The same events, for people."""
    text = "\n".join(written("development"))
    assert "request_failed" in text
    assert "ValueError: odd" in text
    assert "from a library" in text
    assert "{" not in text
