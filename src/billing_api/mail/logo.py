"""The vendor's logo as mail clients show it: a PNG of the size of the mail's head, since most show no SVG."""

import typst

# Of a height of 32 pixels, three times as dense for sharp screens; transparent, since a mail may be read in the dark.
_PAGE = b"""
#set page(width: auto, height: auto, margin: 0pt, fill: none)
#image(bytes(sys.inputs.logo), format: "svg", height: 32pt)
"""
_DOTS_PER_INCH = 216


def logo_png(svg: str) -> bytes:
    """Return an SVG document as a small PNG."""
    inputs = {"logo": svg}
    png = typst.compile(_PAGE, format="png", ppi=_DOTS_PER_INCH, sys_inputs=inputs, ignore_system_fonts=True)
    assert isinstance(png, bytes)
    return png
