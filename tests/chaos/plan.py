"""What happens to the parts of the service, and when: the same for the same seed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

T = TypeVar("T")

KILLS = ("api-1", "api-2", "worker", "sandbox", "postgres")
# Of the gateway's calls, by the path of each.
_SALE, _REFUND = "^/transactions$", "(refund|void)$"
FAULTS = (
    {"kind": "drop", "commit": True, "match": {"path": _SALE}},
    {"kind": "drop", "commit": False, "match": {"path": _SALE}},
    {"kind": "status", "status": 503, "commit": True, "match": {"path": _SALE}},
    {"kind": "status", "status": 500, "commit": False, "match": {"path": _SALE}},
    {"kind": "garbage", "commit": True, "match": {"path": _SALE}},
    {"kind": "delay", "seconds": 2, "commit": True, "match": {"path": _SALE}},
    {"kind": "delay", "seconds": 4, "commit": False, "match": {"path": _SALE}},
    {"kind": "drop", "commit": True, "match": {"path": _REFUND}},
    {"kind": "drop", "commit": False, "match": {"path": _REFUND}},
)
# The API's processes and the worker share a clock that is moved on, together with the gateway's.
JUMPS = ({"minutes": 6}, {"minutes": 6}, {"hours": 1}, {"hours": 26})
_DECKS: Mapping[str, Sequence[object]] = {
    "kill": KILLS,
    "fault": FAULTS,
    "bank": ("settle", "return"),
    "jump": JUMPS,
}
_SECONDS_BETWEEN = (0.3, 2.5)


@dataclass(frozen=True)
class Event:
    """Something that happens so many seconds after the start: `what` has its sort, `which` the rest."""

    after: float
    what: str
    which: object

    def __str__(self) -> str:
        return f"{self.after:7.1f} s  {self.what:6} {self.which}"


def events(seed: int, seconds: float) -> Iterator[Event]:
    """Yield all events of a run in their order. Of each sort all occur before one occurs again."""
    random = Random(seed)
    sorts = _dealt(random, ("kill", "kill", "fault", "fault", "bank", "jump"))
    decks = {name: _dealt(random, deck) for name, deck in _DECKS.items()}
    after = random.uniform(*_SECONDS_BETWEEN)
    while after < seconds:
        what = next(sorts)
        yield Event(after, what, next(decks[what]))
        after += random.uniform(*_SECONDS_BETWEEN)


def _dealt(random: Random, cards: Sequence[T]) -> Iterator[T]:
    """Yield cards without end: the deck in any order, again and again."""
    while True:
        yield from random.sample(cards, len(cards))
