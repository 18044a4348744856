"""The audit entry and the event of a step of a dispute; neither has the customer's words."""

from billing_api.core import Core
from billing_api.invoice_disputes.model import InvoiceDispute


def record(core: Core, dispute: InvoiceDispute, fact: str, number: str) -> None:
    """Record a step of the dispute; `number` is that of its invoice."""
    about = {"dispute_id": str(dispute.id), "status": dispute.status, "reason": dispute.reason}
    if dispute.settlement is not None:
        about["settlement"] = dispute.settlement
    core.audit.record(dispute.account_id, fact, dispute.invoice_id, **about, amount=dispute.amount)
    core.events.record(
        dispute.account_id,
        fact,
        dispute.invoice_id,
        number=number,
        currency=dispute.currency,
        amount=dispute.amount,
        user_id=str(dispute.user_id),
        **about,
    )
