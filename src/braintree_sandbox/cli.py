"""`braintree-sandbox`: starts the gateway."""

from pathlib import Path
from typing import Annotated

import typer

from braintree_sandbox import server
from braintree_sandbox.state.journal import StateFileError

app = typer.Typer(add_completion=False)


@app.command()
def run(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes any that is free.", min=0, max=65535)] = 3000,
    state: Annotated[Path | None, typer.Option(help="File that keeps the state over restarts and kills.")] = None,
    webhooks_anywhere: Annotated[
        bool, typer.Option("--webhooks-anywhere", help="Send webhooks to other machines too, not to loopback only.")
    ] = False,
) -> None:
    """Serve a local Braintree gateway; the first line printed is `listening on http://HOST:PORT`."""
    try:
        application = server.create_application(state, webhooks_anywhere=webhooks_anywhere)
        listener = server.bind(host, port)
    except StateFileError as error:
        raise typer.BadParameter(str(error), param_hint="--state") from error
    except OSError as error:
        typer.echo(f"braintree-sandbox can't start on {host}:{port}: {error.strerror}.", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"listening on http://{host}:{listener.getsockname()[1]}")
    server.serve(application, listener)
