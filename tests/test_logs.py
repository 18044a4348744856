"""The log's lines, ours and the libraries', as a process of its own writes them."""

import json
import subprocess
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

_WRITE = """
import logging, sys
import structlog
from billing_api.config import Environment, Settings
from billing_api.kit.context import begin_request
from billing_api.logs import configure

configure(Settings.model_construct(environment=Environment(sys.argv[1]), log_level="INFO"))
begin_request("req-12345678", "127.0.0.1")
structlog.get_logger("ours").info("request", status=200)
structlog.get_logger("ours").debug("too much detail")
logging.getLogger("theirs").warning("from a %s", "library")
logging.getLogger("sqlalchemy.engine").info("a row")
try:
    raise ValueError("odd")
except ValueError:
    structlog.get_logger("ours").exception("request_failed")
"""


# The line of a request, by structlog's processors and by hand.
_WRITE_REQUESTS = """
import sys
import structlog
from billing_api.config import Environment, Settings
from billing_api.kit.context import act_as, acting, begin_request
from billing_api.logs import configure, request_log

settings = Settings.model_construct(environment=Environment.PRODUCTION, log_level=sys.argv[1])
configure(settings)
log, log_request = structlog.get_logger("ours"), request_log(settings)
for actor in (None, "019a6f2e-6f00-7c3a-9d61-3f1f0a6d2b11"):
    begin_request("req-12345678", "127.0.0.1")
    if actor:
        act_as("person", actor)
    for path in ("/v1/balance", '/v1/"%C3%BC\\\\', "/v1/é\\u2028", "/v1/4111111111111111/5555 5555 5555 4444"):
        for status in (200, 503, None):
            fields = ("PATCH", path, status, 1234.5)
            named = dict(zip(("method", "path", "status", "milliseconds"), fields))
            log.info("request", **named, actor=acting().actor_id)
            log_request(*fields)
"""


def written(environment: str, program: str = _WRITE) -> list[str]:
    """The lines that a service in this environment writes."""
    done = subprocess.run([sys.executable, "-c", program, environment], capture_output=True, text=True, check=True)
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
    """The traceback is in the same line, so that one failure is one line."""
    assert lines[-1]["exception"].endswith("ValueError: odd")
    assert lines[0]["status"] == 200


def test_development_reads_like_text() -> None:
    """The same events, for people."""
    text = "\n".join(written("development"))
    assert "request_failed" in text
    assert "ValueError: odd" in text
    assert "from a library" in text
    assert "{" not in text


def test_line_of_a_request_is_structlogs_own_to_the_byte() -> None:
    """Fields, their order, quotes and masked card numbers; the moments differ."""
    lines = [line.rpartition(', "timestamp": "') for line in written("INFO", _WRITE_REQUESTS)]
    assert len(lines) == 2 * 2 * 4 * 3
    assert [text for text, _, _ in lines[::2]] == [text for text, _, _ in lines[1::2]]
    assert all(datetime.fromisoformat(moment.removesuffix('"}')).tzinfo == UTC for _, _, moment in lines)
    assert json.loads("".join(lines[-1]))["path"] == "/v1/[card number]/[card number]"


def test_line_of_a_request_is_left_out_above_its_level() -> None:
    """As any other line of that level."""
    assert written("WARNING", _WRITE_REQUESTS) == []
