"""`billing-api disputes …`: invoices that customers contest, and the vendor's answers."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from rich.text import Text

from billing_api.bootstrap import open_parts
from billing_api.cli.settings import in_one_line, load_settings
from billing_api.invoice_disputes.service import InvoiceDisputes
from billing_api.kit.money import decimal_text
from billing_api.kit.schema import LongText, words_of

T = TypeVar("T")

_ANSWER: TypeAdapter[str] = TypeAdapter(LongText)

app = typer.Typer(no_args_is_help=True, help="Invoices that customers contest: list them, and answer.")


class Outcome(StrEnum):
    """The ends that an answer gives to a dispute."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


def _answer(given: str) -> str:
    try:
        return _ANSWER.validate_python(given)
    except ValidationError as error:
        raise typer.BadParameter(words_of(error.errors()[0])) from error


@app.command(name="list")
def list_open(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the oldest first")] = 100,
) -> None:
    """List the disputes that wait for an answer."""
    table = Table("Id", "Opened (UTC)", "Account", "Invoice", "Amount", "Reason", "Text")
    for one in _run(lambda disputes: disputes.list_open(limit)):
        amount = f"{decimal_text(one.amount, one.currency)} {one.currency}"
        opened = f"{one.created_at:%Y-%m-%d %H:%M}"
        cells = (str(one.id), opened, one.account_name, one.invoice_number, amount, one.reason, one.text)
        table.add_row(*(Text(cell) for cell in cells))  # as rich's markup a text could be a link
    Console().print(table)


@app.command()
def resolve(
    dispute: Annotated[UUID, typer.Argument(metavar="ID", help="The dispute's id, from `billing-api disputes list`")],
    outcome: Annotated[Outcome, typer.Option(help="accepted: a credit memo follows; rejected: it is due as before")],
    answer: Annotated[str, typer.Option(parser=_answer, metavar="TEXT", help="The answer, as the customer reads it")],
) -> None:
    """Answer a dispute. Its invoice is contested no longer; a correction is a document of its own."""
    _run(lambda disputes: disputes.resolve(dispute, outcome.value, answer))
    typer.echo(f"The dispute {dispute} is {outcome.value}.")


def _run(work: Callable[[InvoiceDisputes], Awaitable[T]]) -> T:
    settings = load_settings()

    async def with_services() -> T:
        async with open_parts(settings) as parts:
            return await work(parts[InvoiceDisputes])

    with in_one_line():
        return asyncio.run(with_services())
