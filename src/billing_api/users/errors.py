"""What can go wrong with people."""

from billing_api.errors import AppError, Kind


class EmailTakenError(AppError):
    """Somebody signs in with this address already."""

    code, title, kind = "email_taken", "The e-mail address is taken", Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("Somebody signs in with this e-mail address already.")


class AlreadyMemberError(AppError):
    """The person is on the account already."""

    code, title, kind = "already_member", "The person is on the account already", Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This person is on the account already: change their role instead.")
