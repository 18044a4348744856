"""The outcomes of 3-D Secure that test nonces stand for."""

from braintree_sandbox.wire.values import Fields

SUCCESSFUL, FAILED = "authenticate_successful", "authenticate_failed"
CHALLENGE_REQUIRED = "challenge_required"

# By status: `enrolled`, `liability_shifted`, `liability_shift_possible`.
_OUTCOMES: dict[str, tuple[str, bool, bool]] = {
    "authenticate_successful": ("Y", True, True),
    "authenticate_frictionless_successful": ("Y", True, True),
    "authenticate_attempt_successful": ("Y", True, True),
    "authenticate_failed": ("Y", False, True),
    "authenticate_frictionless_failed": ("Y", False, True),
    "authenticate_rejected": ("Y", False, True),
    "challenge_required": ("Y", False, True),
    "authenticate_signature_verification_failed": ("Y", False, True),
    "authenticate_error": ("Y", False, True),
    "authenticate_unable_to_authenticate": ("Y", False, True),
    "authentication_unavailable": ("U", False, False),
    "lookup_not_enrolled": ("N", False, False),
    "lookup_bypassed": ("B", False, False),
    "lookup_error": ("E", False, False),
}


def three_d_secure_info(status: str | None, authentication_id: str | None = None) -> Fields | None:
    """Return the result of the card's authentication by its issuer; None without a status."""
    if status is None:
        return None
    enrolled, shifted, possible = _OUTCOMES[status]
    return {
        "status": status,
        "enrolled": enrolled,
        "liability_shifted": shifted,
        "liability_shift_possible": possible,
        "cavv": "cavv_value" if shifted else None,
        "xid": "xid_value" if possible else None,
        "eci_flag": "05" if shifted else "07",
        "ds_transaction_id": None,
        "three_d_secure_authentication_id": authentication_id,
        "three_d_secure_version": "2.2.0" if "frictionless" in status else "1.0.2",
    }


# By test number. Source: Braintree, "3D Secure: Testing".
_BY_LOOKUP = {
    "4000000000001018": "authenticate_frictionless_failed",
    "4000000000001026": "authenticate_attempt_successful",
    "4000000000001034": "authentication_unavailable",
    "4000000000001042": "authenticate_rejected",
    "4000000000001059": "authentication_unavailable",
    "4000000000001067": "lookup_error",
    "4000000000001075": "lookup_error",
    "4000000000001083": "lookup_bypassed",
}
_BY_CHALLENGE = {
    "4000000000001091": SUCCESSFUL,
    "4000000000001109": FAILED,
    "4000000000001117": "authenticate_unable_to_authenticate",
}


def after_lookup(number: str) -> str:
    """Return the status of a card before anything is asked of its owner; cards that are not listed succeed."""
    if number in _BY_CHALLENGE:
        return CHALLENGE_REQUIRED
    return _BY_LOOKUP.get(number, SUCCESSFUL)


def after_challenge(number: str, *, cancelled: bool) -> str:
    """Return the status of a card whose owner has responded to the bank's challenge."""
    return FAILED if cancelled else _BY_CHALLENGE.get(number, FAILED)
