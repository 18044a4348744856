"""`python -m benchmarks.charging HOST PORT COUNT`: print the CPU time in seconds of one charge by Braintree's SDK."""

import sys
import time
from typing import Any
from uuid import uuid4

import braintree
from braintree.environment import Environment

_WARM_UP = 10


def main() -> None:
    """Store a card, charge it `COUNT` times, and print the mean of the process's CPU time."""
    host, port, count = sys.argv[1:]
    gateway: Any = braintree.BraintreeGateway(
        braintree.Configuration(
            environment=Environment("local", host, port, "", False, None, host, port),
            merchant_id="integration_merchant_id",
            public_key="integration_public_key",
            private_key="integration_private_key",
        )
    )
    token = gateway.customer.create({"payment_method_nonce": "fake-valid-nonce"}).customer.payment_methods[0].token
    for _ in range(_WARM_UP):
        _charge(gateway, token)
    before = time.process_time()
    for _ in range(int(count)):
        _charge(gateway, token)
    sys.stdout.write(f"{(time.process_time() - before) / int(count)}\n")


def _charge(gateway: Any, token: str) -> None:
    result = gateway.transaction.sale(
        {
            "amount": "1.00",
            "payment_method_token": token,
            "order_id": str(uuid4()),
            "merchant_account_id": "sandbox_credit_card",
            "options": {"submit_for_settlement": True},
        }
    )
    if not result.is_success:
        sys.exit(result.message)


if __name__ == "__main__":
    main()
