"""Pictures of every document in every locale, for people who look: build/documents."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pypdfium2 as pdfium
import pytest

from billing_api.documents.papers import Ageing, CurrencyPart, Movement, Paper, ReceiptStatus
from tests.factories.papers import invoice_paper, open_items_paper, receipt_paper, statement_paper
from tests.factories.pdfs import LOCALES, PRESS

pytestmark = pytest.mark.slow

_FOLDER = Path(__file__).parents[2] / "build" / "documents"
_DOTS = 110 / 72  # an inch


def _two_currencies() -> Paper:
    (dollars,) = statement_paper(8).parts
    late = (Movement(date(2026, 10, 28), "invoice", "INV-2390", "PO-7688", 15_000, dollars.opening + 15_000),)
    moved = tuple(replace(one, balance=(one.balance or 0) + 15_000) for one in dollars.movements)
    adjusted = replace(
        dollars,
        adjusted=15_000,
        adjustments=late,
        movements=moved,
        closing=dollars.closing + 15_000,
        due=dollars.due + 15_000,
    )
    yen = CurrencyPart(
        currency="JPY",
        opening=0,
        closing=128_000,
        due=128_000,
        charges=128_000,
        movements=(Movement(date(2026, 11, 9), "invoice", "INV-2405", None, 128_000, 128_000),),
        ageing=Ageing(128_000, 0, 0, 0, 0),
    )
    return statement_paper(parts=(adjusted, yen))


_PAPERS: dict[str, Paper] = {
    "statement": statement_paper(),
    "statement-long": statement_paper(70),
    "statement-currencies": _two_currencies(),
    "statement-summary": statement_paper(summary=True),
    "statement-empty": statement_paper(0),
    "open-items": open_items_paper(),
    "invoice": invoice_paper(),
    "invoice-under-way": invoice_paper(is_overdue=True, amount_pending=224_750, discount=None),
    "invoice-overdue": invoice_paper(is_overdue=True, amount_pending=50_000, discount=None),
    "invoice-paid": invoice_paper(status="paid", amount_due=0, closed_on=date(2026, 11, 20), discount=None),
    "invoice-void": invoice_paper(status="void", amount_due=0, applications=(), discount=None),
    "receipt": receipt_paper(),
    "receipt-pending": receipt_paper(status=ReceiptStatus.PENDING, method="us_bank_account", brand=None, last4="6789"),
    "receipt-returned": receipt_paper(
        status=ReceiptStatus.RETURNED, method="us_bank_account", brand=None, last4="6789"
    ),
    "receipt-check": receipt_paper(method="check", brand=None, last4=None, reference="Check 1042", unapplied=2_000),
    "receipt-refunded": receipt_paper(refunded=48_000),
    "receipt-disputed": receipt_paper(disputed=100_000, refunded=48_000),
}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", _PAPERS)
def test_each_document_has_pictures(name: str, locale: str) -> None:
    _FOLDER.mkdir(parents=True, exist_ok=True)
    pdf = PRESS.pdf(_PAPERS[name], locale)
    (_FOLDER / f"{name}.{locale}.pdf").write_bytes(pdf)
    for number, picture in enumerate(_pictures(pdf), 1):
        file = _FOLDER / f"{name}.{locale}.{number}.png"
        picture.save(file)
        assert file.stat().st_size > 5_000


def _pictures(pdf: bytes) -> Iterator[Any]:
    document = pdfium.PdfDocument(pdf)
    for page in document:
        yield page.render(scale=_DOTS).to_pil()
        page.close()
    document.close()
