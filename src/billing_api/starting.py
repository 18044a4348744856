"""The log line of the start: the version, the settings without their secrets, and the address."""

from importlib.metadata import version
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import structlog

from billing_api.config import Settings

log = structlog.get_logger(__name__)

_HIDDEN = "(hidden)"
_SECRET_PARAMETERS = frozenset({"password", "sslpassword"})


def log_start(settings: Settings, *, workers: int) -> None:
    """Log the start of the service; in development with the settings that were changed, in production with all."""
    log.info(
        "starting",
        version=version("billing-api"),
        listens_on=f"http://{f'[{settings.host}]' if ':' in settings.host else settings.host}:{settings.port}",
        workers=workers,
        settings=shown(settings),
    )


def shown(settings: Settings) -> dict[str, Any]:
    """Return the settings as the log may have them; of a secret only that it is set."""
    # pydantic writes a secret as asterisks, and an empty one as nothing.
    values = settings.model_dump(mode="json", exclude_defaults=not settings.is_production)
    if "database_url" in values:
        values["database_url"] = without_password(settings.database_url)
    return {name.upper(): value for name, value in values.items()}


def without_password(database_url: str) -> str:
    """Return the database's address without its passwords."""
    parts = urlsplit(database_url)
    if "@" in parts.path + parts.query:  # perhaps of a password that is not encoded
        return _HIDDEN
    credentials, at, hosts = parts.netloc.rpartition("@")
    user, colon, _ = credentials.partition(":")
    address = f"{parts.scheme}://{user}{colon}{_HIDDEN if colon else ''}{at}{hosts}{parts.path}"
    parameters = {
        name: _HIDDEN if name in _SECRET_PARAMETERS else value
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    }
    return f"{address}?{urlencode(parameters, safe='()/:,')}" if parameters else address
