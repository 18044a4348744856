"""The words of papers for what was applied to an invoice, and for why it was undone."""

import pytest

from billing_api.documents.layout.words import application_word, entry_word
from billing_api.documents.papers import ReceiptStatus
from billing_api.invoices.applying import ApplicationReason
from billing_api.locales.language import language
from tests.factories.papers import receipt_paper
from tests.factories.pdfs import LOCALES, pages_of

_SAY = language("en-US")


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (None, "Payment"),
        ("return", "Payment returned by the bank"),
        ("cancellation", "Payment canceled"),
        ("refund", "Refund"),
        ("refund_failed", "Refund failed"),
        ("chargeback", "Chargeback"),
        ("chargeback_won", "Chargeback reversed"),
        ("correction", "Use of a payment reversed"),
    ],
)
def test_each_reason_has_its_words(reason: str | None, words: str) -> None:
    assert application_word(_SAY, "payment", reason) == words


def test_no_reason_is_without_words() -> None:
    found = {application_word(_SAY, "payment", reason) for reason in ApplicationReason}
    assert len(found) == len(ApplicationReason)


@pytest.mark.parametrize("reason", [one for one in ApplicationReason if one != "correction"])
def test_a_discount_that_goes_with_the_money_keeps_its_name(reason: str) -> None:
    assert application_word(_SAY, "discount", reason) == "Early payment discount"


def test_a_statement_blames_no_bank_for_a_voided_charge() -> None:
    """Its entry is of the type `return`, too."""
    assert entry_word(_SAY, "return") == "Payment reversed"


@pytest.mark.parametrize("locale", LOCALES)
def test_the_last_digits_never_stand_alone_on_a_line(locale: str) -> None:
    """Where the word breaks, another word of it comes along."""
    paper = receipt_paper(method="us_bank_account", brand=None, last4="0000", status=ReceiptStatus.RETURNED)
    (page,) = pages_of(paper, locale)
    (line,) = [line for line in page.splitlines() if line.endswith("0000")]
    assert len(line.split()) > 1
