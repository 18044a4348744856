"""Two sides under the same load in turns, so that what the machine does meanwhile happens to both."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from benchmarks.load import load
from benchmarks.servers import Server

_WARM_UP = 250
_REQUESTS = 1_000
_LIMIT_SECONDS = 10.0
_ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Side:
    """A server and what it is asked."""

    name: str
    server: Server
    requests: Sequence[bytes]


@dataclass(frozen=True, slots=True)
class Figures:
    """What one side did: answers a second, latencies and the server's CPU time for a request in seconds."""

    rate: float
    p50: float
    p99: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Contest:
    """The outcome, round by round."""

    title: str
    sides: tuple[Side, Side]
    rounds: Sequence[tuple[Figures, Figures]]
    goal: str

    def typical(self, side: int) -> Figures:
        """The medians of one side."""
        all_of = [each[side] for each in self.rounds]
        return Figures(
            rate=median(figures.rate for figures in all_of),
            p50=median(figures.p50 for figures in all_of),
            p99=median(figures.p99 for figures in all_of),
            cpu=median(figures.cpu for figures in all_of),
        )

    @property
    def rate_ratio(self) -> float:
        """Answers a second of the second side for one of the first: the median of the rounds' ratios."""
        return median(second.rate / first.rate for first, second in self.rounds)

    @property
    def cpu_ratio(self) -> float:
        """The first side's CPU time for a request to the second's, so that here too more is better."""
        return median(first.cpu / second.cpu for first, second in self.rounds)


async def hold(title: str, first: Side, second: Side, *, goal: str) -> Contest:
    """Warm both sides up, then load them in turns, each of them first as often as the other. Raises LoadError."""
    for side in (first, second):
        await load(side.server.target, side.requests, count=_WARM_UP, limit_seconds=_LIMIT_SECONDS)
    rounds = []
    for number in range(_ROUNDS):
        if number % 2:
            after = await _round(second)
            rounds.append((await _round(first), after))
        else:
            rounds.append((await _round(first), await _round(second)))
    return Contest(title, (first, second), rounds, goal)


async def _round(side: Side) -> Figures:
    before = side.server.cpu_seconds()
    burst = await load(side.server.target, side.requests, count=_REQUESTS, limit_seconds=_LIMIT_SECONDS)
    used = side.server.cpu_seconds() - before
    return Figures(burst.rate, burst.percentile(50), burst.percentile(99), used / len(burst.latencies))
