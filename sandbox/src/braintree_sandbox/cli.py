"""`braintree-sandbox`: starts the gateway."""

import os
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer

from braintree_sandbox import server
from braintree_sandbox.certificate import tls_context
from braintree_sandbox.state.journal import StateFileError

app = typer.Typer(add_completion=False)


@app.command()
def run(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any that is free.", min=0, max=65535)] = 3000,
    tls_port: Annotated[
        int | None, typer.Option(help="Port to listen on with TLS, for browsers; 0 takes any.", min=0, max=65535)
    ] = None,
    state: Annotated[Path | None, typer.Option(help="File that keeps the state over restarts and kills.")] = None,
    webhooks_anywhere: Annotated[
        bool, typer.Option("--webhooks-anywhere", help="Send webhooks to other machines too, not to loopback only.")
    ] = False,
    until_stdin_ends: Annotated[
        bool,
        typer.Option("--until-stdin-ends", help="Stop when standard input ends, as it does with the parent process."),
    ] = False,
) -> None:
    """Serve a local Braintree gateway; the first line printed is `listening on http://HOST:PORT`, then https if any."""
    secure: server.Secure | None = None
    try:
        application = server.create_application(
            state, webhooks_anywhere=webhooks_anywhere, with_tls=tls_port is not None
        )
        listener = server.bind(host, port)
        if tls_port is not None:
            secure = server.Secure(server.bind(host, tls_port), tls_context(host))
    except StateFileError as error:
        raise typer.BadParameter(str(error), param_hint="--state") from error
    except OSError as error:
        ports = f"{port}" if tls_port is None else f"{port} and {tls_port}"
        typer.echo(f"braintree-sandbox can't start on {host}:{ports}: {error.strerror}.", err=True)
        raise typer.Exit(1) from error
    if until_stdin_ends:
        threading.Thread(target=_exit_when_stdin_ends, daemon=True).start()
    typer.echo(f"listening on http://{host}:{listener.getsockname()[1]}")
    if secure is not None:
        typer.echo(f"listening on https://{host}:{secure.listener.getsockname()[1]}")
    server.serve(application, listener, secure)


def _exit_when_stdin_ends() -> None:
    """End at once, even in the middle of a request: every change that was reported is in the state file."""
    while sys.stdin.buffer.read(4096):
        pass
    os._exit(0)
