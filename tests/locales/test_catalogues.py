"""The catalogues have all words of the code, each in its language and with its places for values."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from billing_api.locales.tags import catalogues

_TOP = Path(__file__).parents[2]
_EXTRACT = re.search(r"^EXTRACT = (.*)$", (_TOP / "Makefile").read_text(), re.MULTILINE)
_PLACE = re.compile(r"\{\w+\}")


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The words in the code, as `make messages` finds them."""
    assert _EXTRACT is not None
    file = tmp_path_factory.mktemp("words") / "messages.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", *_EXTRACT[1].split()]
    subprocess.run([*command, "-o", str(file), "src/billing_api"], cwd=_TOP, check=True)
    return _read(file)


@pytest.mark.parametrize("name", sorted(catalogues()))
def test_no_word_is_missing_and_none_is_left_over(extracted: Catalog, name: str) -> None:
    """`make messages` brings the catalogues up to date."""
    catalogue = _catalogue(name)
    assert _keys(catalogue) == _keys(extracted)
    assert not [message.id for message in catalogue if message.id and not all(_strings(message.string))]
    assert not [message.id for message in catalogue if message.id and message.fuzzy]


@pytest.mark.parametrize("name", sorted(catalogues()))
def test_translations_have_the_places_of_the_original(name: str) -> None:
    for message in _catalogue(name):
        for text in _strings(message.string) if message.id else ():
            originals = {frozenset(_PLACE.findall(original)) for original in _strings(message.id)}
            assert frozenset(_PLACE.findall(text)) in originals, message.id


def _catalogue(name: str) -> Catalog:
    return _read(_TOP / "src" / "billing_api" / "locales" / name / "LC_MESSAGES" / "messages.po", name)


def _read(file: Path, locale: str | None = None) -> Catalog:
    with file.open("rb") as content:
        return read_po(content, locale=locale)


def _strings(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text,) if isinstance(text, str) else tuple(text or ("",))


def _keys(catalogue: Catalog) -> set[tuple[str | None, tuple[str, ...]]]:
    return {(message.context, _strings(message.id)) for message in catalogue if message.id}
