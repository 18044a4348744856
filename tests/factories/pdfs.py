"""PDFs, as tests read them."""

from collections.abc import Iterable
from io import BytesIO
from unicodedata import normalize

import pypdfium2 as pdfium
from pypdf import PdfReader

from billing_api.documents.papers import Paper
from billing_api.documents.press import Press

PRESS = Press()
LOCALES = ("en-US", "en-GB", "de-DE", "es-ES", "fr-FR", "ja-JP")


def text_of(pdf: bytes) -> str:
    """Return the text of all pages, with one space for white space of any kind."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(pdf)).pages).split())


def missing(pdf: bytes, words: Iterable[str]) -> list[str]:
    """Return those of these words that a PDF does not have; spaces, and the forms of one character, are the same."""

    def plain(text: str) -> str:
        return "".join(normalize("NFKC", text).split())

    text = plain(text_of(pdf))
    return [one for one in words if plain(one) not in text]


def printed(paper: Paper, locale: str = "en-US") -> str:
    """Return the text of a paper."""
    return text_of(PRESS.pdf(paper, locale))


def pages_of(paper: Paper, locale: str = "en-US") -> list[str]:
    """Return the text of each page of a paper."""
    return [page.extract_text() for page in PdfReader(BytesIO(PRESS.pdf(paper, locale))).pages]


def overflowing(pdf: bytes) -> list[str]:
    """Return the characters that stand outside of their pages."""
    outside = []
    document = pdfium.PdfDocument(pdf)
    for page in document:
        width, height = page.get_size()
        text = page.get_textpage()
        for place in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(place)
            if right > left and not (left >= 0 and bottom >= 0 and right <= width and top <= height):
                outside.append(text.get_text_range(place, 1))
        text.close()
        page.close()
    document.close()
    return outside


def place_of(pdf: bytes, words: str, number: int = 0) -> tuple[float, float]:
    """Return the distance in millimetres of words on a page, the first one, from its left and its top."""
    document = pdfium.PdfDocument(pdf)
    page = document[number % len(document)]
    text = page.get_textpage()
    found = text.search(words).get_next()
    assert found is not None, words
    left, _bottom, _right, top = text.get_charbox(found[0])
    height = page.get_height()
    text.close()
    page.close()
    document.close()
    return left / 72 * 25.4, (height - top) / 72 * 25.4


def words_within(pdf: bytes, area: tuple[float, float, float, float]) -> str:
    """Return the words of the first page inside an area: its left, top, right and bottom in millimetres."""
    document = pdfium.PdfDocument(pdf)
    page = document[0]
    text = page.get_textpage()
    left, top, right, bottom = (side / 25.4 * 72 for side in area)
    height = page.get_height()
    words: str = text.get_text_bounded(left=left, bottom=height - bottom, right=right, top=height - top)
    text.close()
    page.close()
    document.close()
    return words
