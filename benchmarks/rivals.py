"""The same statement by ReportLab and by WeasyPrint: `python rivals.py reportlab`, with a table as JSON.

It runs in an environment of its own and prints the median CPU time of several PDFs, in seconds, and the size of one.
Neither rival makes a tagged PDF here; the service's is one, with all that its readers hear.
"""

import html
import json
import sys
import time
from collections.abc import Callable
from importlib import import_module
from io import BytesIO
from statistics import median
from typing import Any

Rows = list[list[str]]


def _reportlab() -> Callable[[Rows], bytes]:
    colors, sizes, platypus = (
        import_module(f"reportlab.{name}") for name in ("lib.colors", "lib.pagesizes", "platypus")
    )

    style: list[Any] = [
        ("FONTSIZE", (0, 0), (-1, -1), 8.75),
        ("ALIGN", (3, 0), (-1, -1), "RIGHT"),
        ("LINEBELOW", (0, 0), (-1, -1), 0.4, colors.lightgrey),
    ]

    def make(rows: Rows) -> bytes:
        file = BytesIO()
        platypus.SimpleDocTemplate(file, pagesize=sizes.LETTER).build(
            [platypus.LongTable(rows, repeatRows=1, style=style)]
        )
        return file.getvalue()

    return make


def _weasyprint() -> Callable[[Rows], bytes]:
    weasyprint = import_module("weasyprint")

    style = (
        "@page{size:letter;margin:1in .875in;@bottom-right{content:'Page ' counter(page) ' of ' counter(pages)}}"
        "body{font:8.75pt sans-serif}table{width:100%;border-collapse:collapse}"
        "td,th{border-bottom:.4pt solid #ccc;padding:1.5mm 2mm;text-align:left}"
        "td:nth-child(n+4),th:nth-child(n+4){text-align:right}"
    )

    def make(rows: Rows) -> bytes:
        head, *body = ("".join(f"<td>{html.escape(cell)}</td>" for cell in row) for row in rows)
        table = (
            f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(f'<tr>{row}</tr>' for row in body)}</tbody></table>"
        )
        pdf: bytes = weasyprint.HTML(string=f"<style>{style}</style>{table}").write_pdf()
        return pdf

    return make


def main() -> None:
    """Make the PDF once to warm up, then as often as is asked."""
    make = {"reportlab": _reportlab, "weasyprint": _weasyprint}[sys.argv[1]]()
    given = json.load(sys.stdin)
    size = len(make(given["rows"]))
    seconds = []
    for _ in range(given["rounds"]):
        began = time.process_time()
        make(given["rows"])
        seconds.append(time.process_time() - began)
    json.dump({"cpu": median(seconds), "size": size}, sys.stdout)


if __name__ == "__main__":
    main()
