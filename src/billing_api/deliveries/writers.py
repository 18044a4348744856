"""The writers of all features' mails, each made when its first mail is written."""

from collections.abc import Callable, Mapping

from billing_api.mail.letter import Writer
from billing_api.parts import Parts


class Writers:
    """A writer for each kind of mail."""

    def __init__(self, parts: Parts, makers: Mapping[str, Callable[[Parts], Writer]]) -> None:
        self._parts = parts
        self._makers = makers
        self._made: dict[str, Writer] = {}

    def __getitem__(self, kind: str) -> Writer:
        """Return the writer of a kind. Raise KeyError."""
        if kind not in self._made:
            self._made[kind] = self._makers[kind](self._parts)
        return self._made[kind]
