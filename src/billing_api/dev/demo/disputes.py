"""The invoices that the demo account contests: one waits for an answer, one was rejected."""

from dataclasses import dataclass
from typing import Literal

from billing_api.dev.demo.documents import invoice_id
from billing_api.invoice_disputes.schemas import DisputeCreate


@dataclass(frozen=True, slots=True)
class Contested:
    """An objection to an invoice, and the vendor's answer, if there is one."""

    invoice: str
    objection: DisputeCreate
    outcome: Literal["accepted", "rejected"] | None = None
    answer: str = ""


DISPUTES = (
    Contested(
        invoice_id(12),
        DisputeCreate(reason="wrong_price", text="The offer of March says 45.00 for each box.", amount=4_500),
    ),
    Contested(
        invoice_id(25),
        DisputeCreate(reason="not_received", text="The last pallet never came."),
        outcome="rejected",
        answer="The carrier's receipt for all four pallets is signed by your warehouse. We have sent you a copy.",
    ),
)
