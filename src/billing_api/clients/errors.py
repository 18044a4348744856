"""The errors of partners' clients: those of OAuth by the codes of RFC 6749, 5.2 and RFC 7009, 2.2.1."""

from typing import ClassVar

from billing_api.errors import AppError, Kind


class InvalidRequestError(AppError):
    """The form of a request for a token is wrong: a parameter is missing or repeated, or the secret comes twice."""

    code, title, kind = "invalid_request", "The request for a token is malformed", Kind.BAD_REQUEST
    cure = (
        "Send the parameters once each as `application/x-www-form-urlencoded` in the body, and the client's id and "
        "secret either by HTTP Basic or as `client_id` and `client_secret`."
    )
    sample: ClassVar = {"detail": "The parameter grant_type is missing."}

    def __init__(self, detail: str) -> None:
        super().__init__(detail)


class InvalidClientError(AppError):
    """The client is unknown or disabled, or its secret is wrong; the response does not say which."""

    code, title, kind = "invalid_client", "The client is not known by this id and secret", Kind.UNAUTHENTICATED
    cure = (
        "Compare `client_id` and `client_secret` with those that the vendor gave. The vendor sees with `billing-api "
        "clients list` whether the client is active, and makes a new secret with `billing-api clients rotate`."
    )

    def __init__(self) -> None:
        super().__init__("There is no active client with this id and this secret.")
        self.headers = {"WWW-Authenticate": 'Basic realm="billing-api", charset="UTF-8"'}


class UnsupportedGrantTypeError(AppError):
    """The grant type is not `client_credentials`."""

    code, title, kind = "unsupported_grant_type", "There is no such grant type", Kind.BAD_REQUEST
    cure = "Send `grant_type=client_credentials`."

    def __init__(self) -> None:
        super().__init__("The one grant type is client_credentials.")


class InvalidScopeError(AppError):
    """A scope is unknown, or the client may not have it."""

    code, title, kind = "invalid_scope", "The client may not have this scope", Kind.BAD_REQUEST
    cure = "Name scopes that the client has, or none: then the token has all of them."
    sample: ClassVar = {"allowed": "invoices:read payments:write"}

    def __init__(self, allowed: str) -> None:
        super().__init__(f"This client may have: {allowed}.")


class UnauthorizedClientError(AppError):
    """The token that is to be revoked was given to another client, or to a user."""

    code, title, kind = "unauthorized_client", "The token is another's", Kind.BAD_REQUEST
    cure = "Revoke a token with the id and the secret of the client that got it."

    def __init__(self) -> None:
        super().__init__("This token was not given to this client.")


class ClientNotFoundError(AppError):
    """There is no such client."""

    code, title, kind = "client_not_found", "There is no such client", Kind.NOT_FOUND
    cure = "List the clients with `billing-api clients list`, and use an id from there."
    sample: ClassVar = {"client_id": "019a0000-0000-7000-8000-000000000000"}

    def __init__(self, client_id: object) -> None:
        super().__init__(f"There is no client {client_id}.")
