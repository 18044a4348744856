"""The log line of each request: the operation, its time and outcome, the caller and the client."""

import asyncio
import logging
from functools import lru_cache
from json.encoder import encode_basestring_ascii
from select import PIPE_BUF
from typing import Any, Protocol

import msgspec
import structlog

from billing_api.config import ProgramSettings
from billing_api.kit.card_numbers import without_card_numbers
from billing_api.kit.clock import Clock
from billing_api.kit.context import acting
from billing_api.logs import LONGEST_VALUE, output

log = structlog.get_logger(__name__)

_CLOCK = Clock()
_encode = msgspec.json.Encoder().encode  # writes a time in a twentieth of the time of `isoformat`
_REMEMBERED = 1024  # beginnings of lines, and callers with their clients, as they are written
_USER_AGENT_CHARACTERS = 200
_USER_AGENT_BYTES = 2 * _USER_AGENT_CHARACTERS  # are looked at: a card number may begin within those that are shown
_NOT_SUPPORTED = 501  # the client asks for something that HTTP allows and this service lacks


class RequestLog(Protocol):
    """A function that writes the line of a request; its caller, client and notes are those of the context."""

    def __call__(
        self, method: str, route: str, path: str, status: int | None, seconds: float, user_agent: bytes, /
    ) -> None:
        """Take the route's template, and the status: None without a response."""


def request_log(settings: ProgramSettings) -> RequestLog:
    """Return the function that writes the lines of requests under these settings."""
    if not settings.logs_json or logging.getLevelName(settings.log_level) > logging.INFO:
        return _write_by_structlog
    return _write_by_hand()


def _write_by_hand() -> RequestLog:
    """Return the function that writes the line without structlog's processors, which take four times as long.

    That would be a tenth of a small response's CPU time. It is the same line to the byte. The path and the user agent
    are text of a stranger's choice; route, problem code and ids are ours.

    The lines of the requests that end in one turn of the loop go out together, before the loop waits again: by one
    write, also where PYTHONUNBUFFERED makes each `write` one of the system's, as in containers. No more go out at once
    than a pipe takes whole, or the lines of several workers would be mixed.
    """
    out, pending = output(), ""

    def flush() -> None:
        nonlocal pending
        if pending:
            text, pending = pending, ""
            out.write(text)
            out.flush()

    def write(method: str, route: str, path: str, status: int | None, seconds: float, user_agent: bytes, /) -> None:
        nonlocal pending
        _, actor_id, account_id, session_id, request_id, ip, notes = acting()
        code = notes.problem_code
        line = (
            f'{_operation(method, route, path[:LONGEST_VALUE])}, "status": {"null" if status is None else status}'
            f', "milliseconds": {seconds * 1000:.1f}, "database_milliseconds": {notes.database_seconds * 1000:.1f}'
            f', "gateway_milliseconds": {notes.gateway_seconds * 1000:.1f}'
            f', "problem": {"null" if code is None else _quoted(code)}'
            f"{_parties(actor_id, account_id, session_id, ip, user_agent[:_USER_AGENT_BYTES])}"
            f', "event": "request", "request_id": {_quoted(request_id)}, "level": "{_level(status)}"'
            f', "timestamp": {_encode(_CLOCK.now()).decode()}}}\n'
        )
        if len(pending) + len(line) > PIPE_BUF:  # it is ASCII
            flush()
        if not pending:
            asyncio.get_running_loop().call_soon(flush)
        pending += line

    return write


@lru_cache(_REMEMBERED)
def _operation(method: str, route: str, path: str) -> str:
    """Return the beginning of a line."""
    shown = without_card_numbers(path)
    return f'{{"method": {_quoted(method)}, "route": {_quoted(route)}, "path": {_quoted(shown)}'


@lru_cache(_REMEMBERED)
def _parties(actor_id: str | None, account_id: object, session_id: object, ip: str | None, user_agent: bytes) -> str:
    """Return the caller and the client."""
    return (
        f', "actor": {_quoted(actor_id)}, "account": {_quoted(account_id)}, "session": {_quoted(session_id)}'
        f', "client": {_quoted(ip)}, "user_agent": {_quoted(_shown(user_agent))}'
    )


def _write_by_structlog(
    method: str, route: str, path: str, status: int | None, seconds: float, user_agent: bytes, /
) -> None:
    write = log.error if _level(status) == "error" else log.info
    write("request", **fields(method, route, path, status, seconds, user_agent))


def fields(
    method: str, route: str, path: str, status: int | None, seconds: float, user_agent: bytes, /
) -> dict[str, Any]:
    """Return the fields of a request's line, in their order."""
    who = acting()
    return {
        "method": method,
        "route": route,
        "path": path,
        "status": status,
        "milliseconds": round(seconds * 1000, 1),
        "database_milliseconds": round(who.notes.database_seconds * 1000, 1),
        "gateway_milliseconds": round(who.notes.gateway_seconds * 1000, 1),
        "problem": who.notes.problem_code,
        "actor": who.actor_id,
        "account": _text(who.account_id),
        "session": _text(who.session_id),
        "client": who.ip,
        "user_agent": _shown(user_agent),
    }


def _level(status: int | None) -> str:
    """Return the line's level: an operator looks at responses that failed here, and at requests without any."""
    return "error" if status is None or (status >= 500 and status != _NOT_SUPPORTED) else "info"


def _shown(user_agent: bytes) -> str | None:
    text = user_agent[:_USER_AGENT_BYTES].decode("latin-1")
    return without_card_numbers(text)[:_USER_AGENT_CHARACTERS] or None


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _quoted(value: object) -> str:
    return "null" if value is None else encode_basestring_ascii(str(value))
