"""The words of papers for the types of entries and payments."""

from billing_api.locales.language import Language


def entry_word(say: Language, entry_type: str) -> str:
    """Return the name of an entry's type, such as "Credit memo"."""
    _ = say.gettext
    return {
        "invoice": _("Invoice"),
        "fee": _("Fee"),
        "repayment": _("Repayment of a refund"),
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
        "refund_failed": _("Refund failed"),
        "return": _("Payment reversed"),  # also a charge that was voided
        "chargeback": _("Chargeback"),
        "chargeback_won": _("Chargeback reversed"),
        "unapplied_payment": _("Payment not yet applied"),
    }[entry_type]


def application_word(say: Language, application_type: str, reason: str | None) -> str:
    """Return the name of an application to an invoice, or of the reason why it was undone, such as "Refund"."""
    _ = say.gettext
    if reason == "correction":
        return {
            "payment": _("Use of a payment reversed"),
            "credit_application": _("Use of a credit reversed"),
            "deposit_application": _("Use of a deposit reversed"),
            "write_off": _("Write-off reversed"),
        }[application_type]
    if reason is None or application_type != "payment":
        return entry_word(say, application_type)
    own = {"return": _("Payment returned by the bank"), "cancellation": _("Payment canceled")}
    return own.get(reason) or entry_word(say, reason)


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
    if not last4:
        return name
    words = _("{method} ending in {last4}", method=name, last4=last4)
    return words.replace(f" {last4}", f"\N{NO-BREAK SPACE}{last4}")  # the digits never stand alone on a line


def decline_word(say: Language, reason: str) -> str:
    """Return why there is no money, for the customer; `reason` is one of the contract's `DeclineReason`."""
    _ = say.gettext
    return {
        "insufficient_funds": _("There was not enough money in the account."),
        "limit_exceeded": _("The amount exceeds a limit of the card or account."),
        "expired": _("The card has expired."),
        "renewed": _("The bank has issued a new card. Please add that one."),
        "wrong_details": _("A detail of the card or account is wrong. Please check it."),
        "security_code": _("The card's security code is wrong."),
        "billing_address": _("The billing address is not the one that the bank knows."),
        "authentication": _("The bank wants you to confirm the payment."),
        "security_check": _("A security check refused the payment."),
        "not_verified": _("The bank account has to be verified before it can pay."),
        "account_not_found": _("The bank does not find the account."),
        "account_closed": _("The account is closed."),
        "account_moved": _("The account has moved to another bank."),
        "account_frozen": _("The account is frozen."),
        "debits_not_allowed": _("This sort of account takes no debits."),
        "owner_unavailable": _("The account's owner can't be debited any more."),
        "not_authorized": _("The account's owner told the bank that the debit was not authorized."),
        "authorization_revoked": _("The owner has withdrawn the authorization for debits."),
        "payment_stopped": _("The owner had the bank stop this payment."),
        "not_allowed": _("This payment method can't be used for such a payment."),
        "duplicate": _("The same payment was made a moment ago."),
        "contact_bank": _("The bank wants you to contact it before you pay."),
        "refused_by_bank": _("The bank refused the payment without a reason. It can tell you more."),
        "returned": _("The payment was returned."),
        "technical": _("A technical problem stopped the payment."),
    }[reason]
