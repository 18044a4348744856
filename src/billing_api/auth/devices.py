"""Known devices: a signed token that gives no access, and gives sign-ins from its device a count of their own."""

from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import sha256
from itertools import islice
from uuid import UUID

from pydantic import BaseModel, ConfigDict, ValidationError

from billing_api.auth.errors import InvalidTokenError
from billing_api.auth.keys import KeyRing
from billing_api.kit.clock import Clock
from billing_api.kit.ids import new_id

DEVICE_LIFETIME = timedelta(days=365)  # since the last sign-in; browsers keep a cookie for 400 days at most
_TOKEN_TYPE = "device+jwt"  # noqa: S105 - the name of a type, so that no such token is taken for an access token
_MOST_ADDRESSES = 5  # users who share a browser
_DIGEST_BYTES = 16


class _Claims(BaseModel):
    model_config = ConfigDict(strict=True)

    iss: str
    jti: UUID
    exp: int
    addresses: dict[str, int]  # the digest of each, with its user's version at the sign-in; the last one first


@dataclass(frozen=True, slots=True)
class Remembered:
    """A device from which a user has signed in, and its token."""

    id: UUID
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Devices:
    """Make device tokens and read them; none is stored.

    Each address is in a token with the version of its user. A change of the password is a new version, so that earlier
    tokens no longer count; the device of the change is still known.
    """

    keys: KeyRing
    clock: Clock
    issuer: str

    def recognise(self, token: str | None, address: str, *, version: int, kept: UUID | None) -> UUID | None:
        """Return the device's id if this address has signed in from it, by its token.

        The sign-in must have been of the user's present `version`, or the device must be the one that is `kept`.
        """
        claims = self._read(token)
        signed_in = claims.addresses.get(_digest(address)) if claims is not None else None
        if claims is None or signed_in is None:
            return None
        return claims.jti if signed_in == version or claims.jti == kept else None

    def remember(self, token: str | None, address: str, *, version: int) -> Remembered:
        """Return the device from which this address has just signed in; its token keeps other addresses."""
        known = self._read(token)
        device, addresses = (known.jti, known.addresses) if known is not None else (new_id(), {})
        latest = {_digest(address): version} | {
            other: of for other, of in addresses.items() if other != _digest(address)
        }
        claims = {
            "iss": self.issuer,
            "jti": str(device),
            "exp": int((self.clock.now() + DEVICE_LIFETIME).timestamp()),
            "addresses": dict(islice(latest.items(), _MOST_ADDRESSES)),
        }
        return Remembered(device, self.keys.sign(claims, token_type=_TOKEN_TYPE))

    def _read(self, token: str | None) -> _Claims | None:
        try:
            claims = _Claims.model_validate_json(self.keys.verify(token or "", token_type=_TOKEN_TYPE))
        except (InvalidTokenError, ValidationError):
            return None
        is_ours = claims.iss == self.issuer and self.clock.now().timestamp() < claims.exp
        return claims if is_ours else None


def _digest(address: str) -> str:
    return urlsafe_b64encode(sha256(address.encode()).digest()[:_DIGEST_BYTES]).rstrip(b"=").decode()
