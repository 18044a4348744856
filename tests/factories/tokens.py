"""Tokens made by hand, good ones and forged ones, without the library that verifies them."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

Sign = Callable[[bytes], bytes]


def token(header: Mapping[str, Any], claims: Mapping[str, Any], sign: Sign) -> str:
    """A compact JWS of these parts, whatever they say."""
    signing_input = f"{_base64url(json.dumps(header).encode())}.{_base64url(json.dumps(claims).encode())}"
    return f"{signing_input}.{_base64url(sign(signing_input.encode()))}"


def private_key(jwk: Mapping[str, str]) -> ec.EllipticCurvePrivateKey:
    """The key of a private JWK on P-256."""
    return ec.derive_private_key(int.from_bytes(_bytes(jwk["d"])), ec.SECP256R1())


def es256(key: ec.EllipticCurvePrivateKey) -> Sign:
    """Sign by ECDSA on P-256."""

    def sign(message: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32) + s.to_bytes(32)

    return sign


def hs256(secret: bytes) -> Sign:
    """Sign by HMAC, as one does who has the public key alone."""
    return lambda message: hmac.digest(secret, message, hashlib.sha256)


def unsigned(_: bytes) -> bytes:
    """No signature at all."""
    return b""


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
