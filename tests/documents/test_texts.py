"""Customers' texts on paper: as they were written or replaced visibly, and never the end of a page."""

import unicodedata
from dataclasses import replace
from decimal import Decimal

import pytest

from billing_api.documents.papers import BankAccount, PrintedLine
from billing_api.documents.texts import REPLACEMENT, printable
from tests.factories.papers import LETTERHEAD, invoice_paper, open_items_paper, statement_paper
from tests.factories.pdfs import PRESS, overflowing, printed

pytestmark = pytest.mark.slow

_WORD = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
_AS_WRITTEN = (
    '#panic("no") *bold* $x^2$ @ref <label> `raw` [c] {d} \\n //x /* y */ = H - l _i_ ~ ---',
    '#let x = read("/etc/passwd")',
    "https://vendor.example/a?b=c#d",
    "Ωμέγα Кириллица Çelik ß æøå ĳ",
    "日本語 中文 한국어",
    "😀 🚀 ✓ → €",
)


def _line(text: str) -> str:
    return printed(invoice_paper(lines=(PrintedLine(text, Decimal(1), 123, 123),)))


@pytest.mark.parametrize("text", _AS_WRITTEN)
def test_is_printed_as_written(text: str) -> None:
    assert f"{text} 1 1.23 1.23" in _line(text)


@pytest.mark.parametrize(
    "text",
    ["\ue000", "\u0378", "\U00013000", "\x07", "\ud800", "\u202e", "\u2067", "\U0010ffff", "\ufffe", "\x00", "\ufff9"],
)
def test_is_replaced_visibly(text: str) -> None:
    """Private, unassigned, without a glyph, controls, a broken pair, and turns of the direction."""
    assert f"a{REPLACEMENT}b 1 1.23 1.23" in _line(f"a{text}b")


@pytest.mark.parametrize("text", ["שלום עולם", "مرحبا بالعالم", "ไทย", "हिन्दी", "e\u0301\u0308", "👩\u200d👩\u200d👧"])
def test_scripts_of_the_world_have_glyphs(text: str) -> None:
    """The extraction orders them in ways of its own; none is replaced."""
    assert REPLACEMENT not in _line(text)
    assert printable([text], lambda _: True) == [text]


def test_a_byte_order_mark_leaves_nothing() -> None:
    """Programs leave it in what people copy."""
    for text in ("\ufeffAcme Ltd", "Acme\ufeff Ltd", "Acme Ltd\ufeff"):
        assert "Acme Ltd 1 1.23 1.23" in _line(text)


def test_no_format_character_breaks_a_page() -> None:
    """Each of Unicode's, within a word, at its beginning, at its end, and alone."""
    characters = [one for one in map(chr, range(0x110000)) if unicodedata.category(one) in {"Cf", "Zl", "Zp", "Zs"}]
    text = " ".join(f"a{one}b {one}b a{one} {one}" for one in characters)
    recipient = replace(invoice_paper().recipient, name="\ufeffA\ufff9B", lines=("\ufeffA\u070fB", "\U00013430"))
    assert len(characters) > 150
    assert "Widgets" in printed(
        invoice_paper(memo=text, recipient=recipient, lines=(PrintedLine("Widgets", Decimal(1), 1, 1),))
    )


@pytest.mark.parametrize("locale", ["en-US", "de-DE", "ja-JP"])
@pytest.mark.parametrize("text", [_WORD * 3, "A_" * 60, "漢" * 150, "😀" * 80, "9" * 100, "שלום" * 30, "مرحبا" * 30])
def test_long_words_stay_on_the_page(text: str, locale: str) -> None:
    """In every place that a customer's text has."""
    lines = (PrintedLine(text, Decimal("12345678901234.123456"), -(10**15), -(10**15)),) * 3
    recipient = replace(invoice_paper().recipient, name=text, lines=(text, text), account_number=text)
    banks = tuple(BankAccount(currency, (("Bank", text[:80]), ("IBAN", text[:40]))) for currency in ("USD", "KWD"))
    letterhead = replace(LETTERHEAD, name=text[:200], address=(text,), contact=(text,), remit_to=(text,), banks=banks)
    (part,) = open_items_paper().parts
    items = tuple(replace(one, number=text, reference=text, total=10**15, open=10**15) for one in part.open_items)
    (activity,) = statement_paper(4).parts
    movements = tuple(replace(one, number=text, reference=text, balance=-(10**15)) for one in activity.movements)
    for paper in (
        invoice_paper(lines=lines, recipient=recipient, letterhead=letterhead, number=text, po_number=text, memo=text),
        open_items_paper(recipient=recipient, letterhead=letterhead),
        replace(open_items_paper(), parts=(replace(part, currency="KWD", open_items=items, due=10**15),)),
        statement_paper(
            letterhead=letterhead,
            recipient=recipient,
            previous_number=text,
            parts=tuple(replace(part, currency=one, due=10**15, pending=1) for one in ("USD", "KWD", "EUR")),
        ),
        replace(statement_paper(4), parts=(replace(activity, currency="KWD", movements=movements, opening=10**15),)),
    ):
        assert not overflowing(PRESS.pdf(paper, locale))


def test_long_words_are_copied_whole() -> None:
    """The places where they may break leave nothing in the text."""
    assert _WORD in _line(_WORD).replace(" ", "")


def test_figures_do_not_break() -> None:
    for figure in ("12,345,678,901,234.567", "(1.000.000.000.000,00)", "\N{MINUS SIGN}1'000'000'000'000.00"):
        assert printable(figure, lambda _: True) == figure
    assert printable("1" * 30, lambda _: True) != "1" * 30
