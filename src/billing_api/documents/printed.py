"""A document that is printed."""

from dataclasses import dataclass
from typing import Generic, TypeVar

from billing_api.documents.papers import Paper

PaperT_co = TypeVar("PaperT_co", bound=Paper, covariant=True)


@dataclass(frozen=True, slots=True)
class Printed(Generic[PaperT_co]):
    """A PDF, the name of its file without the ending, and the paper that it shows."""

    name: str
    pdf: bytes
    paper: PaperT_co
