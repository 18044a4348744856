"""The fields of refunds' bodies, by their types."""

from typing import Annotated

from billing_api.kit.documented import Named
from billing_api.refunds.states import RefundState, RefundWay

RefundStatus = Annotated[
    RefundState,
    Named(
        "RefundStatus",
        "Where a refund stands. `failed` is final, and so is `succeeded` unless its money returns; the others change "
        "by themselves",
        {
            "submitting": "It is written, and about to be sent to the gateway or on its way; its amount is reserved",
            "waiting_for_settlement": "The charge has not settled, so nothing of it can be given back yet: it is tried "
            "again (`next_check_at`)",
            "pending": "The gateway has it and the bank has yet to confirm it, which takes days for a bank account",
            "unknown": "It was sent and the gateway's response is lost: it is looked up (`next_check_at`)",
            "succeeded": "The money was given back, and the books have it",
            "failed": "It was declined, as `decline` says, it never reached the gateway, or its money came back: the "
            "customer has nothing of it",
        },
    ),
]
RefundMethodRead = Annotated[
    RefundWay,
    Named(
        "RefundMethod",
        "The way in which the money goes back",
        {
            "refund": "To the card or bank account that paid, through the gateway",
            "void": "The charge was voided before it settled, so that it never takes place: its payment is `cancelled`",
            "offline": "The vendor pays it out, outside the gateway: for a check, a wire or cash",
        },
    ),
]
