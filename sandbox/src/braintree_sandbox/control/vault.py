"""Nonces without a browser, and the deposits that only the owner of a bank account sees."""

from dataclasses import replace
from typing import Any

from braintree_sandbox.call import Call
from braintree_sandbox.control.call import ControlCall, ControlError, ControlRoutes, Json, merchant_in
from braintree_sandbox.processor.banks import bank_name
from braintree_sandbox.records.banks import BankFacts, BankVerification
from braintree_sandbox.records.cards import CardFacts
from braintree_sandbox.resources import addresses
from braintree_sandbox.resources.wallets.paypal_facts import from_browser
from braintree_sandbox.validation.errors import ErrorTree
from braintree_sandbox.validation.params import section
from braintree_sandbox.vault import nonces
from braintree_sandbox.vault.card_params import read_card
from braintree_sandbox.wire.values import is_digits

routes = ControlRoutes()


@routes.post("/nonces")
def create_nonce(call: ControlCall) -> Json:
    """Return a nonce for `{"credit_card": {…}}`, `{"us_bank_account": {…}}` or `{"paypal_account": {…}}`.

    A nonce with `"locked": true` can't be used, like one whose challenge failed.
    """
    merchant = merchant_in(call)
    work = call.sandbox.work(merchant.id)
    inner = Call(merchant=merchant, work=work, now=call.sandbox.now(), body=_scalars(call.body))
    if "credit_card" in inner.body:
        nonce = nonces.issue(inner, "cc", facts=_card(inner))
    elif "us_bank_account" in inner.body:
        nonce = nonces.issue(inner, "usbankacct", facts=_bank_account(inner))
    elif "paypal_account" in inner.body:
        nonce = nonces.issue(inner, "paypal", facts=from_browser(inner.params("paypal_account")))
    else:
        raise ControlError(400, "Send a credit_card, a us_bank_account or a paypal_account.")
    if call.body.get("locked") is True:
        work.put(replace(nonce, locked=True))
    work.commit()
    return {"nonce": nonce.nonce, "expires_at": nonce.expires_at}


@routes.get("/bank-verifications")
def list_verifications(call: ControlCall) -> Json:
    """Return all verifications of bank accounts, with the cents that were deposited."""
    return {
        "verifications": [
            {
                "merchant_id": merchant_id,
                "id": one.id,
                "token": one.token,
                "customer_id": one.customer_id,
                "method": one.method,
                "status": one.status,
                "deposit_amounts": list(one.deposit_amounts),
                "failed_attempts": one.failed_attempts,
                "created_at": one.created_at,
            }
            for merchant_id in call.merchant_ids
            for one in call.sandbox.work(merchant_id).all(BankVerification)
        ]
    }


def _card(call: Call) -> CardFacts:
    params = call.params("credit_card")
    errors = ErrorTree()
    facts = read_card(params, errors)
    billing = addresses.read(section(params, "billing_address"), errors)
    if errors:
        raise ControlError(422, "; ".join(f"{code.number} {code.message}" for code in errors.codes()))
    return replace(facts, billing=billing)


def _bank_account(call: Call) -> BankFacts:
    sent = call.params("us_bank_account")
    account, routing = (str(sent.get(name, "")) for name in ("account_number", "routing_number"))
    if not (is_digits(account) and 4 <= len(account) <= 17 and is_digits(routing) and len(routing) == 9):
        raise ControlError(422, "account_number has 4 to 17 digits, routing_number 9.")
    return BankFacts(
        account_number=account,
        routing_number=routing,
        account_type=str(sent.get("account_type", "checking")),
        account_holder_name=str(sent.get("account_holder_name", "Dan Schulman")),
        bank_name=bank_name(routing),
        ownership_type=str(sent.get("ownership_type", "personal")),
        mandate_text=str(sent.get("ach_mandate_text", "cl mandate text")),
        mandate_accepted_at=call.now,
    )


def _scalars(body: dict[str, Any]) -> dict[str, Any]:
    """Return JSON as parameters: numbers become texts, as in forms."""
    return {name: _scalar(value) for name, value in body.items()}


def _scalar(value: object) -> object:
    if isinstance(value, dict):
        return _scalars(value)
    return None if value is None else str(value)
