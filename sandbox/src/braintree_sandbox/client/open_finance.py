"""A bank account that a server got from a bank: tokenized without a mandate, which comes with its first use."""

import logging
from typing import Any

from braintree_sandbox.call import Call
from braintree_sandbox.processor.banks import bank_name
from braintree_sandbox.records.banks import BankFacts
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.validation.params import section, text
from braintree_sandbox.vault import nonces
from braintree_sandbox.wire.http import Request, Response, json_response
from braintree_sandbox.wire.json_in import params_of, parse_json
from braintree_sandbox.wire.refusals import (
    AuthenticationRefusedError,
    MalformedError,
    NotFoundError,
    RefusalError,
)
from braintree_sandbox.wire.values import Params, is_digits

_log = logging.getLogger(__name__)
PATH = "/v1/open-finance/tokenize-bank-account-details"


class OpenFinanceApi:
    """Handles the one call of this API that the library's users make."""

    def __init__(self, sandbox: SandboxGateway) -> None:
        self._sandbox = sandbox

    def handle(self, request: Request) -> Response:
        """Return `{"tenant_token": …}`, a nonce."""
        try:
            return json_response(200, {"tenant_token": self._tokenize(request)})
        except RefusalError as refusal:
            return json_response(refusal.status, {"message": str(refusal)})
        except Exception:  # noqa: BLE001 - the last line of defence: clients get a 500, the log the rest
            _log.exception("%s %s failed", request.method, request.path)
            return json_response(500, {"message": "The sandbox failed."})

    def _tokenize(self, request: Request) -> str:
        merchant_id = self._sandbox.merchant_of(request.headers.get(b"authorization", b""))
        merchant = self._sandbox.merchant(merchant_id) if merchant_id else None
        if merchant is None:
            raise AuthenticationRefusedError("The merchant's keys are required.")
        if request.method != "POST":
            raise NotFoundError("Bank accounts are sent by POST.")
        facts = _facts(params_of(parse_json(request.content())))
        work = self._sandbox.work(merchant.id)
        nonce = nonces.issue(
            Call(merchant=merchant, work=work, now=self._sandbox.now(), body={}), "usbankacct", facts=facts
        )
        work.commit()
        return nonce.nonce


def _facts(sent: Params) -> BankFacts:
    details = section(sent, "account_details")
    routing_number = text(section(section(sent, "institution_details"), "bank_id"), "bank_code") or ""
    account_number = text(details, "account_number") or ""
    if not (is_digits(account_number) and is_digits(routing_number)):
        raise MalformedError("An account number and a bank code are required.")
    return BankFacts(
        account_number=account_number,
        routing_number=routing_number,
        account_type=(text(details, "account_type") or "checking").lower(),
        account_holder_name=_holder(sent),
        bank_name=bank_name(routing_number),
        ownership_type=(text(details, "classification") or "personal").lower(),
    )


def _holder(sent: Params) -> str:
    holders: Any = sent.get("account_holders")
    if not isinstance(holders, list) or not holders or not isinstance(holders[0], dict):
        raise MalformedError("An account holder is required.")
    return text(section(holders[0], "full_name"), "name") or text(section(holders[0], "name"), "full_name") or ""
