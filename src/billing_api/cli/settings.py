"""Common to every command: the settings, and errors that are one line."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO, TypeVar

import asyncpg
import typer
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError

from billing_api.auth.keys import KeyRing, SigningKeysError
from billing_api.config import ProgramSettings, Settings
from billing_api.db.address import DatabaseAddress
from billing_api.db.errors import DatabaseUnavailableError
from billing_api.db.grants import AppRoleError
from billing_api.db.revisions import MigrationError
from billing_api.db.url import DatabaseUrlError
from billing_api.errors import AppError
from billing_api.gateway.failures import GatewayError, GatewayUnavailableError
from billing_api.logs import configure, output

SettingsT = TypeVar("SettingsT", bound=ProgramSettings)


def load_settings(log_to: TextIO | None = None) -> Settings:
    """Read all settings of the environment; see `load`."""
    return load(Settings, log_to)


def load(kind: type[SettingsT], log_to: TextIO | None = None) -> SettingsT:
    """Read a command's settings; a wrong one ends the program with its name and the reason.

    The log goes to standard error unless `log_to` names another stream: standard output has a command's results.
    """
    try:
        settings = kind()
    except ValidationError as error:
        for line in _refusals_of(error):
            typer.echo(f"billing-api: {line}", err=True)
        raise typer.Exit(2) from error
    try:
        if isinstance(settings, Settings) and (present := settings.signing_keys.get_secret_value()):
            KeyRing(present)
    except SigningKeysError as error:
        typer.echo(f"billing-api: {error}", err=True)
        raise typer.Exit(2) from error
    try:
        DatabaseAddress.parse(settings.database_url)
    except DatabaseUrlError as error:
        typer.echo(f"billing-api: DATABASE_URL: {error}", err=True)
        raise typer.Exit(2) from error
    configure(settings, log_to or sys.stderr or output())
    return settings


@contextmanager
def in_one_line() -> Iterator[None]:
    """End the program with one line about an error that its user can mend."""
    try:
        yield
    except AppError as error:
        reason = f"DATABASE_URL: {_reason(error)}" if isinstance(error, DatabaseUnavailableError) else error.detail
        typer.echo(f"billing-api: {reason}", err=True)
        raise typer.Exit(2) from error
    except GatewayError as error:
        typer.echo(f"billing-api: {gateway_line(error)}", err=True)
        raise typer.Exit(1) from error
    except AppRoleError as error:
        typer.echo(f"billing-api: DATABASE_APP_ROLE: {error}", err=True)
        raise typer.Exit(2) from error
    except (OSError, DBAPIError, asyncpg.PostgresError, MigrationError) as error:
        typer.echo(f"billing-api: DATABASE_URL: {_reason(error)}", err=True)
        raise typer.Exit(2) from error


def gateway_line(error: GatewayError) -> str:
    """Return the words for a call of the gateway that failed, with the settings to look at."""
    if isinstance(error, GatewayUnavailableError):
        return f"the gateway can't be used ({error}): is it reachable, and are the GATEWAY_ settings the service's?"
    return str(error)


def _reason(error: BaseException) -> str:
    """Return the words of the error at the bottom, in one line."""
    while error.__cause__ is not None:
        error = error.__cause__
    return (str(error) or "no response in time").splitlines()[0]


def _refusals_of(error: ValidationError) -> Iterator[str]:
    """Yield a line for each setting that is wrong: its name and the reason, and nothing of its value."""
    for item in error.errors(include_url=False, include_input=False):
        setting = ", item ".join(_places(item["loc"]))
        for reason in item["msg"].removeprefix("Value error, ").splitlines():
            yield f"{setting}: {reason}" if setting else reason


def _places(location: tuple[int | str, ...]) -> Iterator[str]:
    """Yield a setting's name and the number of its item; a reason that concerns several settings names them itself."""
    for name in location[:1]:
        yield str(name).upper()
    yield from (str(place + 1) for place in location[1:] if isinstance(place, int))
