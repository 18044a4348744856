"""The errors of the gateway's webhooks."""

from billing_api.errors import AppError, Kind, UnavailableError


class WebhookRefusedError(AppError):
    """The gateway did not sign this; the response gives no reason, which would help a forger."""

    code, title, kind = "webhook_refused", "The webhook is refused", Kind.FORBIDDEN
    cure = "Check that the webhook comes from Braintree, and that the service has the keys of the same merchant."

    def __init__(self) -> None:
        super().__init__("This is not a webhook of this vendor's gateway.")


class WebhookNotHandledError(UnavailableError):
    """The webhook's subject can't be looked up now."""

    code, title = "webhook_not_handled", "The webhook can't be handled now"
    cure = "Nothing has to be done: Braintree sends the webhook again."

    def __init__(self) -> None:
        super().__init__("The webhook's subject can't be looked up at the gateway now: send it again later.")
