"""Papers on their pages: standards, figures, the window, heads and feet, fonts."""

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from pdfua import validate
from pypdf import PdfReader

from billing_api.documents.fonts import Fonts
from billing_api.documents.layout.paper import file_name_of
from billing_api.documents.papers import CurrencyPart, Paper, ReceiptStatus, StatementPaper
from billing_api.locales.language import language
from tests.factories.papers import invoice_paper, open_items_paper, receipt_paper, statement_paper
from tests.factories.pdfs import LOCALES, PRESS, pages_of, place_of, printed, words_within

pytestmark = pytest.mark.slow

_PAPERS: dict[str, Paper] = {
    "activity": statement_paper(40),
    "open items": open_items_paper(),
    "summary": statement_paper(summary=True),
    "invoice": invoice_paper(),
    "receipt": receipt_paper(),
}
_LETTER, _A4 = (215.9, 279.4), (210.0, 297.0)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", _PAPERS)
def test_is_accessible_and_archivable(tmp_path: Path, name: str, locale: str) -> None:
    """PDF/UA-1 as far as a machine can check it; PDF/A-3a as typst checks it and the metadata say."""
    file = tmp_path / "paper.pdf"
    file.write_bytes(PRESS.pdf(_PAPERS[name], locale))
    report = validate(str(file))
    assert not [f"{finding.rule_id}: {finding.message}" for finding in report.findings]
    reader = PdfReader(file)
    metadata = reader.xmp_metadata
    assert metadata is not None
    packet = metadata.stream.get_data().decode()
    assert "<pdfaid:part>3<" in packet
    assert "<pdfaid:conformance>A<" in packet
    assert "<pdfuaid:part>1<" in packet
    assert reader.metadata is not None
    assert reader.metadata.title
    assert str(reader.root_object["/Lang"]).split("-", maxsplit=1)[0] == locale.split("-", maxsplit=1)[0]


@pytest.mark.parametrize("locale", LOCALES)
def test_every_figure_of_a_statement_is_printed(locale: str) -> None:
    paper, say = statement_paper(60), language(locale)
    (part,) = paper.parts
    text = _spaced(printed(paper, locale))
    for one in part.movements:
        row = [say.day(one.day), one.number, say.amount(abs(one.amount), "USD"), say.amount(one.balance or 0, "USD")]
        assert re.search(".*?".join(re.escape(_spaced(cell)) for cell in row), text), row
    for amount in (part.opening, part.closing, part.due):
        assert _spaced(say.money(amount, "USD")) in text
    assert part.ageing is not None
    assert _spaced(say.money(part.ageing.days_31_60, "USD")) in text
    assert _spaced(say.money(part.ageing.unapplied, "USD")) in text


@pytest.mark.parametrize("locale", LOCALES)
def test_every_figure_of_an_invoice_is_printed(locale: str) -> None:
    paper, say = invoice_paper(), language(locale)
    text = _spaced(printed(paper, locale))
    for line in paper.lines:
        cells = [say.number(line.quantity), say.amount(line.unit_amount or 0, "USD"), say.amount(line.amount, "USD")]
        assert _spaced(" ".join([line.description, *cells])) in text
    for amount in (paper.net, paper.taxes[0].amount, paper.total, -paper.applications[0].amount):
        assert _spaced(say.amount(amount, "USD")) in text
    assert _spaced(say.money(paper.amount_due, "USD")) in text
    assert _spaced(say.percent(Decimal("8.25"))) in text


@pytest.mark.parametrize(("currency", "figure"), [("JPY", "1,234,567"), ("KWD", "1,234.567"), ("USD", "12,345.67")])
def test_currencies_have_their_own_decimals(currency: str, figure: str) -> None:
    text = printed(receipt_paper(currency=currency, amount=1_234_567, allocations=()))
    assert f" {figure} " in text.replace("\N{NO-BREAK SPACE}", " ").replace("¥", " ").replace("$", " ")


def test_each_currency_has_a_part_of_its_own() -> None:
    (dollars,) = statement_paper().parts
    euros = CurrencyPart(currency="EUR", opening=0, closing=0, due=0)
    text = printed(statement_paper(parts=(dollars, euros)))
    assert "Account in USD" in text
    assert "Account in EUR" in text
    assert "Balance by days past due (USD)" in text
    assert "Balance by days past due" not in printed(statement_paper(parts=(euros,)))
    assert "No movement in this period" in text


@pytest.mark.parametrize(("locale", "size"), [("en-US", _LETTER), ("en-GB", _A4), ("de-DE", _A4), ("ja-JP", _A4)])
def test_paper_has_the_size_of_the_locale(tmp_path: Path, locale: str, size: tuple[float, float]) -> None:
    file = tmp_path / "paper.pdf"
    file.write_bytes(PRESS.pdf(receipt_paper(), locale))
    for page in PdfReader(file).pages:
        millimetres = (float(page.mediabox.width) / 72 * 25.4, float(page.mediabox.height) / 72 * 25.4)
        assert millimetres == pytest.approx(size, abs=0.1)


@pytest.mark.parametrize(
    ("locale", "window"),
    # DIN 5008, form B: 85 by 45 mm; #10: 4.5 by 1.125 inches, as far as the sheet is always seen; France:
    # 85 by 33 mm, which a DL envelope shows wherever the sheet lies in it.
    [("de-DE", (20, 45, 105, 90)), ("en-US", (22.2 + 3.1, 63.5, 111.1, 80.5)), ("fr-FR", (110, 55, 195, 88))],
)
@pytest.mark.parametrize("name", _PAPERS)
def test_the_address_stands_in_the_window(name: str, locale: str, window: tuple[float, ...]) -> None:
    paper = _PAPERS[name]
    pdf = PRESS.pdf(paper, locale)
    left, top, right, bottom = window
    for line in paper.recipient.lines:
        x, y = place_of(pdf, line)
        assert left <= x + 0.1 <= right
        assert top <= y <= bottom - 2.5


