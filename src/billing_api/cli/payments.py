"""`billing-api payments …`: payments whose outcome is open, for operators."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer

from billing_api.cli.running import run
from billing_api.cli.tables import JsonOption, print_json, print_table, shown, time_text
from billing_api.cli.texts import long_text
from billing_api.gateway.charges import Charge
from billing_api.kit.money import decimal_text
from billing_api.payments.deciding import ContradictedError, DecidePayments
from billing_api.payments.recording import NotOpenError
from billing_api.payments.schemas import PaymentRead
from billing_api.payments.values import OpenPayment

T = TypeVar("T")

_SHOWN = ("id", "account_id", "number", "type", "status", "resolved_by", "created_at", "next_check_at")

app = typer.Typer(
    no_args_is_help=True, help="Payments whose outcome is open: list, show, resolve. docs/payments.md explains them."
)

Id = Annotated[UUID, typer.Argument(metavar="ID", help="A payment's id, as `payments list` shows it")]


@app.command(name="list")
def list_open(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="At most so many, the oldest first")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List payments whose outcome is open, and those whose late charge is given back."""
    found = _run(lambda payments: payments.list_open(limit))
    if as_json:
        return print_json([_as_dict(one) for one in found])
    if not found:
        return typer.echo("No payment is open.")
    print_table(
        ("ID", "NUMBER", "STATUS", "AMOUNT", "MADE (UTC)", "NEXT CHECK (UTC)"),
        [
            (
                (
                    str(one.id),
                    one.number,
                    one.state,
                    f"{decimal_text(one.amount, one.currency)} {one.currency}",
                    time_text(one.created_at),
                    shown(one.next_check_at),
                ),
                f"account {one.account_id}",
            )
            for one in found
        ],
    )
    return None


@app.command()
def show(payment_id: Id, as_json: JsonOption = False) -> None:
    """Show a payment, and the charges under its order id as the gateway has them now."""
    found = _run(lambda payments: payments.show(payment_id))
    values = {"account_id": str(found.account_id), **found.payment.model_dump(mode="json")}
    if as_json:
        return print_json({**values, "charges": [_charge(one) for one in found.charges]})
    for name in _SHOWN:
        typer.echo(f"{name.replace('_', ' '):14}  {shown(values[name])}")
    typer.echo(f"{'amount':14}  {decimal_text(found.payment.amount, found.payment.currency)} {found.payment.currency}")
    if not found.charges:
        return typer.echo("The gateway finds no charge under its order id.")
    for one in found.charges:
        typer.echo(f"{'charge':14}  {one.transaction_id} is {one.status}")
        for difference in one.differences:
            typer.echo(f"{'':14}  it differs: {difference}")
    return None


@app.command()
def resolve(
    payment_id: Id,
    succeeded: Annotated[
        str | None, typer.Option(metavar="TRANSACTION", help="The money has come by this transaction of the gateway")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Nothing was charged")] = False,
    given_back: Annotated[
        bool, typer.Option("--given-back", help="A late charge whose refund failed was paid out in another way")
    ] = False,
    reason: Annotated[
        str | None, typer.Option(parser=long_text, metavar="TEXT", help="How that is known; kept in the audit log")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Even if the gateway says something else")] = False,
    as_json: JsonOption = False,
) -> None:
    """Look a payment up at the gateway now; or decide its outcome, where the gateway will never have it.

    A look-up retries the failed refund of a late charge. A decision that the gateway contradicts is refused: --force
    records it all the same.
    """
    said = (succeeded is not None) + failed + given_back
    if said > 1:
        raise typer.BadParameter("--succeeded, --failed or --given-back, not several")
    if not said:
        payment = _run(lambda payments: payments.look_up(payment_id))
    elif reason is None:
        raise typer.BadParameter("a decision needs --reason")
    elif given_back:
        payment = _run(lambda payments: payments.give_back_otherwise(payment_id, reason=reason))
    elif succeeded is not None:
        payment = _run(lambda payments: payments.succeed(payment_id, succeeded, reason=reason, is_forced=force))
    else:
        payment = _run(lambda payments: payments.fail(payment_id, reason=reason, is_forced=force))
    _report(payment, as_json=as_json)


def _charge(charge: Charge) -> dict[str, Any]:
    return {
        "transaction_id": charge.transaction_id,
        "status": charge.status.value,
        "decline_code": None if charge.decline is None else charge.decline.code,
        "differences": list(charge.differences),
    }


def _as_dict(one: OpenPayment) -> dict[str, Any]:
    """Return a payment of the list with the API's names."""
    values = {name: value for name, value in asdict(one).items() if name not in {"kind", "state"}}
    return values | {"account_id": str(one.account_id), "id": str(one.id), "type": one.kind, "status": one.state}


def _report(payment: PaymentRead, *, as_json: bool) -> None:
    if as_json:
        print_json(payment.model_dump(mode="json"))
    else:
        typer.echo(f"The payment {payment.number} ({payment.id}) is {payment.status}.")
        if payment.next_check_at is not None:
            typer.echo(f"The gateway is asked about it again at {payment.next_check_at:%Y-%m-%d %H:%M:%S} UTC.")


def _run(work: Callable[[DecidePayments], Awaitable[T]]) -> T:
    """Do `work` as `run` does; a decision that is refused is one line, too."""
    try:
        return run(lambda parts: work(parts[DecidePayments]))
    except (ContradictedError, NotOpenError) as error:
        typer.echo(f"billing-api: {error}", err=True)
        raise typer.Exit(1) from error
