"""E-mail addresses, as far as Braintree looks at them."""


def is_email(text: str) -> bool:
    """Return whether there is one @, a point within the part after it, and no space; the time it takes is linear."""
    name, _, host = text.partition("@")
    return bool(name) and "@" not in host and "." in host[1:-1] and text.split() == [text]
