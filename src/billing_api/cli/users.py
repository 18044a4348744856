"""`billing-api users …`: the users of accounts, for the vendor's operators."""

import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, Any, TypeVar

import typer
from pydantic import SecretStr, TypeAdapter, ValidationError

from billing_api.auth.passwords import MAX_LENGTH
from billing_api.cli.running import run
from billing_api.cli.settings import load_settings
from billing_api.cli.tables import JsonOption, print_json, print_table, shown
from billing_api.config import Settings
from billing_api.kit.email import normal_address
from billing_api.kit.schema import ExternalId, Name, words_of
from billing_api.members.service import CreatedMember, Members

T = TypeVar("T")

_LONGEST_LINE = 4 * (MAX_LENGTH + 2) + 2  # bytes: one character too many is still read, so that it is noticed

app = typer.Typer(no_args_is_help=True, help="The users of an account: create, disable, passwords and roles.")


class RoleChoice(StrEnum):
    """The roles of `billing_api.auth.caller`, as a command offers them."""

    OWNER = "owner"
    PAYER = "payer"
    VIEWER = "viewer"


def _email(address: str) -> str:
    try:
        return normal_address(address)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _text(kind: Any) -> Callable[[str], str]:
    """Return a parser of this kind of text, as the API takes it."""
    texts: TypeAdapter[str] = TypeAdapter(kind)

    def parse(given: str) -> str:
        try:
            return texts.validate_python(given)
        except ValidationError as error:
            raise typer.BadParameter(words_of(error.errors()[0])) from error

    return parse


Email = Annotated[str, typer.Argument(parser=_email, metavar="EMAIL")]
AccountOption = Annotated[
    str, typer.Option(parser=_text(ExternalId), metavar="ID", help="The account's external id, as it was imported")
]
Link = Annotated[bool, typer.Option("--link", help="Print a one-time link instead of asking for a password")]


@app.command()
def create(
    email: Email,
    account: AccountOption,
    name: Annotated[str, typer.Option(parser=_text(Name), metavar="NAME", help="The user's name")],
    role: Annotated[
        RoleChoice, typer.Option(help="owner: all; payer: pay and change methods; viewer: read")
    ] = RoleChoice.OWNER,
    link: Link = False,
) -> None:
    """Let a user into an account, such as the first owner of an imported one.

    The password is prompted for, or read from standard input when that is no terminal. A user who is known already
    keeps their password and enters this account too.
    """

    async def work(members: Members) -> CreatedMember:
        await members.list(account)  # an unknown account is reported before the prompt for a password
        password = None
        if not link and not await members.knows(email):
            password = await members.accept_first(_ask(), email=email, name=name, account=account)
        return await members.create(account=account, email=email, name=name, role=role.value, password=password)

    settings = load_settings()
    created = _run(work, settings)
    if not created.is_new:
        typer.echo(f"{email} was known already and may enter the account {account}, too.")
        return
    typer.echo(f"{email} may enter the account {account} as {role.value}.")
    if created.token is not None:
        _print_link(settings, created.token)


@app.command()
def set_password(email: Email, link: Link = False) -> None:
    """Set a user's password and end all their sessions; with --link the user sets it."""

    async def work(members: Members) -> str | None:
        if link:
            return await members.issue_link(email)
        await members.set_password(email, await members.accept_next(_ask(), email=email))
        return None

    settings = load_settings()
    token = _run(work, settings)
    if token is not None:
        _print_link(settings, token)
    else:
        typer.echo(f"The password of {email} is set, and all sessions have ended.")


@app.command()
def disable(email: Email) -> None:
    """Refuse a user on every account and end all their sessions."""
    _run(lambda members: members.disable(email, disabled=True))
    typer.echo(f"{email} can't sign in any more, and all sessions have ended.")


@app.command()
def enable(email: Email) -> None:
    """Let a disabled user sign in again."""
    _run(lambda members: members.disable(email, disabled=False))
    typer.echo(f"{email} can sign in again.")


@app.command()
def set_role(
    email: Email, account: AccountOption, role: Annotated[RoleChoice, typer.Option(help="The new role")]
) -> None:
    """Give a user another role on an account and end their sessions there."""
    _run(lambda members: members.change_role(email, account=account, role=role.value))
    typer.echo(f"{email} is {role.value} of the account {account} from the next sign-in on.")


@app.command()
def remove(email: Email, account: AccountOption) -> None:
    """End a user's access to one account."""
    _run(lambda members: members.remove(email, account=account))
    typer.echo(f"{email} can't enter the account {account} any more.")


@app.command(name="list")
def list_members(account: AccountOption, as_json: JsonOption = False) -> None:
    """List the users of an account."""
    users = _run(lambda members: members.list(account))
    if as_json:
        return print_json([asdict(user) for user in users])
    rows = [
        (user.email, user.role, "yes" if user.disabled_at else "no", shown(user.last_entered_at), user.name)
        for user in users
    ]
    print_table(("E-MAIL", "ROLE", "DISABLED", "LAST SIGN-IN (UTC)", "NAME"), [(row, None) for row in rows])
    return None


def _run(work: Callable[[Members], Awaitable[T]], settings: Settings | None = None) -> T:
    return run(lambda parts: work(parts[Members]), settings)


def _ask() -> SecretStr:
    if sys.stdin.isatty():
        return SecretStr(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
    line = sys.stdin.buffer.readline(_LONGEST_LINE)
    try:
        return SecretStr(line.decode().rstrip("\r\n"))
    except UnicodeDecodeError as error:
        typer.echo("billing-api: the password on standard input is not UTF-8", err=True)
        raise typer.Exit(2) from error


def _print_link(settings: Settings, token: str) -> None:
    hours = settings.password_link_hours
    if settings.portal_url:
        typer.echo(f"For {hours} hours, and once, the password can be set at:")
        typer.echo(f"{settings.portal_url.rstrip('/')}/set-password#token={token}")
    else:
        typer.echo(f"PORTAL_URL is not set, so here is the bare token, valid for {hours} hours and once, for")
        typer.echo(f'POST {settings.base_url}/v1/password-resets/confirm {{"token": …, "new_password": …}}:')
        typer.echo(token)
