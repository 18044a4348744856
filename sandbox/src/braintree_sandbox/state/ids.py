"""Ids in the shapes that Braintree's own have."""

import secrets

_LETTERS = "bcdfghjkmnpqrstvwxyz23456789"
_DIGITS = "0123456789"


def _pick(alphabet: str, length: int) -> str:
    return "".join(secrets.choice(alphabet) for _ in range(length))


def transaction_id() -> str:
    """Return eight characters."""
    return _pick(_LETTERS, 8)


def long_id() -> str:
    """Return sixteen characters."""
    return _pick(_LETTERS, 16)


def token() -> str:
    """Return five characters, as short as vault tokens are."""
    return _pick(_LETTERS, 5)


def address_id() -> str:
    """Return two characters: addresses are counted within one customer."""
    return _pick(_LETTERS, 2)


def customer_id() -> str:
    """Return eleven digits."""
    return secrets.choice("123456789") + _pick(_DIGITS, 10)


def nonce(kind: str) -> str:
    """Return a payment method nonce, such as `tokencc_bc_xxxxxx_xxxxxx_xxxxxx_xxxxxx_xxx`."""
    blocks = "_".join(_pick(_LETTERS, 6) for _ in range(4))
    return f"token{kind}_bc_{blocks}_{_pick(_LETTERS, 3)}"


def transaction_link_id() -> str:
    """Return the 22 characters by which MasterCard links the payments of one agreement."""
    return token() + digits(17)


def digits(length: int) -> str:
    """Return random digits, for authorisation codes and the like."""
    return _pick(_DIGITS, length)
