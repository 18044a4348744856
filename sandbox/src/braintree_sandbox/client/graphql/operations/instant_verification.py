"""Signing in to a bank by a page of Braintree's: the token that opens it."""

import hmac
import json
from base64 import urlsafe_b64encode
from hashlib import sha256
from urllib.parse import urlsplit

from braintree_sandbox.client.graphql.operation import Arguments, GraphqlCall, Operations, wrong_value

operations = Operations("""
extend type Mutation {
  createBankAccountInstantVerificationJwt(
    input: CreateBankAccountInstantVerificationJwtInput!
  ): CreateBankAccountInstantVerificationJwtPayload
}
input CreateBankAccountInstantVerificationJwtInput { businessName: String! returnUrl: String! cancelUrl: String }
type CreateBankAccountInstantVerificationJwtPayload { jwt: String! }
""")


@operations.mutation("createBankAccountInstantVerificationJwt")
def create_jwt(graphql: GraphqlCall, arguments: Arguments) -> dict[str, object]:
    """Return a JWT signed with the merchant's private key (HS256)."""
    sent = arguments["input"]
    if not sent["businessName"].strip():
        raise wrong_value("The business name is required.", "businessName")
    for name in ("returnUrl", "cancelUrl"):
        if sent.get(name) is not None and not _is_url(sent[name]):
            raise wrong_value(f"{name} must be a URL.", name)
    merchant, now = graphql.call.merchant, graphql.call.now
    claims = {"iss": merchant.id, "iat": int(now.timestamp()), "exp": int(now.timestamp()) + 3600, **sent}
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    signature = hmac.new(merchant.private_key.encode(), signed.encode(), sha256).digest()
    return {"jwt": f"{signed}.{_unpadded(signature)}"}


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _encoded(part: dict[str, object]) -> str:
    return _unpadded(json.dumps(part).encode())


def _unpadded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")
