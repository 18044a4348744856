"""Responses that are only an HTTP status: each has an exception of its own in Braintree's libraries."""

from typing import ClassVar


class RefusalError(Exception):
    """The request is refused as a whole; nothing was changed."""

    status: ClassVar[int] = 400


class MalformedError(RefusalError):
    """The body can't be read, or a value has a shape that its place never has."""


class AuthenticationRefusedError(RefusalError):
    """No keys, or unknown ones."""

    status = 401


class AuthorisationRefusedError(RefusalError):
    """Good keys, used for something that is not theirs."""

    status = 403


class NotFoundError(RefusalError):
    """No such path, or no such record under it."""

    status = 404


class UpgradeRequiredError(RefusalError):
    """A client that speaks a version of the API other than the one spoken here."""

    status = 426


class TookTooLongError(RefusalError):
    """A search that the gateway gives up on."""

    status = 408


class TooLargeError(RefusalError):
    """A body larger than any that is meant."""

    status = 413
