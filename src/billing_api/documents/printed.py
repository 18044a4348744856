"""A document that is printed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Printed:
    """A PDF, and the name of its file without the ending."""

    name: str
    pdf: bytes
