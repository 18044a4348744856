"""Requests to pay of a random order of events, and the responses that they may have."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

import httpx

from tests.factories.payments import Json

# What a payment may be answered with, by the code of its problem.
REFUSALS = {
    402: {"payment_declined", "payment_returned", "payment_cancelled"},
    404: {"credit_not_found"},
    409: {
        "amount_exceeds_due",
        "amount_exceeds_payable",
        "invoice_not_payable",
        "nothing_payable",
        "payment_method_blocked",
        "payment_method_required",
        "quote_stale",
        "request_in_flight",
    },
    422: {"validation_failed"},
    503: {"payment_not_sent"},
}


@dataclass
class Request:
    """A request to pay, and the first response to it; its sale has `mark` in its body."""

    body: Json
    key: dict[str, str]
    sent_at: datetime
    mark: str
    response: httpx.Response | None = None


@dataclass
class Paused:
    """A request whose sale the gateway holds."""

    request: Request
    task: "asyncio.Task[httpx.Response]"
    fault: str
