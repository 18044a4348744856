"""The log's lines, ours and the libraries', as a process of its own writes them."""

import json
import re
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

configure(Settings(environment=Environment.DEVELOPMENT, log_format=sys.argv[1]))
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
import asyncio
import sys
import structlog
from billing_api.config import Settings
from billing_api.http.request_log import fields, request_log
from billing_api.kit.context import act_as, acting, begin_request
from billing_api.kit.ids import new_id
from billing_api.logs import configure

settings = Settings(log_level=sys.argv[1], log_format=sys.argv[2])
configure(settings)
log, log_request = structlog.get_logger("ours"), request_log(settings)

async def main():
    for actor in (None, "019a6f2e-6f00-7c3a-9d61-3f1f0a6d2b11"):
        begin_request("req-12345678", "127.0.0.1")
        if actor:
            act_as("user", actor, new_id(), new_id())
            acting().notes.problem_code = "unavailable"
            acting().notes.database_seconds, acting().notes.gateway_seconds = 0.00126, 1.2
        for path in ("/v1/balance", '/v1/"%C3%BC\\\\', "/v1/é\\u2028", "/v1/4111111111111111/5555 5555 5555 4444"):
            for status, agent in ((200, b"curl/7"), (503, b'"\\xe9 4111111111111111' + b"x" * 300), (None, b"")):
                request = ("PATCH", "/v1/balance", path, status, 1.23449, agent)
                if sys.argv[3:] == ["twice"]:
                    write = log.info if status == 200 else log.error
                    write("request", **fields(*request))
                log_request(*request)
                await asyncio.sleep(0)  # lines of requests are written at the end of a turn

asyncio.run(main())
"""


def written(*arguments: str, program: str = _WRITE) -> list[str]:
    """Return the lines that a service with this LOG_FORMAT writes."""
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    """Return the lines of JSON."""
    return [json.loads(line) for line in written("json")]


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


def test_readable_lines_are_no_json() -> None:
    """The same events, for people."""
    text = "\n".join(written("readable"))
    assert "request_failed" in text
    assert "ValueError: odd" in text
    assert "from a library" in text
    assert "{" not in text


def test_line_of_a_request_is_structlogs_own_to_the_byte() -> None:
    """Fields, their order, quotes and masked card numbers; the moments differ."""
    written_twice = written("INFO", "json", "twice", program=_WRITE_REQUESTS)
    lines = [line.rpartition(', "timestamp": "') for line in written_twice]
    assert len(lines) == 2 * 2 * 4 * 3
    assert [text for text, _, _ in lines[::2]] == [text for text, _, _ in lines[1::2]]
    assert all(datetime.fromisoformat(moment.removesuffix('"}')).tzinfo == UTC for _, _, moment in lines)
    last = json.loads("".join(lines[-1]))
    assert last["path"] == "/v1/[card number]/[card number]"
    assert (last["database_milliseconds"], last["gateway_milliseconds"]) == (1.3, 1200.0)


def test_line_of_a_request_says_what_failed_here() -> None:
    """A 5xx, or no response at all, is an error: above INFO these lines alone are left."""
    lines = [json.loads(line) for line in written("INFO", "json", program=_WRITE_REQUESTS)]
    assert {(line["status"], line["level"]) for line in lines} == {(200, "info"), (503, "error"), (None, "error")}
    failed = [json.loads(line) for line in written("WARNING", "json", program=_WRITE_REQUESTS)]
    assert [line["status"] for line in failed] == [503, None] * 8
    assert {line["user_agent"] for line in failed} == {None, f'"é [card number]{"x" * 184}'}


def test_readable_line_of_a_request_begins_with_method_path_status_and_time() -> None:
    """After the moment and the level; facts that a request does not have are left out."""
    first, *_, last = written("INFO", "readable", program=_WRITE_REQUESTS)
    assert re.match(r"\d\d:\d\d:\d\d \[info     \] PATCH /v1/balance 200 1234.5 ms", first)
    assert "problem=" not in first
    assert "PATCH /v1/[card number]/[card number] no response 1234.5 ms" in last
    assert "database_milliseconds=1.3" in last
    assert "problem=unavailable" in last
