"""The errors of one-time password tokens."""

from billing_api.errors import FieldError, InvalidInputError


class ResetTokenError(InvalidInputError):
    """The token is unknown, used or expired; which of these is not said."""

    def __init__(self) -> None:
        super().__init__(FieldError("/token", "invalid_token", "The link is not valid any more: ask for a new one"))
