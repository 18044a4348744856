"""Two sides under the same load in turns, so that the machine's other work happens to both."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.goals import Finding, Goal
from benchmarks.load import load
from benchmarks.plans import Plan
from benchmarks.servers import Server

_LIMIT_SECONDS = 10.0
TAIL = Goal(most=2.5)


@dataclass(frozen=True, slots=True)
class Side:
    """A server and the requests for it.

    `apart` measures the CPU time in seconds of each request that is not to count. It is called in each round, so that
    the machine's other work happens to it as to the server.
    """

    name: str
    server: Server
    requests: Iterator[bytes]
    apart: Callable[[], float] | None = None
    round_trips: int | None = None  # of one request, to the database


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of one side: responses a second, latencies, and the server's CPU time for a request, in seconds.

    `cpu` is without `apart`.
    """

    rate: float
    p50: float
    p99: float
    cpu: float
    apart: float


@dataclass(frozen=True, slots=True)
class Contest:
    """The outcome, round by round; goals are for the ratio by CPU, the ratio by rate and the second side."""

    title: str
    sides: tuple[Side, Side]
    rounds: Sequence[tuple[Figures, Figures]]
    cpu_goal: Goal | None = None
    rate_goal: Goal | None = None
    round_trips_goal: Goal | None = None
    tail_goal: Goal | None = None

    def typical(self, side: int) -> Figures:
        """Return the medians of one side."""
        all_of = [each[side] for each in self.rounds]
        return Figures(
            rate=median(figures.rate for figures in all_of),
            p50=median(figures.p50 for figures in all_of),
            p99=median(figures.p99 for figures in all_of),
            cpu=median(figures.cpu for figures in all_of),
            apart=median(figures.apart for figures in all_of),
        )

    @property
    def rate_ratio(self) -> float:
        """The second side's rate by the first's: the median of the rounds' ratios."""
        return median(second.rate / first.rate for first, second in self.rounds)

    @property
    def cpu_ratio(self) -> float:
        """The first side's CPU time for a request by the second's, so that here too more is better."""
        return median(first.cpu / second.cpu for first, second in self.rounds)

    @property
    def findings(self) -> list[Finding]:
        """The figures that have a goal."""
        second = self.typical(1)
        round_trips = self.sides[1].round_trips
        candidates: list[tuple[str, float | None, Goal | None]] = [
            ("ratio by CPU", self.cpu_ratio, self.cpu_goal),
            ("ratio by rate", self.rate_ratio, self.rate_goal),
            ("round trips", round_trips, self.round_trips_goal),
            ("p99 / p50", second.p99 / second.p50, self.tail_goal),
        ]
        return [
            Finding(f"{self.title}, {name}", figure, goal)
            for name, figure, goal in candidates
            if goal is not None and figure is not None
        ]


async def hold(
    title: str,
    first: Side,
    second: Side,
    *,
    plan: Plan,
    count: int,
    cpu_goal: Goal | None = None,
    rate_goal: Goal | None = None,
    round_trips_goal: Goal | None = None,
    with_tail: bool = False,
) -> Contest:
    """Warm both sides up, then load them in turns, each of them first as often as the other. Raise LoadError."""
    for side in (first, second):
        await load(side.server.target, side.requests, count=count // 4, limit_seconds=_LIMIT_SECONDS)
    rounds = []
    for number in range(plan.rounds):
        if number % 2:
            after = await _round(second, count)
            rounds.append((await _round(first, count), after))
        else:
            rounds.append((await _round(first, count), await _round(second, count)))
    return Contest(title, (first, second), rounds, cpu_goal, rate_goal, round_trips_goal, TAIL if with_tail else None)


async def _round(side: Side, count: int) -> Figures:
    apart = side.apart() if side.apart is not None else 0.0
    before = side.server.cpu_seconds()
    burst = await load(side.server.target, side.requests, count=count, limit_seconds=_LIMIT_SECONDS)
    used = side.server.cpu_seconds() - before
    cpu = used / len(burst.latencies) - apart
    return Figures(burst.rate, burst.percentile(50), burst.percentile(99), cpu, apart)
