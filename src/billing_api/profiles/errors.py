"""The errors of profiles."""

from billing_api.errors import AppError, FieldError, InvalidInputError, Kind


class ProfileNotFoundError(AppError):
    """The account has no profile."""

    code, title, kind = "profile_not_found", "There is no profile", Kind.NOT_FOUND
    cure = "Ask the vendor to import the profile of this account."

    def __init__(self) -> None:
        super().__init__("This account has no profile.")


class NoPendingEmailError(AppError):
    """No new address waits to be confirmed: it was confirmed, taken back, or has expired."""

    code, title, kind = "no_pending_email", "No new e-mail address waits", Kind.NOT_FOUND
    cure = "Read the profile: its `pending_email` has the new address that waits, if any."

    def __init__(self) -> None:
        super().__init__("No new e-mail address of this profile waits to be confirmed.")


class EmailTokenError(InvalidInputError):
    """The token is unknown, used, taken back or expired; which of these is not said."""

    def __init__(self) -> None:
        super().__init__(
            FieldError("/token", "invalid_token", "The link is not valid any more: enter the address again")
        )