def test_a_window_on_the_right_shows_the_address_alone() -> None:
    """A DL envelope's window is 100 by 35 mm, 20 mm from the right and the bottom; the sheet has 10 mm of play."""
    paper = invoice_paper()
    inside = words_within(PRESS.pdf(paper, "fr-FR"), (90, 44, 200, 90))
    assert inside.split() == " ".join(paper.recipient.lines).split()


def test_a_long_address_pushes_the_page_down() -> None:
    paper = invoice_paper()
    many = replace(paper.recipient, lines=tuple(f"Line {place} of the address" for place in range(16)))
    pdf = PRESS.pdf(replace(paper, recipient=many), "de-DE")
    assert place_of(pdf, "Line 15 of")[1] < place_of(pdf, "Rechnung INV-2412")[1]


def test_a_letter_abroad_names_its_country() -> None:
    paper = invoice_paper()
    assert "VEREINIGTE STAATEN" not in printed(paper, "de-DE")
    assert "FRANKREICH" in printed(replace(paper, recipient=replace(paper.recipient, country="FR")), "de-DE")


def test_every_page_has_its_number_and_all_but_the_first_a_head() -> None:
    paper = statement_paper(120)
    pages = pages_of(paper)
    assert len(pages) > 3
    for number, text in enumerate(pages, 1):
        assert f"Page {number} of {len(pages)}" in text
        assert ("Statement of account ST-000012 · Riverside Books & Stationery LLC" in text) is (number > 1)
        assert "Balance in USD" in text or number == len(pages)  # the head of the table


def test_the_slip_is_there_when_something_is_due() -> None:
    assert "Remittance slip" in printed(invoice_paper())
    assert "Remittance slip" not in printed(invoice_paper(status="paid", amount_due=0))
    assert "Remittance slip" in printed(statement_paper())
    assert "Remittance slip" not in printed(_with_part(statement_paper(), due=0, closing=-500))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"status": "void", "amount_due": 0}, "This invoice was withdrawn and need not be paid."),
        ({"status": "paid", "amount_due": 0, "closed_on": date(2026, 11, 20)}, "Paid on Nov"),
        ({"is_overdue": True}, "Was due on December 12, 2026"),
        ({"amount_pending": 100}, "a payment of $1.00 is under way"),
        ({"kind": "fee"}, "Fee INV-2412"),
        ({"kind": "repayment"}, "Repayment of a refund INV-2412"),
    ],
)
def test_an_invoice_says_how_it_stands(changes: dict[str, object], words: str) -> None:
    assert words in printed(invoice_paper(**changes))


def test_a_japanese_letter_addresses_a_company() -> None:
    paper = invoice_paper()
    assert f"{paper.recipient.name} 御中" in printed(paper, "ja-JP")
    assert "御中" not in printed(paper, "en-US")


@pytest.mark.parametrize(
    ("status", "label"),
    [(ReceiptStatus.RECEIVED, "Total paid"), *((one, "Total") for one in ReceiptStatus if one != "received")],
)
def test_only_money_that_arrived_is_paid(status: ReceiptStatus, label: str) -> None:
    text = printed(receipt_paper(status=status))
    assert f"{label} $1,480.00" in text
    assert ("Total paid" in text) is (label == "Total paid")


@pytest.mark.parametrize(
    ("paper", "names"),
    [
        (statement_paper(), ("Statement ST-000012", "Kontoauszug ST-000012", "明細書 ST-000012")),
        (invoice_paper(number="R/2026"), ("Invoice R 2026", "Rechnung R 2026", "請求書 R 2026")),
        (invoice_paper(kind="fee"), ("Fee INV-2412", "Gebühr INV-2412", "手数料 INV-2412")),
        (
            invoice_paper(kind="repayment"),
            ("Repayment of a refund INV-2412", "Rückforderung einer Erstattung INV-2412", "返金額のご返還 INV-2412"),
        ),
        (receipt_paper(), ("Receipt PMT-000412", "Quittung PMT-000412", "領収書 PMT-000412")),
    ],
)
def test_a_file_has_its_name_in_the_language(paper: Paper, names: tuple[str, ...]) -> None:
    assert tuple(file_name_of(paper, locale) for locale in ("en-US", "de-DE", "ja-JP")) == names


def test_bytes_depend_on_the_paper_alone() -> None:
    """Neither on the clock nor on what was printed before."""
    first = PRESS.pdf(invoice_paper(), "fr-FR")
    PRESS.pdf(statement_paper(3), "ja-JP")
    assert PRESS.pdf(invoice_paper(), "fr-FR") == first


def test_the_fonts_have_every_character_of_the_catalogues() -> None:
    fonts = Fonts()
    folder = Path(__file__).parents[2] / "src" / "billing_api" / "locales"
    words = "".join(
        text
        for file in folder.glob("*/LC_MESSAGES/*.po")
        for message in read_po(BytesIO(file.read_bytes()))
        for text in (str(message.id), str(message.string))
    )
    assert not [one for one in sorted(set(words)) if one.isprintable() and not fonts.have(one)]
    assert fonts.have("\N{REPLACEMENT CHARACTER}")
    assert fonts.have("€")
    assert not fonts.have("\ue000")


def _with_part(paper: StatementPaper, **changes: object) -> Paper:
    (part,) = paper.parts
    return replace(paper, parts=(replace(part, **changes),))  # type: ignore[arg-type] # fields by name


def _spaced(text: str) -> str:
    """Return a text with plain spaces, as the extraction gives them."""
    return re.sub(r"\s+", " ", text)
