"""The errors of autopay."""

from billing_api.errors import AppError, Kind


class AutopayConsentRequiredError(AppError):
    """A bank account is to be debited automatically, and the customer's permission for that is missing."""

    code, title, kind = "autopay_consent_required", "The customer's permission is missing", Kind.CONFLICT
    cure = "Show the text of the permission, and send it in `consent` with the time at which it was accepted."

    def __init__(self) -> None:
        super().__init__("A bank account is debited automatically only with the customer's permission: send `consent`.")
