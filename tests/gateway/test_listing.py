"""Disputes as the list of the gateway's transactions has them."""

import pytest
from braintree.dispute import Dispute

from billing_api.gateway.braintree.listing import taken_of


@pytest.mark.parametrize(
    ("facts", "taken"),
    [
        ({}, 1_000),
        ({"status": "lost"}, 1_000),
        ({"kind": "retrieval"}, 0),
        ({"status": "won"}, 0),
        ({"status": "won", "amount_won": "10.00"}, 0),
        ({"status": "won", "amount_won": "6.00"}, 400),
    ],
)
def test_what_a_dispute_has_taken(facts: dict[str, str], taken: int) -> None:
    attributes = {"amount_disputed": "10.00", "currency_iso_code": "USD", "kind": "chargeback", "status": "open"}
    assert taken_of(Dispute({"id": "one", **attributes, **facts})) == taken
