"""Credit memos and deposits, posted by the services that post real ones."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from billing_api.credits.schemas import CreditMemoCreate
from billing_api.deposits.schemas import DepositCreate
from billing_api.invoices.applying import Shortfall
from billing_api.invoices.sources import SourceUse
from tests.fixtures.services import Services

ISSUED_ON = date(2026, 3, 4)


async def post_credit_memo(services: Services, account_id: UUID, net: int = 1000, **fields: Any) -> UUID:
    """Post a credit memo and return its id."""
    given: dict[str, Any] = {
        "number": f"CM-{uuid4().hex[:12]}",
        "currency": "USD",
        "issued_on": ISSUED_ON,
        "net": net,
    }
    new = CreditMemoCreate.model_validate(given | fields)

    async def post() -> UUID:
        account = await services.accounts.lock(account_id)
        return (await services.credit_memos.post(account, [new]))[0]

    return await services.database.run(post)


async def post_deposit(services: Services, account_id: UUID, amount: int = 1000, **fields: Any) -> UUID:
    """Post a deposit and return its id."""
    given: dict[str, Any] = {
        "number": f"DEP-{uuid4().hex[:12]}",
        "currency": "USD",
        "received_on": ISSUED_ON,
        "amount": amount,
    }
    new = DepositCreate.model_validate(given | fields)

    async def post() -> UUID:
        account = await services.accounts.lock(account_id)
        return (await services.deposits.post(account, [new]))[0]

    return await services.database.run(post)


async def apply_credit_memo(
    services: Services, account_id: UUID, credit_memo_id: UUID, amounts: Mapping[UUID, int], on: date | None = None
) -> Sequence[Shortfall]:
    """Use parts of a credit memo for invoices; return those that got less."""

    async def apply() -> Sequence[Shortfall]:
        account = await services.accounts.lock(account_id)
        uses = [SourceUse(invoice_id, amount, on) for invoice_id, amount in amounts.items()]
        return (await services.credit_memos.apply(account, {credit_memo_id: uses}))[credit_memo_id]

    return await services.database.run(apply)


async def apply_deposit(
    services: Services, account_id: UUID, deposit_id: UUID, amounts: Mapping[UUID, int], on: date | None = None
) -> Sequence[Shortfall]:
    """Use parts of a deposit for invoices; return those that got less."""

    async def apply() -> Sequence[Shortfall]:
        account = await services.accounts.lock(account_id)
        uses = [SourceUse(invoice_id, amount, on) for invoice_id, amount in amounts.items()]
        return (await services.deposits.apply(account, {deposit_id: uses}))[deposit_id]

    return await services.database.run(apply)
