"""Logging: JSON lines in production, readable ones in development, each with its request's id."""

import logging
import sys
from collections.abc import Callable
from functools import lru_cache
from io import StringIO
from json.encoder import encode_basestring_ascii
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from billing_api.config import ProgramSettings
from billing_api.kit.card_numbers import without_card_numbers
from billing_api.kit.clock import Clock
from billing_api.kit.context import acting

# Write the line of one request: its method, path, status (None without a response) and milliseconds.
RequestLog = Callable[[str, str, int | None, float], None]

log = structlog.get_logger(__name__)

_CLOCK = Clock()
_LONGEST_VALUE = 20_000  # characters
_REQUESTS = 1024  # whose methods and paths are remembered as they are written


def configure(settings: ProgramSettings) -> None:
    """Send our own lines straight to standard output, and every library's records there through the same steps."""
    out = _output()
    shared: list[Processor] = [
        structlog.processors.format_exc_info,
        _without_card_numbers,
        # These add our own values, which need not be searched.
        with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: Processor = structlog.dev.ConsoleRenderer(
        colors=out.isatty(),
        exception_formatter=structlog.dev.plain_traceback,  # rich's would show local variables: passwords and tokens
    )
    if settings.is_production:
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        # Not by way of `logging`, whose records and handlers would take half of the time of a request's line.
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _without_colours, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level)
    # Our own line for each request says more, and the SDK's debug output would hold secrets.
    for name, level in (
        ("uvicorn.access", logging.WARNING),
        ("urllib3", logging.WARNING),
        ("httpx", logging.WARNING),  # it prints whole addresses, with their queries
        ("sqlalchemy", logging.WARNING),  # at DEBUG it prints rows
        ("asyncio", logging.WARNING),
    ):
        logging.getLogger(name).setLevel(level)


def request_log(settings: ProgramSettings) -> RequestLog:
    """Return the function that writes the line of a request; actor and request id are those of the context.

    In production the line is written without structlog's processors, which take four times as long: 20 µs, a tenth of
    a small response's CPU time. It is the same line to the byte. The path alone is text of a stranger's choice.
    """
    if not settings.is_production or logging.getLevelName(settings.log_level) > logging.INFO:
        return _log_by_structlog
    out = _output()

    def write(method: str, path: str, status: int | None, milliseconds: float) -> None:
        who = acting()
        out.write(
            f'{_request(method, path)}, "status": {"null" if status is None else status}'
            f', "milliseconds": {milliseconds!r}, "actor": {_quoted(who.actor_id)}, "event": "request"'
            f', "request_id": {_quoted(who.request_id)}, "level": "info"'
            f', "timestamp": "{_CLOCK.now().replace(tzinfo=None).isoformat()}Z"}}\n'
        )
        out.flush()

    return write


@lru_cache(_REQUESTS)
def _request(method: str, path: str) -> str:
    """Return the beginning of a line."""
    return f'{{"method": {_quoted(method)}, "path": {_quoted(without_card_numbers(path[:_LONGEST_VALUE]))}'


def _log_by_structlog(method: str, path: str, status: int | None, milliseconds: float) -> None:
    log.info("request", method=method, path=path, status=status, milliseconds=milliseconds, actor=acting().actor_id)


def _quoted(text: str | None) -> str:
    return "null" if text is None else encode_basestring_ascii(text)


def _output() -> TextIO:
    return sys.stdout or sys.stderr or StringIO()  # a stream that is closed when the program begins is None


def with_request_id(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Return the event with the present request's id."""
    if (request_id := acting().request_id) is not None:
        event.setdefault("request_id", request_id)
    return event


def _without_card_numbers(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Return the event without the card numbers that an exception may repeat from a request."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_card_numbers(value[:_LONGEST_VALUE])
    return event


def _without_colours(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Return the event without uvicorn's second message, which is for terminals."""
    event.pop("color_message", None)
    return event
