"""The words of papers for the types of entries and payments."""

from billing_api.locales.language import Language


def entry_word(say: Language, entry_type: str) -> str:
    """Return the name of an entry's type, such as "Credit memo"."""
    _ = say.gettext
    return {
        "invoice": _("Invoice"),
        "fee": _("Fee"),
        "void": _("Invoice voided"),
        "credit_memo": _("Credit memo"),
        "deposit": _("Deposit"),
        "payment": _("Payment"),
        "payment_application": _("Payment applied"),
        "credit_application": _("Credit applied"),
        "deposit_application": _("Deposit applied"),
        "discount": _("Early payment discount"),
        "write_off": _("Write-off"),
        "write_off_reversal": _("Write-off reversed"),
        "payment_application_reversal": _("Use of a payment reversed"),
        "credit_application_reversal": _("Use of a credit reversed"),
        "deposit_application_reversal": _("Use of a deposit reversed"),
        "refund": _("Refund"),
        "credit_refund": _("Credit refunded"),
        "deposit_refund": _("Deposit refunded"),
        "return": _("Payment returned by the bank"),
        "chargeback": _("Chargeback"),
        "chargeback_won": _("Chargeback reversed"),
        "unapplied_payment": _("Payment not yet applied"),
    }[entry_type]


def method_word(say: Language, method: str, brand: str | None, last4: str | None) -> str:
    """Return the means of a payment, such as "Visa ending in 4242"."""
    _ = say.gettext
    name = {
        "card": brand or _("Card"),
        "us_bank_account": _("Bank account (ACH)"),
        "check": say.pgettext("means of payment", "Check"),
        "wire": _("Wire transfer"),
        "cash": _("Cash"),
        "other": _("Other means"),
        "credit": _("Credits and discounts"),
    }[method]
    return _("{method} ending in {last4}", method=name, last4=last4) if last4 else name
