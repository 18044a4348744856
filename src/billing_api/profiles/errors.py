"""The errors of profiles."""

from billing_api.errors import AppError, Kind


class ProfileNotFoundError(AppError):
    """The account has no profile."""

    code, title, kind = "profile_not_found", "There is no profile", Kind.NOT_FOUND
    cure = "Ask the vendor to import the profile of this account."

    def __init__(self) -> None:
        super().__init__("This account has no profile.")
