"""The demo account: made once, by the same services that real ones are made by. `python -m billing_api.dev.seed`."""

import asyncio

import typer
from pydantic import SecretStr

from billing_api.auth.passwords import Passwords
from billing_api.bootstrap import open_parts
from billing_api.cli.settings import in_one_line, load_settings
from billing_api.config import Settings
from billing_api.core import Core
from billing_api.dev.demo import DEMO_EMAIL, DEMO_PASSWORD
from billing_api.dev.demo_books import ACCOUNT, demo_lines
from billing_api.dev.errors import LocalRunError
from billing_api.imports.service import ImportService
from billing_api.parts import Parts
from billing_api.users.service import Users

_NAME = "Pat Demo"


async def seed(settings: Settings) -> None:
    """Make the demo account with its users and documents, unless it is there already. Raise LocalRunError."""
    if settings.is_production:
        raise LocalRunError("ENVIRONMENT=production: the demo account has a public password: refused.")
    async with open_parts(settings) as parts:
        if await parts[Users].find_credentials(DEMO_EMAIL) is not None:
            return
        report = await parts[ImportService].run(demo_lines(parts[Core].clock.today()))
        if report.failures:
            raise LocalRunError(f"The demo data can't be imported: {report.failures[0].reason}")
        await _add_demo_user(parts)


async def _add_demo_user(parts: Parts) -> None:
    password = await parts[Passwords].hash(SecretStr(DEMO_PASSWORD))

    async def add() -> None:
        found = await parts[Core].accounts.find_references("account", [ACCOUNT])
        await parts[Users].create(
            email=DEMO_EMAIL, name=_NAME, password=password, account_id=found[ACCOUNT].account_id, role="owner"
        )

    await parts[Core].db.run(add)


def _main() -> None:
    """Load the demo account, unless it is there already; production refuses it, for its password is public."""
    settings = load_settings()
    try:
        with in_one_line():
            asyncio.run(seed(settings))
    except LocalRunError as error:
        typer.echo(f"billing-api: {error}", err=True)
        raise typer.Exit(2) from error


if __name__ == "__main__":
    typer.run(_main)
