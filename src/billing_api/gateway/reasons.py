"""The reasons of declines and returns: what each code of the gateway and of the banks means for a customer.

`decline_codes.csv` has the codes that Braintree documents. Source: Braintree, "Authorization Responses", "Settlement
Responses", "ACH Direct Debit: Returns"; Nacha's return codes.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Reason(StrEnum):
    """Why there is no money, for the customer."""

    INSUFFICIENT_FUNDS = "insufficient_funds"
    LIMIT_EXCEEDED = "limit_exceeded"
    EXPIRED = "expired"
    RENEWED = "renewed"
    WRONG_DETAILS = "wrong_details"
    SECURITY_CODE = "security_code"
    BILLING_ADDRESS = "billing_address"
    AUTHENTICATION = "authentication"
    SECURITY_CHECK = "security_check"
    NOT_VERIFIED = "not_verified"
    ACCOUNT_NOT_FOUND = "account_not_found"
    ACCOUNT_CLOSED = "account_closed"
    ACCOUNT_MOVED = "account_moved"
    ACCOUNT_FROZEN = "account_frozen"
    DEBITS_NOT_ALLOWED = "debits_not_allowed"
    OWNER_UNAVAILABLE = "owner_unavailable"
    NOT_AUTHORIZED = "not_authorized"
    AUTHORIZATION_REVOKED = "authorization_revoked"
    PAYMENT_STOPPED = "payment_stopped"
    NOT_ALLOWED = "not_allowed"
    DUPLICATE = "duplicate"
    CONTACT_BANK = "contact_bank"
    REFUSED_BY_BANK = "refused_by_bank"
    RETURNED = "returned"
    TECHNICAL = "technical"


# With these a bank suspects a theft or a fraud. Source: Braintree, "Authorization Responses": no reason is to be shown.
_SUSPICIONS = {"2012", "2013", "2014", "2047", "2053"}
_DIGITS_OF_A_BANK = 4
_PLAIN = ("declined", "Declined by the bank")
_REJECTED = ("gateway_rejected", "Rejected by the gateway")
# Codes of payments that the gateway's own checks refused, whatever the bank said.
BY_GATEWAY = frozenset({"gateway_rejected", "three_d_secure"})
NONCE_USED = "91564"  # the gateway's code of a nonce that came a second time
RETURNED_OFFLINE = "returned_offline"  # the code of a return that the back office reports, with a text of its own

# A code does not tell a customer that their card is believed to be stolen: the bank does.
MESSAGES: Mapping[Reason, str] = {
    Reason.INSUFFICIENT_FUNDS: "There was not enough money in the account.",
    Reason.LIMIT_EXCEEDED: "The amount exceeds a limit of the card or account.",
    Reason.EXPIRED: "The card has expired.",
    Reason.RENEWED: "The bank has issued a new card. Please add that one.",
    Reason.WRONG_DETAILS: "A detail of the card or account is wrong. Please check it.",
    Reason.SECURITY_CODE: "The card's security code is wrong.",
    Reason.BILLING_ADDRESS: "The billing address is not the one that the bank knows.",
    Reason.AUTHENTICATION: "The bank wants you to confirm the payment.",
    Reason.SECURITY_CHECK: "A security check refused the payment.",
    Reason.NOT_VERIFIED: "The bank account has to be verified before it can pay.",
    Reason.ACCOUNT_NOT_FOUND: "The bank does not find the account.",
    Reason.ACCOUNT_CLOSED: "The account is closed.",
    Reason.ACCOUNT_MOVED: "The account has moved to another bank.",
    Reason.ACCOUNT_FROZEN: "The account is frozen.",
    Reason.DEBITS_NOT_ALLOWED: "This sort of account takes no debits.",
    Reason.OWNER_UNAVAILABLE: "The account's owner can't be debited any more.",
    Reason.NOT_AUTHORIZED: "The account's owner told the bank that the debit was not authorized.",
    Reason.AUTHORIZATION_REVOKED: "The owner has withdrawn the authorization for debits.",
    Reason.PAYMENT_STOPPED: "The owner had the bank stop this payment.",
    Reason.NOT_ALLOWED: "This payment method can't be used for such a payment.",
    Reason.DUPLICATE: "The same payment was made a moment ago.",
    Reason.CONTACT_BANK: "The bank wants you to contact it before you pay.",
    Reason.REFUSED_BY_BANK: "The bank refused the payment without a reason. It can tell you more.",
    Reason.RETURNED: "The payment was returned.",
    Reason.TECHNICAL: "A technical problem stopped the payment.",
}


@dataclass(frozen=True, slots=True)
class DocumentedDecline:
    """A code that Braintree documents.

    `title` is its name there. `retry_may_help` says whether the same card or account may pay later. `blocks_method`
    says that the account must not be debited again before it is replaced or verified anew.
    """

    code: str
    reason: Reason
    retry_may_help: bool
    blocks_method: bool
    title: str

    @property
    def message(self) -> str:
        """The reason in words for the customer."""
        return MESSAGES[self.reason]


def decline_code(code: str) -> DocumentedDecline:
    """Return the meaning of a code; one that is not documented is a plain refusal."""
    return codes().get(code) or DocumentedDecline(code, _plain_reason(code), False, False, "")


@cache
def codes() -> Mapping[str, DocumentedDecline]:
    """Return every documented code."""
    with files(__package__).joinpath("decline_codes.csv").open(encoding="utf-8") as file:
        rows = [
            DocumentedDecline(
                row["code"],
                Reason(row["reason"]),
                row["retry_may_help"] == "yes",
                row["blocks_method"] == "yes",
                row["title"],
            )
            for row in csv.DictReader(file)
        ]
    return {row.code: row for row in rows}


def shown(code: str, text: str) -> tuple[str, str]:
    """Return the code and text of a decline as clients see them; events, the audit log and the command have its own.

    A thief must learn neither that a card's loss was noticed, nor which of the gateway's checks it has failed.
    """
    if code in _SUSPICIONS:
        return _PLAIN
    return _REJECTED if code == _REJECTED[0] else (code, text)


def is_return_code(code: str) -> bool:
    """Return whether a code is one with which a bank takes a transfer back: R01 …"""
    return len(code) == 3 and code[0] == "R" and code[1:].isdigit()


def _plain_reason(code: str) -> Reason:
    if is_return_code(code):
        return Reason.RETURNED
    # The gateway's own refusals of a request have longer numbers than a bank's: it never came to the bank.
    return Reason.TECHNICAL if code.isdigit() and len(code) > _DIGITS_OF_A_BANK else Reason.REFUSED_BY_BANK
