"""`make run`: the whole service on one machine, started in order, watched, and stopped in the reverse order."""

import os
import secrets
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import NoReturn

import typer
from sqlalchemy.exc import DBAPIError

from billing_api.db.migrate import upgrade
from billing_api.db.revisions import MigrationError
from billing_api.dev.banner import banner
from billing_api.dev.checks import require_database, require_different_ports, require_free_port
from billing_api.dev.demo.letterhead import LETTERHEAD
from billing_api.dev.demo.users import DEMO_EMAIL, DEMO_PASSWORD
from billing_api.dev.errors import LocalRunError
from billing_api.dev.locks import FileLock
from billing_api.dev.postgres import EmbeddedPostgres
from billing_api.dev.programs import (
    Port,
    Program,
    require_all_alive,
    start_program,
    wait_until_done,
    wait_until_listening,
    wait_until_ready,
)
from billing_api.dev.settings import LocalSettings, load_settings
from billing_api.dev.webhooks import ask_for_webhooks

_WATCH_SECONDS = 0.2
_OUTWAIT_SECONDS = 10.0
_WORKER_FINISH_SECONDS = "5"  # less than a program has before it is killed
_STOPPING_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] = ()) -> int:
    """Run until a signal or a failure; return the exit status: 0 when a signal stopped it, else 1.

    With `--parent PID` it also stops when that process, its parent, is gone.
    """
    try:
        with _signals_as_interrupts():
            match arguments:
                case ["--parent", parent]:
                    _stop_with(int(parent))
            _run(load_settings())
    except KeyboardInterrupt:
        typer.echo("Everything is stopped.")
        return 0
    except LocalRunError as error:
        typer.secho(str(error), fg=typer.colors.RED, err=True)
        return 1


def _stop_with(parent: int) -> None:
    """Interrupt this process as soon as `parent` is no longer its parent: a killed `make` ends no child itself."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_WATCH_SECONDS)  # outside Linux no event tells a child that its parent is gone
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _run(settings: LocalSettings) -> NoReturn:
    if settings.environment == "production":
        raise LocalRunError("ENVIRONMENT=production: this loads demo data with a public password, so it refuses.")
    # Everything that starts is put on the stack, so that it is stopped whichever way this ends, the last first.
    with ExitStack() as stack:
        require_different_ports(settings)
        alive = _claim(settings, stack)
        api_ports = [Port(settings.host, settings.port, "PORT")]
        sandbox_ports = [
            Port("127.0.0.1", settings.sandbox_port, "SANDBOX_PORT"),
            Port("127.0.0.1", settings.sandbox_tls_port, "SANDBOX_TLS_PORT"),
        ]
        mail_ports = [
            Port("127.0.0.1", settings.smtp_port, "SMTP_PORT"),
            Port("127.0.0.1", settings.mail_port, "MAIL_PORT"),
        ]
        for port in (*api_ports, *sandbox_ports, *mail_ports):
            require_free_port(*port)
        database_url, postgres = _database(settings, stack)
        env = _environment(settings, database_url)

        def start(name: str, module: str, *arguments: str, label: str = "", ports: Sequence[Port] = ()) -> Program:
            program = start_program(name, module, arguments, env=env, alive=alive, label=label, ports=ports)
            stack.callback(program.stop)
            return program

        typer.echo("  the Braintree sandbox")
        state = settings.local_data / "braintree-sandbox.journal"
        sandbox = start(
            "The Braintree sandbox",
            "braintree_sandbox",
            *("--host", "127.0.0.1", "--port", str(settings.sandbox_port), "--state", str(state)),
            *("--tls-port", str(settings.sandbox_tls_port)),
            label="sandbox",
            ports=sandbox_ports,
        )
        typer.echo("  the mail server")
        mailbox = start(
            "The mail server",
            "billing_api.dev.mailbox",
            *(str(settings.smtp_port), str(settings.mail_port)),
            label="mail",
            ports=mail_ports,
        )
        typer.echo("  the tables")
        _migrate(database_url)
        wait_until_listening(sandbox)
        wait_until_listening(mailbox)
        typer.echo("  the API and the demo data")
        api = start("The API", "billing_api.cli", "serve", ports=api_ports)
        wait_until_done(start("The demo data", "billing_api.dev.seed"), [api, sandbox, mailbox, *postgres])
        wait_until_ready(api, settings.local_address, env["INSTANCE"])
        ask_for_webhooks(settings)
        # After the demo data, whose events send no mails.
        worker = start("The worker", "billing_api.cli", "worker", label="worker")
        programs = [api, worker, sandbox, *postgres]
        require_all_alive([*programs, mailbox])
        typer.echo(banner(settings, database_url if postgres else None))
        _watch(
            programs, mailbox, f"{sys.executable} -m billing_api.dev.mailbox {settings.smtp_port} {settings.mail_port}"
        )


def _claim(settings: LocalSettings, stack: ExitStack) -> FileLock:
    """Let one run at a time have the local data, and wait for the dying children of one that was killed.

    Returns the lock that children are to hold: free again only when the last of them is gone, and with it its port.
    """
    settings.local_data.mkdir(parents=True, exist_ok=True)
    owner, alive = FileLock(settings.local_data / "run.lock"), FileLock(settings.local_data / "children.lock")
    if not owner.acquire():
        raise LocalRunError(
            f"Another run uses {settings.local_data}. Stop it first, or set LOCAL_DATA to another folder."
        )
    stack.callback(owner.release)
    if not alive.acquire(timeout_seconds=_OUTWAIT_SECONDS):
        raise LocalRunError("The API or the sandbox of an earlier run does not end. Stop it first.")
    stack.callback(alive.release)
    return alive


def _database(settings: LocalSettings, stack: ExitStack) -> tuple[str, Sequence[Program]]:
    """Return the database's address, and the server to watch if it is ours."""
    if settings.database_url:
        require_database(settings.database_url)
        return settings.database_url, []
    server = EmbeddedPostgres(settings.local_data / "postgres")
    typer.echo(
        "  PostgreSQL" if server.data.exists() else f"  PostgreSQL, with a new database in {settings.local_data}"
    )
    stack.callback(server.stop)
    dsn = server.start()
    return dsn, [Program(f"PostgreSQL (see {server.log})", server.process)]


