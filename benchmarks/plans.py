"""How much is measured."""

from dataclasses import dataclass

from benchmarks.data import Size


@dataclass(frozen=True, slots=True)
class Plan:
    """The sizes of the two databases, and the numbers of requests and lines."""

    few: Size
    many: Size
    rounds: int
    requests: int  # of a round
    payments: int  # of a round
    payers: int  # customers with a stored card
    beside: int  # writes of another account while one account is busy
    lines: int  # of an import
    starts: int  # of a program whose start is measured
    deep_page: int
    exports: int  # of each CSV file


_FEW = Size(accounts=250, invoices=20_000, biggest=10_000)
USUAL = Plan(
    few=_FEW,
    many=Size(accounts=2_000, invoices=200_000, biggest=100_100),
    rounds=5,
    requests=1_000,
    payments=160,
    payers=32,
    beside=40,
    lines=1_200,
    starts=5,
    deep_page=4_000,
    exports=3,
)
FULL = Plan(
    few=_FEW,
    many=Size(accounts=10_000, invoices=2_000_000, biggest=100_100),
    rounds=USUAL.rounds,
    requests=USUAL.requests,
    payments=USUAL.payments,
    payers=USUAL.payers,
    beside=USUAL.beside,
    lines=USUAL.lines,
    starts=USUAL.starts,
    deep_page=USUAL.deep_page,
    exports=USUAL.exports,
)
# Proves that everything runs; its figures mean nothing.
TINY = Plan(
    few=Size(accounts=3, invoices=120, biggest=60),
    many=Size(accounts=3, invoices=240, biggest=120),
    rounds=1,
    requests=20,
    payments=4,
    payers=2,
    beside=4,
    lines=20,
    starts=1,
    deep_page=4,
    exports=1,
)
