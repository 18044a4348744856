"""The press: a paper becomes data in a language's words, and typst sets the data with the one template."""

import json
from pathlib import Path

import typst

from billing_api.documents.fonts import Fonts
from billing_api.documents.layout.paper import lay_out
from billing_api.documents.papers import Paper
from billing_api.documents.texts import printable
from billing_api.locales.language import language

_TEMPLATES = Path(__file__).parent / "templates"
# Archivable, with text that can be read aloud, and accessible.
_STANDARDS = ["a-3a", "ua-1"]


class Press:
    """typst with the fonts of the packages alone: the machine's own would change the bytes."""

    def __init__(self) -> None:
        self._fonts = Fonts()
        fonts = typst.Fonts(
            include_system_fonts=False,
            include_embedded_fonts=False,
            font_paths=[str(folder) for folder in self._fonts.folders],
        )
        self._typst = typst.Compiler(str(_TEMPLATES / "paper.typ"), root=str(_TEMPLATES), font_paths=fonts)

    def pdf(self, paper: Paper, tag: str) -> bytes:
        """Return the PDF of a paper; `tag` is a BCP 47 locale."""
        result = self._typst.compile(
            format="pdf",
            sys_inputs=self._inputs(paper, tag),
            pdf_standards=_STANDARDS,  # type: ignore[arg-type] # a list of its literals
            timestamp=int(paper.made_at.timestamp()),  # not the clock's: the bytes depend on the paper alone
        )
        assert isinstance(result, bytes)
        return result

    def pictures(self, paper: Paper, tag: str, dots_per_inch: float = 110) -> list[bytes]:
        """Return a PNG for each page."""
        result = self._typst.compile(format="png", sys_inputs=self._inputs(paper, tag), ppi=dots_per_inch)
        return result if isinstance(result, list) else [result or b""]

    def _inputs(self, paper: Paper, tag: str) -> dict[str, str]:
        """Return the data as JSON: the customers' text is never read as typst's markup."""
        data = printable(lay_out(paper, language(tag)), self._fonts.have)
        return {"data": json.dumps(data, ensure_ascii=False), "logo": paper.letterhead.logo or ""}
