"""The errors of accounts."""

from typing import ClassVar

from billing_api.errors import AppError, Kind


class AccountNotFoundError(AppError):
    """No such account, or not the caller's."""

    code, title, kind = "account_not_found", "There is no such account", Kind.NOT_FOUND
    cure = "Sign in again: your account may have been removed. A partner's system looks for a wrong id in the path."
    sample: ClassVar = {"reference": "CUST-1042"}

    def __init__(self, reference: object) -> None:
        super().__init__(f"There is no account {str(reference)!r}.")


class AccountCurrencyFixedError(AppError):
    """An account's currency was to be changed: its credit limit and its documents are in it."""

    code, title, kind = "account_currency_fixed", "An account keeps its currency", Kind.CONFLICT
    cure = "Leave the account's currency as it is. Its documents may be in other currencies."
    sample: ClassVar = {"currency": "USD"}

    def __init__(self, currency: str) -> None:
        super().__init__(f"The account is in {currency}, and keeps its currency; documents may be in another.")


class ExternalIdTakenError(AppError):
    """The back office's key belongs to another object of the same kind."""

    code, title, kind = "external_id_taken", "The external id is taken", Kind.CONFLICT
    cure = "Look the object up by its external id, and change that one."
    sample: ClassVar = {"kind": "invoice", "external_id": "erp-inv-1"}

    def __init__(self, kind: str, external_id: str) -> None:
        super().__init__(f"Another {kind.replace('_', ' ')} has the external id {external_id} already.")
