"""`python -m billing_api.dev.mailbox SMTP_PORT PORT`, which `make run` starts."""

import socket
import sys

import typer
import uvicorn

from billing_api.dev.mailbox.pages import create_app
from billing_api.dev.mailbox.store import Mailbox

smtp_port, port = map(int, sys.argv[1:])


class _Server(uvicorn.Server):
    """A server that says when it listens: `make run` waits for the line."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        typer.echo(f"listening on http://127.0.0.1:{port}")


_Server(uvicorn.Config(create_app(Mailbox(), smtp_port), host="127.0.0.1", port=port, log_level="warning")).run()
