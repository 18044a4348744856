"""`make chaos MINUTES=n`: kill the API, the worker, the gateway and PostgreSQL while customers pay.

Prints the events, the payments tried, the sales made, the kills and faults by kind, and all that differs at the end;
ends with 1 when something does. `SEED=…` repeats the order of events.
"""

import secrets
from typing import Annotated

import typer

from billing_api.config import Settings
from billing_api.logs import configure
from tests.chaos.run import run


def main(
    minutes: Annotated[float, typer.Option(min=0.1, help="How long customers pay")] = 5.0,
    seed: Annotated[int, typer.Option(help="Of the events; 0 chooses one")] = 0,
    customers: Annotated[int, typer.Option(min=1, max=50)] = 4,
) -> None:
    """Run, print and compare."""
    configure(Settings(log_level="ERROR"))
    chosen = seed or secrets.randbelow(10**9) + 1
    typer.echo(f"SEED={chosen}")
    report = run(chosen, minutes * 60, customers=customers)
    typer.echo(f"{report}\nSEED={chosen}")
    raise typer.Exit(1 if report.found else 0)


if __name__ == "__main__":
    typer.run(main)
