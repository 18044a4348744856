"""A language of documents and mails: its words, and its forms of money, numbers and dates.

The words are the catalogues of gettext beside this file, `<language>/LC_MESSAGES/messages.po`; American English is the
language of the source. They are read when they are first used, so that no build has to compile them.
"""

import re
from datetime import date
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.dates import format_date
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import NumberPattern, format_decimal, get_currency_symbol, parse_pattern

from billing_api.kit.money import EXPONENTS
from billing_api.locales.tags import SOURCE, catalogue_of

# CLDR wants a space there (currencySpacing), which Babel leaves out: KWD 1.050.
_LETTER_BESIDE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
_FOLDER = Path(__file__).parent


class Language:
    """One locale: a BCP 47 tag, with the words of the nearest catalogue."""

    def __init__(self, tag: str, locale: Locale, words: NullTranslations) -> None:
        self.tag = tag
        self.locale = locale
        self._words = words
        self._patterns: dict[tuple[int, bool], NumberPattern] = {}

    def gettext(self, text: str, **values: object) -> str:
        """Return the words of an English text, with the values in place of `{name}`."""
        return _filled(self._words.gettext(text), values)

    def pgettext(self, context: str, text: str, **values: object) -> str:
        """Return the words of an English text that has several meanings; the context says which."""
        return _filled(self._words.pgettext(context, text), values)

    def ngettext(self, singular: str, plural: str, count: int, **values: object) -> str:
        """Return the words for a count, which may stand in them as `{count}`."""
        return _filled(self._words.ngettext(singular, plural, count), {"count": self.number(count)} | values)

    def money(self, amount: int, currency: str) -> str:
        """Return an amount in minor units with its currency, in the form of accounts: `($1,050.00)`."""
        return self._apply(amount, currency, str(get_currency_symbol(currency, locale=self.locale)))

    def amount(self, amount: int, currency: str) -> str:
        """Return an amount in minor units without its currency, for a column whose head names it: `(1,050.00)`."""
        return self._apply(amount, currency, "")

    def number(self, value: Decimal | int) -> str:
        """Return a number with the digits that it has, six decimals at most."""
        return _with_minus(format_decimal(value, locale=self.locale, decimal_quantization=False))

    def percent(self, value: Decimal) -> str:
        """Return a percentage; 8.25 is 8.25 percent."""
        pattern = self.locale.percent_formats[None]
        return _with_minus(pattern.apply(value / 100, self.locale, decimal_quantization=False))

    def day(self, day: date) -> str:
        """Return a date with the month in letters or in the country's usual form: `Dec 2, 2026`."""
        return str(format_date(day, "medium", locale=self.locale))

    def long_day(self, day: date) -> str:
        """Return a date written out: `December 2, 2026`."""
        return str(format_date(day, "long", locale=self.locale))

    def country(self, code: str) -> str:
        """Return the name of an ISO 3166 country, or its code where there is none."""
        return str(self.locale.territories.get(code, code))

    @property
    def closes_negative(self) -> bool:
        """Whether a negative amount ends with a parenthesis."""
        return ")" in self._pattern(2, "").suffix[1]

    def _apply(self, amount: int, currency: str, symbol: str) -> str:
        exponent = EXPONENTS[currency]  # ISO 4217's: CLDR's digits are for display, and differ
        pattern = self._pattern(exponent, symbol)
        figure = pattern.apply(Decimal(amount).scaleb(-exponent), self.locale, currency=symbol, currency_digits=False)
        return _with_minus(_LETTER_BESIDE_DIGIT.sub("\N{NO-BREAK SPACE}", figure))

    def _pattern(self, decimals: int, symbol: str) -> NumberPattern:
        """Return CLDR's form of accounts; without a symbol, and the space beside it, for a column of figures."""
        key = decimals, bool(symbol)
        if key not in self._patterns:
            form = str(self.locale.currency_formats["accounting"].pattern)
            form = re.sub(r"0\.0+", "0" + "." * bool(decimals) + "0" * decimals, form)
            self._patterns[key] = parse_pattern(form if symbol else re.sub("[¤\N{NO-BREAK SPACE}]", "", form))
        return self._patterns[key]


def language(tag: str) -> Language:
    """Return the language of a BCP 47 tag; American English where its language has no catalogue."""
    return _language(tag if catalogue_of(tag) is not None else SOURCE)


@cache
def _language(tag: str) -> Language:
    name = catalogue_of(tag)
    words = NullTranslations() if name in {None, SOURCE} else _words(str(name))
    return Language(tag, Locale.parse(tag, sep="-"), words)


@cache
def _words(name: str) -> GNUTranslations:
    with (_FOLDER / name / "LC_MESSAGES" / "messages.po").open("rb") as file:
        catalogue = read_po(file, locale=name)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _with_minus(figure: object) -> str:
    """Return a figure with the sign that is as wide as a digit and read aloud, in place of the hyphen."""
    return str(figure).replace("-", "\N{MINUS SIGN}")


def _filled(text: str, values: dict[str, object]) -> str:
    return text.format_map(values) if values else text
