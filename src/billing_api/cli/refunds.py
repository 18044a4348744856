"""`billing-api refunds …`: refunds whose money customers have without the payment, for operators."""

from dataclasses import asdict
from typing import Annotated
from uuid import UUID

import typer

from billing_api.cli.running import run
from billing_api.cli.tables import JsonOption, print_json, print_table
from billing_api.cli.texts import long_text
from billing_api.kit.money import decimal_text
from billing_api.parts import Parts
from billing_api.refunds.service import Refunds
from billing_api.refunds.values import OwedRefund
from billing_api.write_offs.schemas import WriteOffCreate, WriteOffRead
from billing_api.write_offs.service import WriteOffs

_MOST = 10_000

app = typer.Typer(
    no_args_is_help=True,
    help="Refunds whose payment was returned as well: list them, or give their money up (docs/payments.md).",
)


@app.command(name="list")
def list_owed(
    limit: Annotated[int, typer.Option(min=1, max=_MOST, help="At most so many, the oldest first")] = 100,
    as_json: JsonOption = False,
) -> None:
    """List the refunds whose money is due again, each with its open invoice."""
    found = run(lambda parts: parts[Refunds].list_owed(limit))
    if as_json:
        return print_json([asdict(one) for one in found])
    if not found:
        return typer.echo("No refund is due again.")
    print_table(
        ("ID", "PAYMENT", "INVOICE", "DUE", "SINCE"),
        [
            (
                (
                    str(one.id),
                    one.payment_number,
                    one.invoice_number,
                    f"{decimal_text(one.amount_due, one.currency)} {one.currency}",
                    one.issued_on.isoformat(),
                ),
                f"account {one.account_id}",
            )
            for one in found
        ],
    )
    return None


@app.command()
def resolve(
    refund_id: Annotated[UUID, typer.Argument(metavar="ID", help="A refund's id, as `refunds list` shows it")],
    given_up: Annotated[bool, typer.Option("--given-up", help="The vendor bears the loss: what is due is written off")],
    reason: Annotated[str, typer.Option(parser=long_text, metavar="TEXT", help="Why; kept with the write-off")],
    as_json: JsonOption = False,
) -> None:
    """End a refund that is due again without the money of the customer.

    What the customer pays needs no command: the invoice is paid in the portal, or by an offline payment.
    """
    if not given_up:
        raise typer.BadParameter("say --given-up")
    written_off = run(lambda parts: _give_up(parts, refund_id, reason))
    if as_json:
        return print_json(written_off.model_dump(mode="json"))
    amount = f"{decimal_text(written_off.amount, written_off.currency)} {written_off.currency}"
    return typer.echo(
        f"The write-off {written_off.number} over {amount} has ended invoice {written_off.invoice_number}."
    )


async def _give_up(parts: Parts, refund_id: UUID, reason: str) -> WriteOffRead:
    owed = await _find(parts[Refunds], refund_id)
    wanted = WriteOffCreate(invoice_id=owed.repayment_id, currency=owed.currency, reason=reason)
    return (await parts[WriteOffs].create(owed.account_id, wanted, None)).resource


async def _find(refunds: Refunds, refund_id: UUID) -> OwedRefund:
    owed = next((one for one in await refunds.list_owed(_MOST) if one.id == refund_id), None)
    if owed is None:
        raise typer.BadParameter(f"no refund {refund_id} is due again")
    return owed
