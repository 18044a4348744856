"""The looks of mails: one template for HTML and one for text, with the vendor's name, logo and colour.

The HTML is a single column of tables with styles in each element, since some clients drop all others. Their dark modes
are given colours of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined

from billing_api.config import Settings
from billing_api.documents.letterhead import read_logo
from billing_api.locales.language import Language
from billing_api.mail.letter import Letter
from billing_api.mail.logo import logo_png
from billing_api.mail.message import Content, Picture

_WIDTH = 72  # of a text's rule
_HTML = Environment(
    loader=PackageLoader("billing_api.mail", "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


@dataclass(frozen=True, slots=True)
class Stationery:
    """The vendor, as mails show it."""

    name: str
    color: str  # "#1f4fd8"
    logo_url: str
    support_email: str
    portal_url: str
    logo: Picture | None = None  # it goes with each mail, and comes before `logo_url`

    @classmethod
    def of(cls, settings: Settings) -> "Stationery":
        """Return the vendor of the settings. A logo in SVG at an address is left out: most clients don't show it."""
        logo = settings.vendor_logo_url
        svg = read_logo(settings.vendor_logo_file)
        return cls(
            name=settings.vendor_name,
            color=settings.vendor_color,
            logo_url="" if urlsplit(logo).path.lower().endswith(".svg") else logo,
            support_email=settings.vendor_support_email,
            portal_url=settings.portal_url,
            logo=Picture.of(logo_png(svg)) if svg else None,
        )

    @property
    def logo_source(self) -> str:
        """The place that the HTML shows the logo from; empty without a logo."""
        return f"cid:{self.logo.content_id}" if self.logo else self.logo_url

    @property
    def preferences_url(self) -> str:
        """The portal's page on which users choose their mails; empty without a portal."""
        return f"{self.portal_url}/notifications" if self.portal_url else ""

    @property
    def on_color(self) -> str:
        """White or black, by which is read better on the vendor's colour (WCAG's relative luminance)."""
        red, green, blue = (int(self.color[place : place + 2], 16) / 255 for place in (1, 3, 5))
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
        luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
        return "#ffffff" if 1.05 / (luminance + 0.05) >= (luminance + 0.05) / 0.05 else "#111111"

    def render(self, letter: Letter, words: Language) -> Content:
        """Return the letter in HTML and as text, in this language."""
        footer = self._footer(letter, words)
        html = _HTML.get_template("letter.html").render(letter=letter, vendor=self, language=words.tag, footer=footer)
        return Content(letter.subject, self._text(letter, footer), html, letter.attachments, self.logo)

    def _footer(self, letter: Letter, words: Language) -> list[str]:
        _ = words.gettext
        lines = [_("Questions? Write to {email}.", email=self.support_email)]
        if letter.is_optional and self.preferences_url:
            lines.append(_("Choose which emails you get"))
        return lines

    def _text(self, letter: Letter, footer: Sequence[str]) -> str:
        parts = [letter.heading]
        if letter.amount:
            parts.append("\n".join(filter(None, (letter.amount, letter.amount_note))))
        parts += letter.paragraphs
        if letter.facts:
            parts.append("\n".join(f"{label}: {value}" for label, value in letter.facts))
        if letter.action is not None:
            parts.append(f"{letter.action.label}:\n{letter.action.url}")
        parts += [letter.code] if letter.code else []
        parts += letter.notes
        last = [self.name, *footer]
        if len(footer) > 1:
            last[-1] += f": {self.preferences_url}"
        return "\n\n".join([*parts, "-" * _WIDTH + "\n" + "\n".join(last)]) + "\n"
