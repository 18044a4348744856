"""Logging: JSON lines in production and readable ones in development, or as LOG_FORMAT says.

The line of each request is in http/request_log.py.
"""

import logging
import sys
from io import StringIO
from typing import TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from billing_api.config import ProgramSettings
from billing_api.kit.card_numbers import without_card_numbers
from billing_api.kit.context import acting

LONGEST_VALUE = 20_000  # characters
_NEEDLESS_AT_A_TERMINAL = frozenset({"route", "client", "user_agent"})


def configure(settings: ProgramSettings, log_to: TextIO | None = None) -> None:
    """Send our own lines straight to `log_to`, and every library's records there through the same steps.

    Services log to standard output.
    """
    out = log_to or output()
    shared: list[Processor] = [
        structlog.processors.format_exc_info,
        _without_card_numbers,
        # These add our own values, which need not be searched.
        with_request_id,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso" if settings.logs_json else "%H:%M:%S", utc=settings.logs_json),
    ]
    renderers: list[Processor] = [
        _begin_with_the_outcome,
        structlog.dev.ConsoleRenderer(
            colors=out.isatty(),
            sort_keys=False,
            exception_formatter=structlog.dev.plain_traceback,  # rich's shows local variables: passwords, tokens
        ),
    ]
    if settings.logs_json:
        renderers = [structlog.processors.JSONRenderer()]
    structlog.configure(
        processors=[*shared, *renderers],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(settings.log_level)),
        # Not by way of `logging`, whose records and handlers would take half of the time of a request's line.
        logger_factory=structlog.WriteLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), _without_colours, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
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


def output() -> TextIO:
    """Return the stream of a service's log: standard output where the program has one."""
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
            event[name] = without_card_numbers(value[:LONGEST_VALUE])
    return event


def _begin_with_the_outcome(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Return the line of a request for a terminal: method, path, status and time first, then the facts that it has."""
    if event["event"] != "request" or "milliseconds" not in event:
        return event
    method, path, status, milliseconds = (event.pop(name) for name in ("method", "path", "status", "milliseconds"))
    event["event"] = f"{method} {path} {status or 'no response'} {milliseconds} ms"
    return {name: value for name, value in event.items() if value and name not in _NEEDLESS_AT_A_TERMINAL}


def _without_colours(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Return the event without uvicorn's second message, which is for terminals."""
    event.pop("color_message", None)
    return event
