"""Ids in the shapes that Braintree's own have."""

import secrets

_LETTERS = "bcdfghjkmnpqrstvwxyz23456789"
_DIGITS = "0123456789"


def _pick(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def transaction_id() -> str:
    """Eight characters."""
    return _pick(_LETTERS, 8)


def long_id() -> str:
    """Sixteen characters."""
    return _pick(_LETTERS, 16)


def token() -> str:
    """Five characters, as short as vault tokens are."""
    return _pick(_LETTERS, 5)


def address_id() -> str:
    """Two characters: addresses are counted within one customer."""
    return _pick(_LETTERS, 2)


def customer_id() -> str:
    """Eleven digits."""
    return secrets.choice("123456789") + _pick(_DIGITS, 10)


def nonce(kind: str) -> str:
    """A payment method nonce, such as `tokencc_bc_xxxxxx_xxxxxx_xxxxxx_xxxxxx_xxx`."""
    blocks = "_".join(_pick(_LETTERS, 6) for _ in range(4))
    return f"token{kind}_bc_{blocks}_{_pick(_LETTERS, 3)}"


def transaction_link_id() -> str:
    """What MasterCard links the payments of one agreement by: 22 characters."""
    return token() + digits(17)


def digits(length: int) -> str:
    """Random digits, for authorisation codes and the like."""
    return _pick(_DIGITS, length)
