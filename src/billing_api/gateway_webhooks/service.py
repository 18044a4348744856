"""The gateway's webhooks: each is a hint to look something up, whatever else it says and however often it comes."""

import structlog

from billing_api.gateway.port import Gateway, GatewayError, MethodNotice, NoticeRefusedError
from billing_api.gateway_webhooks.errors import WebhookNotHandledError, WebhookRefusedError
from billing_api.payment_methods.checking import MethodChecks

log = structlog.get_logger(__name__)


class GatewayWebhooks:
    """Takes what the gateway sends. It may come twice, late and in any order: a look at the gateway tells what is."""

    def __init__(self, gateway: Gateway, checks: MethodChecks) -> None:
        self._gateway = gateway
        self._checks = checks

    async def receive(self, signature: str, payload: str) -> None:
        """Check the signature, then look up what it tells of. Raises WebhookRefusedError, WebhookNotHandledError."""
        try:
            notice = self._gateway.parse_notice(signature, payload)
        except NoticeRefusedError as error:
            raise WebhookRefusedError from error
        if not isinstance(notice, MethodNotice):
            log.info("gateway_webhook_of_no_use", kind=notice.kind)
            return
        try:
            await self._checks.check_token(notice.token)
        except GatewayError as error:
            raise WebhookNotHandledError from error

    def answer_challenge(self, challenge: str) -> str:
        """What proves to the gateway that this address is ours. Raises WebhookRefusedError."""
        try:
            return self._gateway.answer_challenge(challenge)
        except NoticeRefusedError as error:
            raise WebhookRefusedError from error
