"""Logging: JSON lines in production, readable ones in development, each with its request's id."""

import logging
import sys
from io import StringIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from billing_api.config import ProgramSettings
from billing_api.kit.card_numbers import without_card_numbers

_LONGEST_VALUE = 20_000  # characters


def configure(settings: ProgramSettings) -> None:
    """Send our own lines straight to standard output, and every library's records there through the same steps."""
    out = sys.stdout or sys.stderr or StringIO()  # a stream that is closed when the program begins is None
    shared: list[Processor] = [
        structlog.processors.format_exc_info,
        _without_card_numbers,
        # What these add is ours, and need not be looked through.
        structlog.contextvars.merge_contextvars,
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
    # Our own line for each request says more, and the SDK's debug output would hold what must not be logged.
    for name, level in (
        ("uvicorn.access", logging.WARNING),
        ("urllib3", logging.WARNING),
        ("httpx", logging.WARNING),  # it prints whole addresses, with their queries
        ("sqlalchemy", logging.WARNING),  # at DEBUG it prints rows
        ("asyncio", logging.WARNING),
    ):
        logging.getLogger(name).setLevel(level)


def _without_card_numbers(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Return the event without the card numbers that an exception may repeat of what a client wrote."""
    for name, value in event.items():
        if isinstance(value, str):
            event[name] = without_card_numbers(value[:_LONGEST_VALUE])
    return event


def _without_colours(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """uvicorn gives its messages twice, once for terminals."""
    event.pop("color_message", None)
    return event
