"""`billing-api chargebacks …`: disputes of cards' banks that an operator has to record."""

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from billing_api.chargebacks.recording import RecordDisputes
from billing_api.chargebacks.stated import StatedDispute, StatedOtherwiseError
from billing_api.cli.running import run
from billing_api.cli.texts import long_text
from billing_api.kit.money import EXPONENTS, MAX_AMOUNT, minor_units

app = typer.Typer(
    no_args_is_help=True,
    help="Disputes of cards' banks that an operator has to record. docs/payments.md explains them.",
)


@app.callback()
def _commands() -> None:
    """Keep `record` a command of its own name, although it is the only one."""


@app.command()
def record(
    dispute_id: Annotated[str, typer.Argument(metavar="DISPUTE", help="The gateway's id of the dispute")],
    amount: Annotated[str, typer.Option(metavar="AMOUNT", help="What the bank took of the payment, such as 40.00")],
    currency: Annotated[str, typer.Option(metavar="CODE", help="The payment's currency, such as USD")],
    reason: Annotated[
        str, typer.Option(parser=long_text, metavar="TEXT", help="How that is known; kept in the audit log")
    ],
    won: Annotated[
        str | None, typer.Option(metavar="AMOUNT", help="What came back of it, where only a part was won")
    ] = None,
) -> None:
    """Record a dispute in another currency than its payment, by the amount that the bank took in the payment's.

    Webhooks and checks that come later use that amount. The same command again changes nothing.
    """
    taken, back = _minor(amount, currency), None if won is None else _minor(won, currency)
    if taken <= 0:
        raise typer.BadParameter("the amount is more than nothing")
    stated = StatedDispute(currency=currency, amount=taken, won=back, reason=reason)
    try:
        is_ours = run(lambda parts: parts[RecordDisputes].check(dispute_id, stated))
    except StatedOtherwiseError as error:
        typer.echo(f"billing-api: {error}", err=True)
        raise typer.Exit(1) from error
    if not is_ours:
        typer.echo(f"billing-api: the dispute {dispute_id} is about no payment of this database", err=True)
        raise typer.Exit(1)
    typer.echo(f"The dispute {dispute_id} is recorded with {amount} {currency}.")


def _minor(text: str, currency: str) -> int:
    """Return the minor units of an amount. Raise BadParameter."""
    if currency not in EXPONENTS:
        raise typer.BadParameter(f"{currency} is no currency")
    try:
        amount = Decimal(text)
    except InvalidOperation as error:
        raise typer.BadParameter(f"{text} is no amount") from error
    if not (amount.is_finite() and 0 <= amount <= MAX_AMOUNT):
        raise typer.BadParameter(f"{text} is no amount that a bank could take")
    try:
        return minor_units(amount, currency)
    except ValueError as error:
        raise typer.BadParameter(f"{text} has more decimals than {currency}") from error
