"""The fonts of documents: files in wheels, so that every machine prints the same, and the characters that they have."""

from importlib.util import find_spec
from pathlib import Path

from fontTools.ttLib import TTFont

# One family for all papers; the others follow for the characters that it lacks. look.typ names the same order.
_PACKAGES = ("fontpkg_source_sans_3", "manimgx_fonts", "manimgx_fonts_cjk")


class Fonts:
    """The files of the packages that carry fonts, none of which is imported."""

    def __init__(self) -> None:
        self.folders = [_folder(name) for name in _PACKAGES]
        files = (file for folder in self.folders for file in sorted(folder.rglob("*.*")))
        self._unread = [file for file in files if file.suffix in {".ttf", ".otf", ".ttc"}]
        self._known: set[str] = set()

    def have(self, character: str) -> bool:
        """Return whether one of the fonts has the character; files are read as far as it is needed."""
        while character not in self._known and self._unread:
            with TTFont(self._unread.pop(0), fontNumber=0, lazy=True) as font:
                self._known.update(map(chr, font.getBestCmap()))
        return character in self._known


def _folder(package: str) -> Path:
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError(f"the package {package} is not installed: it has fonts of the documents")
    return Path(spec.submodule_search_locations[0])
