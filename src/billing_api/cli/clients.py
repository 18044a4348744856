"""`billing-api clients …`: the systems of partners, their scopes and their secrets."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError

from billing_api.auth.scopes import SCOPES, Scope
from billing_api.cli.running import run
from billing_api.cli.tables import JsonOption, print_json, print_table, shown, time_text
from billing_api.clients.service import Clients, NewSecret
from billing_api.kit.schema import Name, words_of

T = TypeVar("T")

_NAME: TypeAdapter[str] = TypeAdapter(Name)
_SCOPE: TypeAdapter[Scope] = TypeAdapter(Scope)

app = typer.Typer(no_args_is_help=True, help="Systems of partners: create, list, rotate their secrets, disable.")


def _name(given: str) -> str:
    try:
        return _NAME.validate_python(given)
    except ValidationError as error:
        raise typer.BadParameter(words_of(error.errors()[0])) from error


def _scope(given: str) -> str:
    try:
        return _SCOPE.validate_python(given)
    except ValidationError as error:
        raise typer.BadParameter(f"the scopes are {', '.join(SCOPES)}") from error


ClientArgument = Annotated[UUID, typer.Argument(metavar="ID", help="The client's id, from `billing-api clients list`")]


@app.command()
def create(
    name: Annotated[str, typer.Argument(parser=_name, metavar="NAME", help="Such as the name of the system")],
    scope: Annotated[
        list[str], typer.Option(parser=_scope, metavar="SCOPE", help=f"Once for each: {', '.join(SCOPES)}")
    ],
) -> None:
    """Make a client, and print its id and its secret, which is not kept and never shown again."""
    made = _run(lambda clients: clients.create(name, [_SCOPE.validate_python(one) for one in scope]))
    _print(made)


@app.command(name="list")
def list_clients(as_json: JsonOption = False) -> None:
    """List all clients, each with its name and its scopes."""
    found = _run(lambda clients: clients.list())
    if as_json:
        return print_json([asdict(one) for one in found])
    if not found:
        return typer.echo("There is no client.")
    print_table(
        ("ID", "STATUS", "SECRETS", "CREATED (UTC)", "LAST TOKEN (UTC)"),
        [
            (
                (str(one.id), one.status, str(one.secrets), time_text(one.created_at), shown(one.last_used_at)),
                f"{one.name}: {one.scopes}",
            )
            for one in found
        ],
    )
    return None


@app.command()
def rotate(
    client: ClientArgument,
    end_others: Annotated[
        bool,
        typer.Option("--end-others", help="End every other secret, and each token that the client has got: it leaked"),
    ] = False,
) -> None:
    """Give a client another secret. The one before stays valid until the next rotation, so that none is refused."""
    _print(_run(lambda clients: clients.rotate(client, end_others=end_others)))


@app.command()
def disable(client: ClientArgument) -> None:
    """Refuse a client, and each token that it has got."""
    _run(lambda clients: clients.disable(client))
    typer.echo(f"The client {client} gets no tokens any more, and those that it has got are refused.")


@app.command()
def enable(client: ClientArgument) -> None:
    """Let a disabled client get tokens again."""
    _run(lambda clients: clients.enable(client))
    typer.echo(f"The client {client} gets tokens again.")


def _print(made: NewSecret) -> None:
    typer.echo(f"client_id={made.client_id}")
    typer.echo(f"client_secret={made.secret}")
    typer.echo("The secret is not shown again.", err=True)


def _run(work: Callable[[Clients], Awaitable[T]]) -> T:
    return run(lambda parts: work(parts[Clients]))
