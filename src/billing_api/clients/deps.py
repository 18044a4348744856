"""The form of RFC 6749 and RFC 7009: parameters in the body, and the client's credentials there or by HTTP Basic."""

from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any
from urllib.parse import parse_qsl, unquote_plus

from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBase
from fastapi.security.base import SecurityBase

from billing_api.clients.errors import InvalidClientError, InvalidRequestError
from billing_api.clients.issuing import ClientCredentials
from billing_api.errors import AppError
from billing_api.kit.headers import header_of

_FORM = "application/x-www-form-urlencoded"
_MOST_FIELDS = 100
_TEXT = {"type": "string", "maxLength": 1000}


@dataclass(frozen=True, slots=True)
class Form:
    """The parameters of a request, each once, and its client's credentials."""

    credentials: ClientCredentials
    parameters: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> str | None:
        """Return a parameter, or None without it."""
        return self.parameters.get(name)

    def require(self, name: str) -> str:
        """Return a parameter. Raise InvalidRequestError without it."""
        if (value := self.parameters.get(name)) is None:
            raise InvalidRequestError(f"The parameter {name} is missing.")
        return value


class _ClientForm(SecurityBase):
    """Reads the form of a client, and documents that its secret may come by HTTP Basic."""

    errors: tuple[type[AppError], ...] = (InvalidRequestError, InvalidClientError)

    def __init__(self) -> None:
        self.scheme_name = "client_secret"
        self.model = HTTPBase(
            scheme="basic",
            description="A client's id and secret (RFC 6749, 2.3.1), which may also be `client_id` and `client_secret` "
            "in the body",
        )

    async def __call__(self, request: Request) -> Form:
        """Raise InvalidRequestError, InvalidClientError."""
        headers = request.scope["headers"]
        media_type, _, _ = (header_of(headers, b"content-type") or "").partition(";")
        if media_type.strip().lower() != _FORM:
            raise InvalidRequestError(f"The body must be {_FORM}.")
        parameters = _parameters_in(await request.body())
        return Form(_credentials_in(header_of(headers, b"authorization"), parameters), parameters)


ClientForm = Annotated[Form, Depends(_ClientForm())]


def documented_form(
    needed: Mapping[str, str], optional: Mapping[str, str], example: Mapping[str, str]
) -> dict[str, Any]:
    """Return the documentation of a form: the words of the parameters, and an example."""
    own = {
        "client_id": "The client's id, unless it comes by HTTP Basic",
        "client_secret": "The client's secret, unless it comes by HTTP Basic",
    }
    words = {**needed, **optional, **own}
    schema = {
        "type": "object",
        "required": list(needed),
        "properties": {name: {**_TEXT, "description": text} for name, text in words.items()},
    }
    content = {_FORM: {"schema": schema, "example": dict(example)}}
    # The credentials may be in the body, so the header is one of two ways.
    return {"requestBody": {"required": True, "content": content}, "security": [{}]}


def _parameters_in(body: bytes) -> dict[str, str]:
    """Return the parameters of a form; an empty one counts as absent (RFC 6749, 3.1). Raise InvalidRequestError."""
    try:
        pairs = parse_qsl(body.decode(), max_num_fields=_MOST_FIELDS, errors="strict")
    except ValueError as error:
        raise InvalidRequestError("The body is not a form in UTF-8.") from error
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name in parameters:
            raise InvalidRequestError("A parameter is repeated.")
        parameters[name] = value
    return parameters


def _credentials_in(authorization: str | None, parameters: Mapping[str, str]) -> ClientCredentials:
    """Return the client's id and secret. Raise InvalidRequestError when they come twice, InvalidClientError."""
    if authorization is None:
        if "client_id" not in parameters or "client_secret" not in parameters:
            raise InvalidClientError
        return ClientCredentials(parameters["client_id"], parameters["client_secret"])
    if "client_secret" in parameters:
        raise InvalidRequestError("The client's secret comes in the header and in the body: send it once.")
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise InvalidClientError
    try:
        # Each is encoded as in a form before both become Basic's user and password (RFC 6749, 2.3.1).
        client_id, _, secret = b64decode(encoded.strip(), validate=True).decode().partition(":")
        given = ClientCredentials(unquote_plus(client_id, errors="strict"), unquote_plus(secret, errors="strict"))
    except (Base64Error, ValueError) as error:
        raise InvalidClientError from error
    if parameters.get("client_id", given.client_id) != given.client_id:
        raise InvalidRequestError("The header and the body name two clients.")
    return given
