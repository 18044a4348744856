"""Places: a few pieces of work for each account at once, in this process."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID


class Places:
    """Counts the work that is under way, by account."""

    def __init__(self, most: int, refusal: Callable[[int], Exception]) -> None:
        """Take the most for each account, and the error of one more, which is made with that number."""
        self._most = most
        self._refusal = refusal
        self._taken: Counter[UUID] = Counter()

    @property
    def taken(self) -> int:
        """The number of all places that are taken."""
        return self._taken.total()

    def of(self, account_id: UUID) -> int:
        """Return the number of places that an account has."""
        return self._taken[account_id]

    def take(self, account_id: UUID) -> None:
        """Take a place until `leave`. Raise the refusal when the account has all of its places."""
        if self._taken[account_id] >= self._most:
            raise self._refusal(self._most)
        self._taken[account_id] += 1

    def leave(self, account_id: UUID) -> None:
        """Give a place back."""
        self._taken[account_id] -= 1
        if not self._taken[account_id]:
            del self._taken[account_id]

    @contextmanager
    def held(self, account_id: UUID) -> Iterator[None]:
        """Have a place for the time of the block. Raise the refusal."""
        self.take(account_id)
        try:
            yield
        finally:
            self.leave(account_id)
