"""The vendor's name and the links into the portal, for all letters of notifications."""

from dataclasses import dataclass

from billing_api.mail.letter import Action


@dataclass(frozen=True, slots=True)
class Portal:
    """The vendor's portal; without an address there are no links."""

    vendor: str
    url: str

    def link(self, label: str, path: str) -> Action | None:
        """Return a button that leads to a page of the portal."""
        return Action(label, f"{self.url}{path}") if self.url else None
