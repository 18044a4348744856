"""The vendor's rules for a card that its owner types: device data for the fraud tools, and 3-D Secure."""

from typing import Annotated, ClassVar

from pydantic import Field

from billing_api.errors import AppError, FieldError, InvalidInputError, Kind
from billing_api.gateway.methods import ThreeDSecure
from billing_api.gateway.port import Gateway
from billing_api.gateway.steps import call_gateway
from billing_api.gateway_settings import Demand

# The card's bank has refused the person. Source: Braintree, "3D Secure: status codes".
_FAILED = frozenset(
    {
        "authenticate_failed",
        "authenticate_frictionless_failed",
        "authenticate_rejected",
        "authenticate_signature_verification_failed",
        "challenge_required",
    }
)

ThreeDSecureStatus = Annotated[
    str, Field(max_length=100, description="The result in the gateway's words", examples=["authenticate_successful"])
]


class ThreeDSecureRequiredError(AppError):
    """The vendor wants 3-D Secure, and the card was not authenticated."""

    code, title, kind = "three_d_secure_required", "The card must be authenticated by 3-D Secure", Kind.DECLINED
    cure = (
        "Run the 3-D Secure of the gateway's script (`verifyCard`) with the card's nonce, and send the nonce that it "
        "returns. For a stored card get the first nonce from its /nonces."
    )

    def __init__(self) -> None:
        super().__init__("The card was not authenticated by 3-D Secure. Nothing was charged or stored.")


class ThreeDSecureFailedError(AppError):
    """The card's bank has not confirmed the owner by 3-D Secure. Source: Braintree, 3-D Secure status codes."""

    code, title, kind = "three_d_secure_failed", "The card's authentication by 3-D Secure failed", Kind.DECLINED
    cure = "Ask the customer to authenticate again, or for another card: the card's bank has not confirmed its owner."
    sample: ClassVar = {"status": "authenticate_failed"}

    three_d_secure_status: ThreeDSecureStatus

    def __init__(self, status: str) -> None:
        super().__init__(
            "The card's bank has not confirmed its owner by 3-D Secure. Nothing was charged or stored.",
            three_d_secure_status=status,
        )


class CardRules:
    """Says whether a card may be stored or charged, as its form has sent it."""

    def __init__(self, gateway: Gateway, *, device_data: Demand, three_d_secure: Demand) -> None:
        self._gateway = gateway
        self._device_data = device_data
        self._three_d_secure = three_d_secure

    @property
    def requires_liability_shift(self) -> bool:
        """Whether a card is charged only when its bank bears the loss by fraud."""
        return self._three_d_secure is Demand.REQUIRED

    @property
    def wants_three_d_secure(self) -> bool:
        """Whether the result of an authentication counts."""
        return self._three_d_secure is not Demand.OFF

    def require_device_data(self, sent: str | None) -> str | None:
        """Return the device data for the gateway, or None. Raise InvalidInputError when they are missing."""
        if self._device_data is Demand.OFF:
            return None
        if sent is None and self._device_data is Demand.REQUIRED:
            raise InvalidInputError(
                FieldError("/device_data", "required", "Send what the gateway's data collector has returned.")
            )
        return sent

    async def require_authenticated(self, nonce: str) -> None:
        """Require the authentication of a card's nonce, which is looked up; one that is unknown is left to the gateway.

        Raise ThreeDSecureRequiredError, ThreeDSecureFailedError, GatewayUnreachableError.
        """
        if self._three_d_secure is Demand.OFF:
            return
        found = await call_gateway(self._gateway.find_nonce(nonce))
        if found is not None:
            self.require_three_d_secure(found.three_d_secure)

    def require_three_d_secure(self, result: ThreeDSecure | None) -> None:
        """Require the result that the setting wants. Raise ThreeDSecureRequiredError, ThreeDSecureFailedError."""
        if self._three_d_secure is Demand.OFF:
            return
        if result is None:
            if self.requires_liability_shift:
                raise ThreeDSecureRequiredError
            return
        if result.status in _FAILED or (self.requires_liability_shift and not result.liability_shifted):
            raise ThreeDSecureFailedError(result.status)
