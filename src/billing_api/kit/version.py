"""The version of a resource that a change is meant for."""

from dataclasses import dataclass

from billing_api.errors import StaleVersionError


@dataclass(frozen=True, slots=True)
class Version:
    """The version that a caller has read and changes: one of `numbers`, or any where that is None."""

    numbers: frozenset[int] | None

    @property
    def allows_any(self) -> bool:
        """Whether the change is meant for the resource as it stands."""
        return self.numbers is None

    def require(self, version: int) -> None:
        """Raise StaleVersionError unless the change is meant for this version."""
        if self.numbers is not None and version not in self.numbers:
            raise StaleVersionError


ANY_VERSION = Version(None)
