"""`billing-api reconciliation`: our books against the gateway's transactions of some days."""

import asyncio
from dataclasses import asdict
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated

import typer

from billing_api.bootstrap import open_parts
from billing_api.cli.settings import gateway_line, in_one_line, load_settings
from billing_api.cli.tables import JsonOption, print_json, print_table, shown
from billing_api.config import Settings
from billing_api.core import Core
from billing_api.gateway.failures import GatewayError
from billing_api.reconciliation.service import Reconciliation
from billing_api.reconciliation.values import Difference, Report

_LAST_DAYS = 7


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter("a day has the form 2026-11-27") from error


def compare_with_the_gateway(
    date_from: Annotated[
        date | None, typer.Option("--from", parser=_day, metavar="DAY", help="The first day, in UTC")
    ] = None,
    date_to: Annotated[
        date | None, typer.Option("--to", parser=_day, metavar="DAY", help="The last day, in UTC")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the books with the gateway's sales and refunds: by default of the last seven days.

    Each difference comes with advice. It ends with 1 when there is one, and when nothing at all is found at the
    gateway, because then nothing is compared.
    """
    if date_from is not None and date_to is not None and date_from > date_to:
        raise typer.BadParameter("--from is after --to")
    with in_one_line():
        try:
            report = asyncio.run(_compare(load_settings(), date_from, date_to))
        except GatewayError as error:
            typer.echo(f"billing-api: nothing is compared: {gateway_line(error)}", err=True)
            raise typer.Exit(1) from error
    if as_json:
        print_json({**asdict(report), "differences": [_as_dict(one) for one in report.differences]})
    else:
        _print(report)
    if report.differences:
        raise typer.Exit(1)


async def _compare(settings: Settings, first: date | None, last: date | None) -> Report:
    async with open_parts(settings) as parts:
        last = last or parts[Core].clock.now().date()
        first = first or last - timedelta(days=_LAST_DAYS - 1)
        since = datetime.combine(first, time(), UTC)
        until = datetime.combine(last, time(), UTC) + timedelta(days=1)
        return await parts[Reconciliation].compare(since, until)


def _as_dict(one: Difference) -> dict[str, str | None]:
    return {name: value if value is None else str(value) for name, value in asdict(one).items()} | {
        "advice": one.advice
    }


def _print(report: Report) -> None:
    typer.echo(
        f"{report.found} transactions at the gateway, declined and voided ones among them; "
        f"{report.booked} with money in the books."
    )
    if not report.differences:
        return typer.echo("There is no difference.")
    print_table(
        ("DIFFERENCE", "PAYMENT", "TRANSACTION", "OURS", "THEIRS"),
        [
            (
                (one.kind.value, *map(shown, (one.payment_number, one.transaction_id, one.ours, one.theirs))),
                f"{one.advice}" + (f" Payment {one.payment_id}." if one.payment_id else ""),
            )
            for one in report.differences
        ],
    )
    return None
