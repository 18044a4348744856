"""The errors of the API for failures of the gateway."""

from billing_api.errors import UnavailableError


class GatewayUnreachableError(UnavailableError):
    """The gateway can't be reached; nothing was changed."""

    code, title = "gateway_unavailable", "The payment gateway can't be reached"

    def __init__(self) -> None:
        super().__init__("The payment gateway can't be reached now; nothing was changed. Try again shortly.")


class GatewayResponseLostError(UnavailableError):
    """A request was sent to the gateway and its response is lost; the request may have been carried out."""

    code, title = "gateway_answer_lost", "The payment gateway's response was lost"

    def __init__(self, possible_result: str) -> None:
        super().__init__(f"The payment gateway's response was lost: {possible_result}")
