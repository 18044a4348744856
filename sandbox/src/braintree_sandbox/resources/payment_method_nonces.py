"""Nonces for vaulted methods, and the details that a nonce stands for."""

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, found
from braintree_sandbox.records.nonces import Nonce
from braintree_sandbox.validation.params import amount, flag, section, takes, text
from braintree_sandbox.vault import methods, nonces
from braintree_sandbox.vault.authentication_insight import Payment, regulation_environment, sca_indicator
from braintree_sandbox.vault.brands import INDICATORS, indicators
from braintree_sandbox.vault.kinds import kind_of_facts
from braintree_sandbox.vault.known_nonces import CONSUMED, LUHN_INVALID, facts_of
from braintree_sandbox.vault.known_tokens import ISSUED_IN
from braintree_sandbox.vault.sample_cards import sample_card
from braintree_sandbox.wire.refusals import NotFoundError
from braintree_sandbox.wire.values import Fields, Params

routes = BraintreeRoutes()

_CREATE = takes(
    "merchant_account_id",
    "authentication_insight",
    authentication_insight_options=takes("amount", "recurring_customer_consent", "recurring_max_amount"),
)


@routes.post("/payment_methods/{token}/nonces")
def create(call: Call) -> ApiResponse:
    """Return a nonce that stands for a vaulted method once."""
    params = call.params("payment_method_nonce", _CREATE)
    token = call.path["token"]
    method = methods.find(call.work, token)
    facts: object = method.facts if method else sample_card("4012888888881881") if token in ISSUED_IN else None
    if facts is None:
        raise NotFoundError
    nonce = nonces.issue(call, "cc", token=token) if method else nonces.issue(call, "cc", facts=facts)
    shown = view(nonce, facts, vaulted=True)
    if flag(params, "authentication_insight"):
        number = kind_of_facts(facts).instrument(facts, method).number
        issued_in = ISSUED_IN.get(token) or indicators(number)["country_of_issuance"]
        payment = _payment(call, params, issued_in)
        shown["authentication_insight"] = {
            "regulation_environment": regulation_environment(payment),
            "sca_indicator": sca_indicator(payment),
        }
    return created("payment_method_nonce", shown)


@routes.get("/payment_method_nonces/{nonce}")
def find(call: Call) -> ApiResponse:
    """Return the details that a nonce stands for, without using it up."""
    nonce = _test_nonce(call) or call.work.get(Nonce, call.path["nonce"])
    method = methods.find(call.work, nonce.token) if nonce else None
    facts = (nonce.facts or (method and method.facts)) if nonce else None
    if nonce is None or facts is None:
        raise NotFoundError
    return found("payment_method_nonce", view(nonce, facts, vaulted=method is not None))


def view(nonce: Nonce, facts: object, *, vaulted: bool) -> Fields:
    """Return the details that a nonce stands for."""
    kind = kind_of_facts(facts)
    instrument = kind.instrument(facts, None)
    details = kind.nonce_details(facts)
    last = details.get("last_two")
    return {
        "nonce": nonce.nonce,
        "type": kind.nonce_type,
        "default": None,
        "description": f"ending in {last}" if last else kind.nonce_type,
        "is_locked": nonce.locked,
        "consumed": nonce.consumed,
        "expires_at": nonce.expires_at,
        "details": details,
        "bin_data": _bin_data(instrument.fields),
        "three_d_secure_info": instrument.three_d_secure_info,
        "vaulted": vaulted,
    }


def _payment(call: Call, params: Params, issued_in: str) -> Payment:
    options = section(params, "authentication_insight_options")
    sent = text(options, "amount")
    return Payment(
        account_id=text(params, "merchant_account_id") or call.merchant.default_account.id,
        issued_in=issued_in,
        amount=amount(sent) if sent else None,
        recurring=flag(options, "recurring_customer_consent"),
    )


def _test_nonce(call: Call) -> Nonce | None:
    """Return a test nonce as if it was made now; those that can't be used show a card all the same."""
    name = call.path["nonce"]
    useless = name in {CONSUMED, LUHN_INVALID}
    facts = sample_card("4012888888881881") if useless else facts_of(name)
    if facts is None:
        return None
    return Nonce(
        nonce=name,
        created_at=call.now,
        expires_at=call.now + nonces.LIFETIME,
        facts=facts,
        consumed=name == CONSUMED,
    )


def _bin_data(fields: Fields) -> Fields | None:
    """Return the issuer's facts, where there is a card."""
    return {name: fields.get(name, "Unknown") for name in INDICATORS} if "bin" in fields else None
