"""The text of a search box, as a pattern for LIKE."""

import re

_SPECIAL = re.compile(r"([\\%_])")


def contains(words: str) -> str:
    """Return a LIKE pattern for texts that contain these characters, each standing for itself."""
    return "%" + _SPECIAL.sub(r"\\\1", words) + "%"
