"""The errors of calls to the gateway, and the facts of a refusal.

GatewayError
├── GatewayDeclinedError         the gateway understood the request and declined it: nothing was stored or refunded
├── GatewayInvalidError          the request broke a rule of the gateway: nothing was done
│   └── GatewayTooEarlyError     the charge has not settled yet: the same request may succeed later
├── GatewayUnavailableError      the request was not sent, or not accepted: nothing was done
├── NoticeRefusedError           a webhook or challenge was not signed by the gateway
├── GatewayUnfamiliarError       records that must exist are not found: a missing one proves nothing
└── GatewayOutcomeUnknownError   the request was sent and its response is lost: it may have been carried out
    ├── GatewayMismatchError     the response is about another subject than the request
    └── GatewayOrderRepeatedError  the gateway has had the order or its nonce before: that is looked up at once
        └── GatewayNonceUsedError    the nonce was used, by this very request or by another

`gateway/steps.py` translates them for services.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CardChecks:
    """The bank's checks of CVV and address, as one-letter codes: M matches, N does not, U and others are unknown."""

    cvv: str | None
    avs_street: str | None
    avs_postal_code: str | None


@dataclass(frozen=True, slots=True)
class Decline:
    """The reason of a decline; `soft` means that the same request may succeed later."""

    code: str
    text: str
    soft: bool


@dataclass(frozen=True, slots=True)
class FieldRefusal:
    """One rule that a request broke: a field of an address by our name, everything else by the gateway's."""

    field: str
    code: str
    text: str


class GatewayError(Exception):
    """A call to the gateway failed."""


class GatewayDeclinedError(GatewayError):
    """The bank or the gateway declined."""

    def __init__(self, decline: Decline, checks: CardChecks | None = None) -> None:
        super().__init__(f"declined: {decline.code} {decline.text}")
        self.decline = decline
        self.checks = checks


class GatewayInvalidError(GatewayError):
    """The request broke the gateway's rules."""

    def __init__(self, refusals: tuple[FieldRefusal, ...]) -> None:
        super().__init__("refused: " + ", ".join(f"{refusal.field} {refusal.code}" for refusal in refusals))
        self.refusals = refusals


class GatewayTooEarlyError(GatewayInvalidError):
    """The charge has not settled yet, so that nothing of it can be given back: the same request may succeed later."""


class GatewayUnavailableError(GatewayError):
    """The gateway can't be used now; nothing was done."""


class NoticeRefusedError(GatewayError):
    """A webhook or challenge that the gateway can't have sent."""


class GatewayUnfamiliarError(GatewayError):
    """Records that must be at the gateway are not found there: the keys may be another merchant's.

    A record that is not found proves nothing then.
    """

    def __init__(self, reason: str = "nothing that must be at the gateway is found") -> None:
        super().__init__(f"{reason}: do GATEWAY_MERCHANT_ID and its keys belong to this database?")


class GatewayOutcomeUnknownError(GatewayError):
    """The request was sent and its response is lost: it may have been carried out."""


class GatewayMismatchError(GatewayOutcomeUnknownError):
    """The response is about another subject than the request: an operator has to look."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__("the response differs: " + ", ".join(differences))
        self.differences = differences


class GatewayOrderRepeatedError(GatewayOutcomeUnknownError):
    """The gateway did nothing, since it had this order before: its charge is to be looked up."""


class GatewayNonceUsedError(GatewayOrderRepeatedError):
    """The nonce was used before, maybe by an earlier sending of this very request: it is to be looked up.

    Where nothing is found, another request has used it, and this one has charged nothing.
    """

    def __init__(self, refusal: FieldRefusal) -> None:
        super().__init__(f"the nonce was used before: {refusal.code}")
        self.refusal = refusal
