"""The outcomes of 3-D Secure that test nonces stand for."""

from braintree_sandbox.wire.values import Fields

SUCCESSFUL = "authenticate_successful"

# By status: `enrolled`, `liability_shifted`, `liability_shift_possible`.
_OUTCOMES: dict[str, tuple[str, bool, bool]] = {
    "authenticate_successful": ("Y", True, True),
    "authenticate_frictionless_successful": ("Y", True, True),
    "authenticate_attempt_successful": ("Y", True, True),
    "authenticate_failed": ("Y", False, True),
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
