"""The errors of users."""

from typing import ClassVar

from billing_api.errors import AppError, Kind


class EmailTakenError(AppError):
    """Another user signs in with this address."""

    code, title, kind = "email_taken", "The e-mail address is taken", Kind.CONFLICT
    cure = "Add the user who has this address to the account."

    def __init__(self) -> None:
        super().__init__("A user signs in with this e-mail address already.")


class UserNotFoundError(AppError):
    """No user signs in with this address."""

    code, title, kind = "user_not_found", "There is no such user", Kind.NOT_FOUND
    cure = "Correct the e-mail address, or create the user."
    sample: ClassVar = {"email": "ada@example.com"}

    def __init__(self, email: str) -> None:
        super().__init__(f"No user signs in with {email}.")


class UserDisabledError(AppError):
    """A disabled user gets no link: enabling would end it."""

    code, title, kind = "user_disabled", "The user is disabled", Kind.CONFLICT
    cure = "Enable the user, then make the link."

    def __init__(self) -> None:
        super().__init__("This user is disabled: enable them before a link is made.")


class NotMemberError(AppError):
    """The user is not on the account."""

    code, title, kind = "not_member", "The user is not on the account", Kind.CONFLICT
    cure = "Name a user of this account."

    def __init__(self) -> None:
        super().__init__("This user is not on the account.")


class AlreadyMemberError(AppError):
    """The user is on the account already."""

    code, title, kind = "already_member", "The user is on the account already", Kind.CONFLICT
    cure = "Change the role of the user."

    def __init__(self) -> None:
        super().__init__("This user is on the account already: change their role instead.")
