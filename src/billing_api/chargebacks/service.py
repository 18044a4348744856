"""The chargebacks of one account, for reading."""

from typing import Any
from uuid import UUID

from billing_api.chargebacks.errors import ChargebackNotFoundError
from billing_api.chargebacks.model import ChargebackDetail
from billing_api.chargebacks.repository import ChargebackRepository
from billing_api.chargebacks.schemas import ChargebackInvoiceRead, ChargebackQuery, ChargebackRead
from billing_api.kit.pagination import Page


class Chargebacks:
    """The payments of an account that the owner of a card disputes at their bank."""

    def __init__(self, chargebacks: ChargebackRepository) -> None:
        self._chargebacks = chargebacks

    async def list(self, account_id: UUID, query: ChargebackQuery) -> Page[ChargebackRead]:
        """Return one page, newest first. Raise BadCursorError."""
        return Page[ChargebackRead].of(await self._chargebacks.list_page(account_id, query), read_chargeback)

    async def get(self, account_id: UUID, chargeback_id: UUID) -> ChargebackRead:
        """Return one chargeback. Raise ChargebackNotFoundError."""
        found = await self._chargebacks.find(account_id, chargeback_id)
        if found is None:
            raise ChargebackNotFoundError(chargeback_id)
        return read_chargeback(found)


def read_chargeback(chargeback: ChargebackDetail) -> ChargebackRead:
    """Return a chargeback as the API shows it."""
    return ChargebackRead(
        id=chargeback.id,
        number=chargeback.number,
        type=chargeback.kind,
        status=chargeback.state,
        payment_id=chargeback.payment_id,
        payment_number=chargeback.payment_number,
        reason=chargeback.reason,
        currency=chargeback.currency,
        amount=chargeback.amount,
        taken=chargeback.taken,
        won=chargeback.won,
        invoices=[ChargebackInvoiceRead.model_validate(part) for part in chargeback.parts],
        opened_on=chargeback.opened_on,
        reply_by=chargeback.reply_by,
        resolved_at=chargeback.resolved_at,
        created_at=chargeback.created_at,
        updated_at=chargeback.updated_at,
        version=chargeback.version,
    )


def event_payload(chargeback: ChargebackDetail) -> dict[str, Any]:
    """Return a chargeback as the events have it."""
    return {
        "number": chargeback.number,
        "type": chargeback.kind,
        "status": chargeback.state,
        "payment_id": str(chargeback.payment_id),
        "payment_number": chargeback.payment_number,
        "reason": chargeback.reason,
        "currency": chargeback.currency,
        "amount": chargeback.amount,
        "taken": chargeback.taken,
        "won": chargeback.won,
        "opened_on": chargeback.opened_on.isoformat(),
        "reply_by": None if chargeback.reply_by is None else chargeback.reply_by.isoformat(),
        "invoices": [
            {"invoice_id": str(part.invoice_id), "amount": part.amount, "discounted": part.discounted}
            for part in chargeback.parts
        ],
    }
