"""Access tokens for the load: signed with keys that the measured service is given, so that nobody has to sign in."""

from datetime import timedelta

from billing_api.auth.caller import Caller
from billing_api.auth.tokens import AccessTokens, KeyRing, new_keys
from billing_api.kit.clock import Clock

_ISSUER = "https://billing.example"
_AUDIENCE = "benchmarks"
_LIFETIME = timedelta(minutes=15)


class SignIn:
    """Makes the Authorization headers that a service with these settings accepts."""

    def __init__(self) -> None:
        keys = new_keys()
        self.settings = {"SIGNING_KEYS": keys, "TOKEN_ISSUER": _ISSUER, "TOKEN_AUDIENCE": _AUDIENCE}
        self._tokens = AccessTokens(KeyRing(keys), Clock(), issuer=_ISSUER, audience=_AUDIENCE, lifetime=_LIFETIME)

    def header(self, caller: Caller) -> str:
        """Good for a quarter of an hour."""
        return f"Bearer {self._tokens.issue(caller)}"
