"""The names of files that people download."""

import re
import unicodedata
from datetime import date
from urllib.parse import quote

_LONGEST = 80  # characters of a part of a name
# Characters with a meaning to some file system, and those that show nothing or turn the text round.
_FORBIDDEN = re.compile(r'[\\/:*?"<>|%\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+')
_NOT_ASCII = re.compile(r"[^A-Za-z0-9 ._()+,-]+")


def file_name(*parts: str) -> str:
    """Return a name that every file system takes, without its ending: "Invoices Acme Corp 2026-01-01 to 2026-03-31"."""
    return " ".join(cleaned for part in parts if (cleaned := _cleaned(part)))


def period(first: date | None, last: date | None, today: date) -> str:
    """Return a period as file names have it; without a last day it lasts until today."""
    if first is None:
        return f"until {last or today}"
    return f"{first} to {last or max(today, first)}"


def content_disposition(name: str) -> str:
    """Return the value of the header for a file of this name that is to be saved.

    It is in ASCII for old clients, and in UTF-8 for all others. Source: RFC 6266, 4.3 and appendix D.
    """
    decomposed = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    plain = _NOT_ASCII.sub("_", decomposed).strip(" .") or "file"
    encoded = quote(name, safe="!#$&+-.^_`|~")  # RFC 8187, 3.2.1
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}"


def _cleaned(part: str) -> str:
    return " ".join(_FORBIDDEN.sub(" ", part).split())[:_LONGEST].strip(" .")
