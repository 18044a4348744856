"""`billing-api`: serve, migrate, import, reconcile …"""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from billing_api.auth.keys import new_keys
from billing_api.bootstrap import open_parts
from billing_api.cli import (
    chargebacks,
    clients,
    disputes,
    importing,
    jobs,
    payments,
    reconciliation,
    refunds,
    users,
    worker,
)
from billing_api.cli.settings import in_one_line, load, load_settings
from billing_api.config import MigrationSettings, Settings
from billing_api.gateway.steps import PASS_LIMIT
from billing_api.kit.batches import FAILED, NOT_BELIEVED
from billing_api.logs import output
from billing_api.payments.passes import ReconcilerPass
from billing_api.refunds.checks import SORT, RefundChecks

app = typer.Typer(no_args_is_help=True, add_completion=False, help="The billing portal's API and its chores.")
app.add_typer(users.app, name="users")
app.add_typer(clients.app, name="clients")
app.add_typer(disputes.app, name="disputes")
app.add_typer(chargebacks.app, name="chargebacks")
app.add_typer(jobs.app, name="jobs")
app.add_typer(payments.app, name="payments")
app.add_typer(refunds.app, name="refunds")
app.command(name="import")(importing.import_lines)
app.command(name="worker")(worker.work)
app.command(name="reconciliation")(reconciliation.compare_with_the_gateway)


@app.command()
def serve(workers: Annotated[int, typer.Option(min=1, help="Processes that serve requests")] = 1) -> None:
    """Serve the API with uvicorn on HOST and PORT."""
    from billing_api.server import run  # noqa: PLC0415 - the other commands start without loading every route

    run(load_settings(output()), workers=workers)


@app.command()
def migrate() -> None:
    """Bring the database's schema to the newest revision, as its owner; DATABASE_APP_ROLE is granted its rows."""
    from billing_api.db.migrate import upgrade  # noqa: PLC0415 - the other commands start without alembic

    with in_one_line():
        settings = load(MigrationSettings, output())  # its lines are the result
        upgrade(settings.database_url, app_role=settings.database_app_role)


@app.command()
def reconcile(
    limit: Annotated[int, typer.Option(min=1, help="At most so many of each sort in this pass")] = PASS_LIMIT,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing when there was nothing to do")] = False,
) -> None:
    """Ask the gateway about everything that is due: payments and refunds whose outcome is open, methods, cards.

    One pass by hand; the worker makes one each minute, and two at once do no harm. It ends with 1 when something could
    not be looked up: that is due again in five minutes. It ends with 1, too, when nothing is found at the gateway that
    must be there: then nothing that seems to be gone is changed.
    """
    with in_one_line():
        found = asyncio.run(_reconcile(load_settings(), limit))
    for sort, counts in found.items():
        if counts or not quiet:
            typer.echo(
                f"{sort}: {', '.join(f'{count} {outcome}' for outcome, count in counts.items()) or 'nothing due'}"
            )
    if any(counts[NOT_BELIEVED] for counts in found.values()):
        typer.echo(
            "billing-api: the gateway has none of the customers or sales that must be there: the pass has stopped, and "
            "nothing was changed that seems to be gone. Do GATEWAY_MERCHANT_ID and its keys belong to this database?",
            err=True,
        )
    if any(counts[FAILED] or counts[NOT_BELIEVED] for counts in found.values()):
        raise typer.Exit(1)


async def _reconcile(settings: Settings, limit: int) -> Mapping[str, Counter[str]]:
    async with open_parts(settings) as parts:
        found = await parts[ReconcilerPass].run(limit)
        if any(counts[NOT_BELIEVED] for counts in found.values()):
            return found
        return {**found, SORT: await parts[RefundChecks].resolve_due(limit)}


@app.command()
def keys(
    rotate: Annotated[
        bool, typer.Option("--rotate", help="Rotate the present SIGNING_KEYS by one, with no 401")
    ] = False,
) -> None:
    """Print signing keys for SIGNING_KEYS. With --rotate, promote the second key to signing, and add a new one."""
    present = load_settings().signing_keys.get_secret_value() if rotate else ""
    if rotate and not present:
        typer.echo("billing-api: SIGNING_KEYS is not set: there is nothing to rotate", err=True)
        raise typer.Exit(2)
    typer.echo(new_keys(present))


@app.command()
def openapi(
    file: Annotated[Path, typer.Option(help="Where the document stands")] = Path("openapi/billing-api.v1.json"),
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when the file is out of date")] = False,
) -> None:
    """Write the OpenAPI document that the code generates."""
    from billing_api.main import create_app  # noqa: PLC0415 - see serve

    document = json.dumps(create_app(load_settings()).openapi(), indent=2, ensure_ascii=False) + "\n"
    if not check:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(document)
    elif not file.is_file() or file.read_text() != document:
        typer.echo(f"{file} is out of date: run `make openapi` and look at the difference.", err=True)
        raise typer.Exit(1)
