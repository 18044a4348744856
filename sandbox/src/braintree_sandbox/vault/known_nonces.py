"""The well-known test nonces: each may be used any number of times and always stands for the same method."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import blake2b

from braintree_sandbox.records.banks import BankFacts
from braintree_sandbox.records.cards import CardFacts

CONSUMED = "fake-consumed-nonce"
LUHN_INVALID = "fake-luhn-invalid-nonce"

_VISA = "4012888888881881"
_NUMBERS: dict[str, str] = {
    "fake-valid-nonce": _VISA,
    "fake-valid-visa-nonce": _VISA,
    "fake-valid-amex-nonce": "378282246310005",
    "fake-valid-mastercard-nonce": "5555555555554444",
    "fake-valid-discover-nonce": "6011111111111117",
    "fake-valid-jcb-nonce": "3530111333300000",
    "fake-valid-maestro-nonce": "5018000000000009",
    "fake-valid-dinersclub-nonce": "36259600000004",
    "fake-valid-prepaid-nonce": "4111111111111210",
    "fake-valid-commercial-nonce": "4111111111131010",
    "fake-valid-durbin-regulated-nonce": "4111161010101010",
    "fake-valid-healthcare-nonce": "4111111510101010",
    "fake-valid-debit-nonce": "4117101010101010",
    "fake-valid-payroll-nonce": "4111111114101010",
    "fake-valid-no-indicators-nonce": "4111111111310101",
    "fake-valid-unknown-indicators-nonce": "4111111111112101",
    "fake-valid-country-of-issuance-usa-nonce": "4111111111121102",
    "fake-valid-country-of-issuance-cad-nonce": "4012000033330026",
    "fake-valid-issuing-bank-network-only-nonce": "4111111141010101",
    "fake-valid-business-nonce": "4229989800000003",
    "fake-valid-consumer-nonce": "4229989700000004",
    "fake-valid-corporate-nonce": "4229989100000000",
    "fake-valid-prepaid-reloadable-nonce": "4229989900000002",
    "fake-valid-purchase-nonce": "4229989500000006",
    "fake-pinless-debit-visa-nonce": "4117101010101010",
}
_DESTINIES: dict[str, tuple[str, str]] = {
    "fake-processor-declined-visa-nonce": ("4000111111111115", "2000"),
    "fake-processor-declined-mastercard-nonce": ("5105105105105100", "2000"),
    "fake-processor-declined-amex-nonce": ("378734493671000", "2000"),
    "fake-processor-declined-discover-nonce": ("6011000990139424", "2000"),
    "fake-processor-failure-jcb-nonce": ("3566002020360505", "3000"),
    "fake-gateway-rejected-fraud-nonce": (_VISA, "fraud"),
    "fake-gateway-rejected-risk-thresholds-nonce": (_VISA, "risk_threshold"),
}
_THREE_D_SECURE: dict[str, str] = {
    "fake-three-d-secure-visa-full-authentication-nonce": "authenticate_successful",
    "fake-three-d-secure-visa-failed-authentication-nonce": "authenticate_failed",
    "fake-three-d-secure-visa-failed-signature-nonce": "authenticate_signature_verification_failed",
    "fake-three-d-secure-visa-attempts-non-participating-nonce": "authenticate_attempt_successful",
    "fake-three-d-secure-visa-not-enrolled-nonce": "lookup_not_enrolled",
    "fake-three-d-secure-visa-lookup-timeout-nonce": "lookup_error",
    "fake-three-d-secure-visa-unavailable-nonce": "authentication_unavailable",
    "fake-three-d-secure-visa-mpi-lookup-error-nonce": "lookup_error",
    "fake-three-d-secure-visa-mpi-authenticate-error-nonce": "authenticate_error",
    "fake-three-d-secure-visa-authentication-unavailable-nonce": "authenticate_unable_to_authenticate",
    "fake-three-d-secure-visa-bypassed-authentication-nonce": "lookup_bypassed",
    "fake-three-d-secure-two-visa-successful-frictionless-authentication-nonce": (
        "authenticate_frictionless_successful"
    ),
    "fake-three-d-secure-two-visa-successful-step-up-authentication-nonce": "authenticate_successful",
    "fake-three-d-secure-two-visa-error-on-lookup-nonce": "lookup_error",
    "fake-three-d-secure-two-visa-timeout-on-lookup-nonce": "lookup_error",
}


_of_other_kinds: dict[str, Callable[[], object]] = {}


def register(facts_by_nonce: Mapping[str, Callable[[], object]]) -> None:
    """Add the test nonces of another kind, each with what makes its details."""
    _of_other_kinds.update(facts_by_nonce)


def sample_card(
    number: str,
    *,
    destiny: str | None = None,
    three_d_secure: str | None = None,
    cardholder_name: str | None = None,
) -> CardFacts:
    """A card that is good until the end of next year."""
    return CardFacts(
        number=number,
        expiration_month="12",
        expiration_year=str(datetime.now(UTC).year + 1),
        cardholder_name=cardholder_name,
        destiny=destiny,
        three_d_secure=three_d_secure,
    )


def _bank_account() -> BankFacts:
    return BankFacts(
        account_number="1000000000",
        routing_number="123456789",
        account_type="checking",
        account_holder_name="Marty McFly",
        bank_name="Wells Fargo",
        mandate_text="example mandate text",
        mandate_accepted_at=datetime(2024, 1, 1, tzinfo=UTC),
    )


def facts_of(nonce: str) -> object | None:
    """What a test nonce stands for; None for one that is not a test nonce, or stands for nothing usable."""
    if nonce in _NUMBERS:
        return sample_card(_NUMBERS[nonce])
    if nonce in _DESTINIES:
        number, destiny = _DESTINIES[nonce]
        return sample_card(number, destiny=destiny)
    if nonce in _THREE_D_SECURE:
        card = sample_card(_VISA, three_d_secure=_THREE_D_SECURE[nonce])
        return replace(card, three_d_secure_id=blake2b(nonce.encode(), digest_size=8).hexdigest())
    if nonce == "fake-us-bank-account-nonce":
        return _bank_account()
    made = _of_other_kinds.get(nonce)
    return made() if made else None
