"""The states of a payout."""

from enum import StrEnum


class PayoutState(StrEnum):
    """Where the money of a batch is."""

    IN_TRANSIT = "in_transit"
    PAID = "paid"
    FAILED = "failed"
