"""The errors of managing an account's users."""

from typing import ClassVar

from billing_api.errors import AppError, Kind


class AccountUnknownError(AppError):
    """The back office has imported no account with this id."""

    code, title, kind = "account_unknown", "There is no such account", Kind.NOT_FOUND
    cure = "Import the account, then add its users."
    sample: ClassVar = {"external_id": "CUST-1042"}

    def __init__(self, external_id: str) -> None:
        super().__init__(f"There is no account with the external id {external_id}: import it first.")
