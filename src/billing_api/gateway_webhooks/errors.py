"""What can go wrong with webhooks of the gateway."""

from billing_api.errors import AppError, Kind, UnavailableError


class WebhookRefusedError(AppError):
    """Not from the gateway; what is wrong with it is nobody's business."""

    code, title, kind = "webhook_refused", "The webhook is refused", Kind.FORBIDDEN

    def __init__(self) -> None:
        super().__init__("This is not a webhook of this vendor's gateway.")


class WebhookNotHandledError(UnavailableError):
    """What it tells of can't be looked up now."""

    code, title = "webhook_not_handled", "The webhook can't be handled now"

    def __init__(self) -> None:
        super().__init__("What the webhook tells of can't be looked up now: send it again later.")
