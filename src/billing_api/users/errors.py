"""What can go wrong with people."""

from billing_api.errors import AppError, Kind


class EmailTakenError(AppError):
    """Somebody signs in with this address already."""

    code, title, kind = "email_taken", "The e-mail address is taken", Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("Somebody signs in with this e-mail address already.")


class PersonNotFoundError(AppError):
    """No person signs in with this address."""

    code, title, kind = "person_not_found", "There is no such person", Kind.NOT_FOUND

    def __init__(self, email: str) -> None:
        super().__init__(f"No person signs in with {email}.")


class PersonDisabledError(AppError):
    """A disabled person gets no link: enabling would end it."""

    code, title, kind = "person_disabled", "The person is disabled", Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This person is disabled: enable them before a link is made.")


class NotMemberError(AppError):
    """The person is not on the account."""

    code, title, kind = "not_member", "The person is not on the account", Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This person is not on the account.")


class AlreadyMemberError(AppError):
    """The person is on the account already."""

    code, title, kind = "already_member", "The person is on the account already", Kind.CONFLICT

    def __init__(self) -> None:
        super().__init__("This person is on the account already: change their role instead.")
