"""`billing-api disputes …`: invoices that customers contest, and the vendor's answers."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from enum import StrEnum
from typing import Annotated, TypeVar
from uuid import UUID

import typer

from billing_api.cli.running import run
from billing_api.cli.tables import JsonOption, print_json, print_table, time_text
from billing_api.cli.texts import long_text
from billing_api.invoice_disputes.service import InvoiceDisputes
from billing_api.kit.money import decimal_text

T = TypeVar("T")

app = typer.Typer(no_args_is_help=True, help="Invoices that customers contest: list them, and answer.")


class DisputeEnd(StrEnum):
    """The ends that an answer gives to a dispute."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"


@app.command(name="list")
def list_open(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the oldest first")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the disputes that wait for an answer, each with the customer's words."""
    found = _run(lambda disputes: disputes.list_open(limit))
    if as_json:
        return print_json([asdict(one) for one in found])
    if not found:
        return typer.echo("No dispute waits for an answer.")
    print_table(
        ("ID", "OPENED (UTC)", "INVOICE", "AMOUNT", "REASON", "ACCOUNT"),
        [
            (
                (
                    str(one.id),
                    time_text(one.created_at),
                    one.invoice_number,
                    f"{decimal_text(one.amount, one.currency)} {one.currency}",
                    one.reason,
                    one.account_name,
                ),
                " ".join(one.text.split()),
            )
            for one in found
        ],
    )
    return None


@app.command()
def resolve(
    dispute: Annotated[UUID, typer.Argument(metavar="ID", help="The dispute's id, from `billing-api disputes list`")],
    outcome: Annotated[DisputeEnd, typer.Option(help="accepted: a credit memo follows; rejected: it is due as before")],
    answer: Annotated[str, typer.Option(parser=long_text, metavar="TEXT", help="The answer, as the customer reads it")],
) -> None:
    """Answer a dispute. Its invoice is contested no longer; a correction is a document of its own."""
    _run(lambda disputes: disputes.resolve(dispute, outcome.value, answer))
    typer.echo(f"The dispute {dispute} is {outcome.value}.")


def _run(work: Callable[[InvoiceDisputes], Awaitable[T]]) -> T:
    return run(lambda parts: work(parts[InvoiceDisputes]))
