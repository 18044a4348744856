"""The errors of the API for failures of the gateway, and the facts of a decline."""

from typing import Annotated, ClassVar

from pydantic import Field

from billing_api.errors import UnavailableError
from billing_api.gateway.reasons import MESSAGES, Reason
from billing_api.kit.documented import Named

DeclineCode = Annotated[str, Field(max_length=50, description="The code of the bank or the gateway", examples=["2001"])]
DeclineText = Annotated[
    str, Field(max_length=300, description="The code in the gateway's words", examples=["Insufficient Funds"])
]
DeclineReasonType = Annotated[
    Reason,
    Named(
        "DeclineReason",
        "Why there is no money, for a portal's own words in the customer's language",
        {reason.value: words.rstrip(".") for reason, words in MESSAGES.items()},
    ),
]
DeclineMessage = Annotated[
    str,
    Field(
        max_length=200,
        description="The reason in words for the customer, in English",
        examples=["There was not enough money in the account."],
    ),
]
RetryMayHelp = Annotated[bool, Field(description="Whether the same card or account may pay later, by a new request")]


class GatewayUnreachableError(UnavailableError):
    """The gateway can't be reached, or its keys are not those of this database; nothing was changed."""

    code, title = "gateway_unavailable", "The payment gateway can't be used now"
    cure = (
        "Repeat the request after the seconds of `Retry-After`. If it stays so, tell the vendor, whose log has the "
        "reason; on a development server start anew with `make forget-data`."
    )

    def __init__(self) -> None:
        super().__init__("The payment gateway can't be used now; nothing was changed. Try again shortly.")


class GatewayResponseLostError(UnavailableError):
    """A request was sent to the gateway and its response is lost; the request may have been carried out."""

    code, title = "gateway_answer_lost", "The payment gateway's response was lost"
    cure = "Read the resource until its state is known. Repeat the request only with the same `Idempotency-Key`."
    sample: ClassVar = {"possible_result": "the payment method may have been stored; it is looked up in five minutes."}

    def __init__(self, possible_result: str) -> None:
        super().__init__(f"The payment gateway's response was lost: {possible_result}")
