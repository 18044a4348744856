"""The errors of the gateway's webhooks."""

from billing_api.errors import AppError, Kind


class WebhookRefusedError(AppError):
    """The gateway did not sign this; the response gives no reason, which would help a forger."""

    code, title, kind = "webhook_refused", "The webhook is refused", Kind.FORBIDDEN
    cure = "Check that the webhook comes from Braintree, and that the service has the keys of the same merchant."

    def __init__(self) -> None:
        super().__init__("This is not a webhook of this vendor's gateway.")
