"""Nonces for vaulted methods, and what a nonce stands for."""

from braintree_sandbox.call import Answer, BraintreeRoutes, Call, created, found
from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.vault.kinds import kind_of_facts
from braintree_sandbox.vault.known_nonces import facts_of
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Fields

routes = BraintreeRoutes()

_TYPES = {"credit_card": "CreditCard", "us_bank_account": "UsBankAccount"}
_DETAILS = ("bin", "last_4", "card_type", "expiration_month", "expiration_year", "cardholder_name")
_BIN_DATA = (
    "healthcare", "debit", "durbin_regulated", "commercial", "payroll", "prepaid", "prepaid_reloadable", "business",
    "consumer", "corporate", "purchase", "issuing_bank", "country_of_issuance", "product_id",
)  # fmt: skip


@routes.post("/payment_methods/{token}/nonces")
def create(call: Call) -> Answer:
    """A nonce that stands for a vaulted method, once."""
    method = methods.find(call.work, call.path["token"])
    if method is None:
        raise NotFoundError
    nonce = nonces.issue(call, "cc", token=method.token)
    return created("payment_method_nonce", _view(nonce.nonce, method.facts, vaulted=True, consumed=False))


@routes.get("/payment_method_nonces/{nonce}")
def find(call: Call) -> Answer:
    """What a nonce stands for, without using it up."""
    name = call.path["nonce"]
    known = facts_of(name)
    if known is not None:
        return found("payment_method_nonce", _view(name, known, vaulted=False, consumed=False))
    nonce = call.work.get(Nonce, name)
    method = methods.find(call.work, nonce.token) if nonce else None
    facts = method.facts if method else nonce.facts if nonce else None
    if nonce is None or facts is None:
        raise NotFoundError
    return found("payment_method_nonce", _view(name, facts, vaulted=method is not None, consumed=nonce.consumed))


def _view(name: str, facts: object, *, vaulted: bool, consumed: bool) -> Fields:
    kind = kind_of_facts(facts)
    fields = kind.instrument(facts, None).fields
    return {
        "nonce": name,
        "type": _TYPES.get(kind.name, kind.name),
        "default": None,
        "description": f"ending in {str(fields.get('last_4'))[-2:]}",
        "is_locked": False,
        "consumed": consumed,
        "details": {key: fields[key] for key in _DETAILS if key in fields} | {"last_two": str(fields["last_4"])[-2:]},
        "bin_data": {key: fields.get(key, "Unknown") for key in _BIN_DATA},
        "three_d_secure_info": kind.instrument(facts, None).three_d_secure_info,
        "vaulted": vaulted,
    }
