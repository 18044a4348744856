"""The checks before anything starts, so that an error is one line and not a traceback."""

import asyncio
import errno
import socket
from itertools import combinations

import asyncpg

from billing_api.db.address import DatabaseAddress
from billing_api.db.url import DatabaseUrlError
from billing_api.dev.errors import LocalRunError
from billing_api.dev.settings import LocalSettings


def require_free_port(host: str, port: int, setting: str) -> None:
    """Require that the port is free. Raise LocalRunError with the name of the setting."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            # As the servers do: connections of an earlier run that linger in TIME_WAIT are no obstacle.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise LocalRunError(
                f"Port {port} is taken: stop its program, or choose another: make run {setting}={port + 1}"
            ) from None
        raise LocalRunError(
            f"Can't listen on {host} port {port}: {error.strerror}. Check HOST and {setting}."
        ) from None


def require_different_ports(settings: LocalSettings) -> None:
    """Require that no two programs are to listen on one port. Raise LocalRunError with the names of the settings."""
    ports = {
        "PORT": settings.port,
        "SANDBOX_PORT": settings.sandbox_port,
        "SANDBOX_TLS_PORT": settings.sandbox_tls_port,
        "SMTP_PORT": settings.smtp_port,
        "MAIL_PORT": settings.mail_port,
    }
    for (one, port), (other, same) in combinations(ports.items(), 2):
        if port == same:
            raise LocalRunError(f"{one} and {other} are both {port}: choose another for one of them.")


def require_database(url: str) -> None:
    """Require that DATABASE_URL can be reached. Raise LocalRunError, without the address: it may have a password."""
    try:
        address = DatabaseAddress.parse(url)
    except DatabaseUrlError as error:
        raise LocalRunError(f"DATABASE_URL: {error}.") from None
    try:
        asyncio.run(_connect_once(address))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as error:
        reason = str(error) or f"no response within {address.timeout_seconds:.0f} s"
        raise LocalRunError(
            f"The database of DATABASE_URL can't be reached: {reason}. Unset DATABASE_URL to use an embedded one."
        ) from None


async def _connect_once(address: DatabaseAddress) -> None:
    connection = await address.connect()
    await connection.close()
