"""Who else takes part in a sale: the parties of a money transfer, and the merchant behind a payment facilitator."""

import re

from braintree_sandbox.merchant_accounts import MerchantAccount, Trait
from braintree_sandbox.validation.errors import Code, ErrorTree
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.wire.values import Fields, Node, Params, Value

_TRANSFER_REQUIRED = Code("97510", "Transfer details are required for this merchant account.")
_TRANSFER_NOT_APPLICABLE = Code("97511", "Transfer details are not applicable for this merchant account.")
_TRANSFER_TYPE_INVALID = Code("97501", "Transfer type is invalid.")
_FACILITATOR_NOT_APPLICABLE = Code("97405", "Payment facilitators are not applicable for this merchant account.")

_TYPES = frozenset({"account_to_account", "boleto_ticket", "person_to_person", "wallet_transfer"})
_ACCOUNT_TYPES = frozenset(
    ("IBAN", "PHONE_NUMBER", "EMAIL", "BANK_ACCOUNT", "CARD_ACCOUNT", "WALLET_ID", "SOCIAL_NETWORK_ID", "OTHER")
)
_NAME = re.compile(r"[^\d<>]{1,255}\Z")
_REFERENCE = re.compile(r"[\w.+@-]{1,50}\Z")
# Brazil's: eleven digits for an individual, fourteen for a company.
_TAX_ID = re.compile(r"(\d{11}|\d{14})\Z", re.ASCII)
_ACCOUNT_TYPE = re.compile(rf"({'|'.join(sorted(_ACCOUNT_TYPES))})\Z")

_SENDER = {
    "first_name": (_NAME, Code("97503", "Sender's first name is not valid.")),
    "last_name": (_NAME, Code("97504", "Sender's last name is not valid.")),
    "tax_id": (_TAX_ID, Code("97502", "Sender's tax ID is not valid.")),
    "account_reference_number": (_REFERENCE, Code("97505", "Sender's account reference number is not valid.")),
    "account_reference_number_type": (
        _ACCOUNT_TYPE, Code("97513", "Sender's account reference number type is not valid."),
    ),
}  # fmt: skip
_RECEIVER = {
    "first_name": (_NAME, Code("97507", "Receiver's first name is not valid.")),
    "last_name": (_NAME, Code("97508", "Receiver's last name is not valid.")),
    "tax_id": (_TAX_ID, Code("97506", "Receiver's tax ID is not valid.")),
    "account_reference_number": (_REFERENCE, Code("97509", "Receiver's account reference number is not valid.")),
    "account_reference_number_type": (
        _ACCOUNT_TYPE, Code("97514", "Receiver's account reference number type is not valid."),
    ),
}  # fmt: skip


def read_parties(params: Params, account: MerchantAccount, errors: ErrorTree, root: ErrorTree) -> Fields:
    """Return the parties as they are shown; note errors of a transfer at the root, as Braintree does."""
    shown: Fields = {}
    if "transfer" in params:
        shown |= _transfer(section(params, "transfer"), account, errors, root.under("account_funding_transaction"))
    elif account.has(Trait.TRANSFERS_REQUIRED):
        errors.on("base", _TRANSFER_REQUIRED)
    facilitator = section(params, "payment_facilitator")
    if facilitator:
        if not account.has(Trait.PAYMENT_FACILITATORS):
            errors.on("base", _FACILITATOR_NOT_APPLICABLE)
        shown["payment_facilitator"] = _shown(facilitator)
    return shown


def _transfer(transfer: Params, account: MerchantAccount, errors: ErrorTree, here: ErrorTree) -> Fields:
    if not account.has(Trait.TRANSFERS):
        errors.on("base", _TRANSFER_NOT_APPLICABLE)
    kind = text(transfer, "type")
    if kind is not None and kind not in _TYPES:
        here.on("type", _TRANSFER_TYPE_INVALID)
    for party, checks in (("sender", _SENDER), ("receiver", _RECEIVER)):
        sent = section(transfer, party)
        for name, (pattern, code) in checks.items():
            value = text(sent, name)
            if value is not None and not pattern.match(value):
                here.on(f"{party}_{name}", code)
    shown: Fields = {"transfer": _shown(transfer)}
    return shown | {"account_funding_transaction": account.has(Trait.FUNDS_ACCOUNTS)}


def _shown(params: Params) -> Fields:
    """Return objects and texts as they were sent."""
    return {name: _node(value) for name, value in params.items()}


def _node(value: Value) -> Node:
    if isinstance(value, dict):
        return _shown(value)
    return None if value is None else str(value)
