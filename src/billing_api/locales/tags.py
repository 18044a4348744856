"""The catalogues, and the one that a locale's words come from; without Babel, which takes .1 s to load."""

from functools import cache
from pathlib import Path

SOURCE = "en-US"
# Where people print on US Letter (CLDR, territoryInfo and measurementData).
_LETTER = frozenset(["BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"])


@cache
def catalogues() -> frozenset[str]:
    """Return the names of the catalogues' folders, such as `de` and `en_GB`."""
    return frozenset(path.parents[1].name for path in Path(__file__).parent.glob("*/LC_MESSAGES/messages.po"))


def catalogue_of(tag: str) -> str | None:
    """Return the catalogue of a BCP 47 tag, `en-US` for the source's own words, or None when there is none."""
    language, *others = tag.replace("_", "-").split("-")
    region = next((part.upper() for part in others if len(part) == 2), None)
    for name in (f"{language.lower()}_{region}", language.lower()):
        if name in catalogues():
            return name
    return SOURCE if language.lower() == "en" else None


def has_window_on_the_right(tag: str) -> bool:
    """Return whether the locale's envelopes have their window on the right, as La Poste recommends it for A4."""
    return tag.partition("-")[0].lower() == "fr" and not prints_on_letter(tag)


def prints_on_letter(tag: str) -> bool:
    """Return whether the locale's paper is US Letter; it is A4 otherwise."""
    _, *others = tag.replace("_", "-").split("-")
    return any(part.upper() in _LETTER for part in others)
