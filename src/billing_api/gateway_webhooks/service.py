"""The gateway's webhooks: each one is only a reason to look a method up, however often it comes."""

import structlog

from billing_api.gateway.port import Gateway, MethodNotice, NoticeRefusedError
from billing_api.gateway.steps import Done, attempt
from billing_api.gateway_webhooks.errors import WebhookNotHandledError, WebhookRefusedError
from billing_api.payment_methods.check import CheckMethods

log = structlog.get_logger(__name__)


class GatewayWebhooks:
    """Receives webhooks, which may come twice, late and in any order: a look at the gateway has the truth."""

    def __init__(self, gateway: Gateway, check_methods: CheckMethods) -> None:
        self._gateway = gateway
        self._check_methods = check_methods

    async def receive(self, signature: str, payload: str) -> None:
        """Check the signature, then look the named method up. Raise WebhookRefusedError, WebhookNotHandledError."""
        try:
            notice = self._gateway.parse_notice(signature, payload)
        except NoticeRefusedError as error:
            raise WebhookRefusedError from error
        if not isinstance(notice, MethodNotice):
            log.info("gateway_webhook_of_no_use", kind=notice.kind)
            return
        outcome = await attempt(self._check_methods.check_token(notice.token))
        if not isinstance(outcome, Done):
            raise WebhookNotHandledError from outcome.error

    def answer_challenge(self, challenge: str) -> str:
        """Return the proof for the gateway that this address is ours. Raise WebhookRefusedError."""
        try:
            return self._gateway.answer_challenge(challenge)
        except NoticeRefusedError as error:
            raise WebhookRefusedError from error