def _migrate(database_url: str) -> None:
    try:
        upgrade(database_url)
    except MigrationError as error:
        raise LocalRunError(
            f"The database can't be migrated: {error}. Is it of another branch? 'make forget-data' removes a local one."
        ) from error
    except (OSError, DBAPIError) as error:
        raise LocalRunError(f"The database can't be migrated: {str(error).splitlines()[0]}") from error


def _environment(settings: LocalSettings, database_url: str) -> dict[str, str]:
    """Return the service's variables: the user's own, and the addresses of the local programs."""
    return {
        **LETTERHEAD,
        **os.environ,
        "ENVIRONMENT": settings.environment,
        "HOST": settings.host,
        "PORT": str(settings.port),
        "INSTANCE": secrets.token_hex(8),  # another API on the port has another one
        "DATABASE_URL": database_url,
        "DOCS_LOGIN": f"{DEMO_EMAIL}:{DEMO_PASSWORD}",
        "DOCS_MAILS_URL": f"http://127.0.0.1:{settings.mail_port}",
        "SMTP_HOST": "127.0.0.1",
        "SMTP_PORT": str(settings.smtp_port),
        "SMTP_SECURITY": "none",
        "SMTP_USER": "",
        "SMTP_PASSWORD": "",
        "WORKER_FINISH_SECONDS": _WORKER_FINISH_SECONDS,
        "GATEWAY_ENVIRONMENT": "local",
        "GATEWAY_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(settings.sandbox_port),
        "GATEWAY_MERCHANT_ID": "integration_merchant_id",
        "GATEWAY_PUBLIC_KEY": "integration_public_key",
        "GATEWAY_PRIVATE_KEY": "integration_private_key",
    }


def _watch(programs: Sequence[Program], mailbox: Program, again: str) -> NoReturn:
    """Wait until a signal interrupts. Raise LocalRunError when one of the programs ends.

    The mail server may end: so an outage is tried, in which mails wait and all else goes on.
    """
    mail_is_up = True
    while True:
        require_all_alive(programs)
        if mail_is_up and not mailbox.is_alive:
            mail_is_up = False
            typer.echo(f"The mail server has ended: mails wait, and all else goes on. To start it again: {again}")
        time.sleep(_WATCH_SECONDS)  # no call waits for several processes and a signal on every system


@contextmanager
def _signals_as_interrupts() -> Iterator[None]:
    """Turn the first stopping signal into KeyboardInterrupt; later ones do not disturb the stopping.

    Set even where SIGINT was ignored, as a shell does for `make run &`.
    """

    def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
        for number in _STOPPING_SIGNALS:
            signal.signal(number, lambda *_: None)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in _STOPPING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
