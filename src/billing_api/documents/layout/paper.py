"""The data of each kind of paper."""

from typing import Any

from billing_api.documents.layout.invoice import invoice
from billing_api.documents.layout.receipt import receipt
from billing_api.documents.layout.statement import statement
from billing_api.documents.layout.words import entry_word
from billing_api.documents.papers import InvoicePaper, Paper, ReceiptPaper, StatementPaper
from billing_api.kit.file_names import file_name
from billing_api.locales.language import Language, language


def lay_out(paper: Paper, say: Language) -> dict[str, Any]:
    """Return all that the template reads, in the words of a language."""
    match paper:
        case StatementPaper():
            return statement(paper, say)
        case InvoicePaper():
            return invoice(paper, say)
        case ReceiptPaper():
            return receipt(paper, say)


def file_name_of(paper: Paper, tag: str) -> str:
    """Return the name of a paper's file without its ending, in the words of a locale: `Invoice INV-1208`."""
    say = language(tag)
    match paper:
        case StatementPaper():
            word = say.gettext("Statement")
        case InvoicePaper():
            word = entry_word(say, paper.kind)
        case ReceiptPaper():
            word = say.gettext("Receipt")
    return file_name(word, paper.number)
