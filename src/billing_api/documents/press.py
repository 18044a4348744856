"""The press: a paper becomes data in a language's words, and typst sets the data with the one template."""

import json
from importlib.util import find_spec
from pathlib import Path

import typst

from billing_api.documents.layout.paper import lay_out, made_at
from billing_api.documents.papers import Paper
from billing_api.locales.language import language

_TEMPLATES = Path(__file__).parent / "templates"
# Archivable, with text that can be read aloud, and accessible.
_STANDARDS = ["a-3a", "ua-1"]
_FONT_PACKAGES = ("fontpkg_source_sans_3", "manimgx_fonts", "manimgx_fonts_cjk")


class Press:
    """typst with the fonts of the packages alone: the machine's own would change the bytes."""

    def __init__(self) -> None:
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(folder) for folder in font_folders()],
        )
        self._typst = typst.Compiler(str(_TEMPLATES / "paper.typ"), root=str(_TEMPLATES), font_paths=fonts)

    def pdf(self, paper: Paper, tag: str) -> bytes:
        """Return the PDF of a paper; `tag` is a BCP 47 locale."""
        result = self._typst.compile(
            format="pdf",
            sys_inputs=_inputs(paper, tag),
            pdf_standards=_STANDARDS,  # type: ignore[arg-type] # a list of its literals
            timestamp=int(made_at(paper).timestamp()),
        )
        assert isinstance(result, bytes)
        return result

    def pictures(self, paper: Paper, tag: str, dots_per_inch: float = 110) -> list[bytes]:
        """Return a PNG for each page."""
        result = self._typst.compile(format="png", sys_inputs=_inputs(paper, tag), ppi=dots_per_inch)
        return result if isinstance(result, list) else [result or b""]


def font_folders() -> list[Path]:
    """Return the folders of the packages that carry fonts, none of which is imported."""
    folders = []
    for name in _FONT_PACKAGES:
        spec = find_spec(name)
        if spec is None or not spec.submodule_search_locations:
            raise RuntimeError(f"the package {name} is not installed: it has the fonts of the documents")
        folders.append(Path(spec.submodule_search_locations[0]))
    return folders


def _inputs(paper: Paper, tag: str) -> dict[str, str]:
    """Return the data as JSON: the customers' text is never read as typst's markup."""
    return {"data": json.dumps(lay_out(paper, language(tag)), ensure_ascii=False)}
