"""Devices that have been signed in from: a signed token that opens nothing, and gives a sign-in a count of its own."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.tokens import KeyRing
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id

DEVICE_LIFETIME = timedelta(days=365)  # since the last sign-in; browsers keep a cookie for 400 days at most
_TOKEN_TYPE = "device+jwt"  # noqa: S105 - the name of a type, so that no such token is taken for an access token
_MOST_ADDRESSES = 5  # people who share a browser
_DIGEST_BYTES = 16


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True)

    iss: str
    jti: UUID
    exp: int
    addresses: list[str]


@dataclass(frozen=True, slots=True)
class Devices:
    """Makes device tokens and reads them; nothing of them is stored here.

    A change of password leaves them as they are: their holder has no more tries than any stranger from a new network,
    and the owner who has changed a password because of an attack must not be locked out by it.
    """

    keys: KeyRing
    clock: Clock
    issuer: str

    def recognise(self, token: str | None, address: str) -> UUID | None:
        """Return the device's id if this address has signed in from it, by its token."""
        claims = self._read(token)
        return claims.jti if claims is not None and _digest(address) in claims.addresses else None

    def remember(self, token: str | None, address: str) -> str:
        """Return the token of the device from which this address has just signed in; others that did stay in it."""
        known = self._read(token)
        others = [digest for digest in known.addresses if digest != _digest(address)] if known is not None else []
        claims = {
            "iss": self.issuer,
            "jti": str(known.jti if known is not None else new_id()),
            "exp": int((self.clock.now() + DEVICE_LIFETIME).timestamp()),
            "addresses": [_digest(address), *others][:_MOST_ADDRESSES],
        }
        return self.keys.sign(claims, token_type=_TOKEN_TYPE)

    def _read(self, token: str | None) -> _Claims | None:
        try:
            claims = _Claims.model_validate_json(self.keys.verify(token or "", token_type=_TOKEN_TYPE))
        except (InvalidTokenError, ValidationError):
            return None
        is_ours = claims.iss == self.issuer and self.clock.now().timestamp() < claims.exp
        return claims if is_ours else None


def _digest(address: str) -> str:
    return urlsafe_b64encode(sha256(address.encode()).digest()[:_DIGEST_BYTES]).rstrip(b"=").decode()
