"""The address that the vendor gives to Braintree for its webhooks; their signature is the proof, not a token."""

from typing import Annotated, Any
from urllib.parse import parse_qs

from fastapi import Depends, Query, Request
from fastapi.responses import PlainTextResponse

from billing_api.gateway_webhooks.errors import WebhookRefusedError
from billing_api.gateway_webhooks.service import GatewayWebhooks
from billing_api.http.provide import provided
from billing_api.http.routes import Routes

router = Routes("/gateway-webhooks", tags=["gateway webhooks"], errors=[WebhookRefusedError])
GatewayWebhooksDep = Annotated[GatewayWebhooks, Depends(provided(GatewayWebhooks))]
Challenge = Annotated[
    str,
    Query(
        alias="bt_challenge",
        min_length=1,
        max_length=64,
        description="Braintree's challenge",
        examples=["20f9f8ed05f77439fe955c977e4c8a53"],
    ),
]

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/x-www-form-urlencoded": {
                "schema": {
                    "type": "object",
                    "required": ["bt_signature", "bt_payload"],
                    "properties": {
                        "bt_signature": {"type": "string", "maxLength": 4096, "description": "Of the payload, by key"},
                        "bt_payload": {"type": "string", "maxLength": 1_048_576, "description": "In base64"},
                    },
                },
                "example": {
                    "bt_signature": "public_key|5a8bb1e3c1f2c0b6b6d4f9d1f3d7c2e9a0b4c6d8",
                    "bt_payload": "PG5vdGlmaWNhdGlvbj4K",
                },
            }
        },
    }
}
_TEXT: dict[str, Any] = {
    "responses": {
        "200": {
            "description": "The answer to the challenge",
            "content": {"text/plain": {"schema": {"type": "string", "maxLength": 200}}},
        }
    }
}
_FIELDS = 8  # Braintree sends two


@router.post(
    "/braintree",
    operation_id="gateway_webhooks_receive",
    openapi_extra=_FORM,
)
async def receive_webhook(request: Request, webhooks: GatewayWebhooksDep) -> None:
    """Take a webhook of Braintree's, which the worker then applies. Source: Braintree, "Webhooks: Parse"."""
    await webhooks.receive(*_form(await request.body()))


@router.get("/braintree", operation_id="gateway_webhooks_verify", openapi_extra=_TEXT)
async def verify_address(challenge: Challenge, webhooks: GatewayWebhooksDep) -> PlainTextResponse:
    """Prove to Braintree that this address is the vendor's. Source: Braintree, "Webhooks: Create"."""
    return PlainTextResponse(webhooks.answer_challenge(challenge))


def _form(body: bytes) -> tuple[str, str]:
    """Return the signature and the payload. Raise WebhookRefusedError."""
    try:
        fields = parse_qs(body.decode("ascii"), strict_parsing=True, max_num_fields=_FIELDS)
        (signature,), (payload,) = fields["bt_signature"], fields["bt_payload"]
    except (ValueError, KeyError) as error:
        raise WebhookRefusedError from error
    return signature, payload
