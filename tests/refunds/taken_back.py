"""Refunds, and payments whose money the bank has taken back, for the tests of both together."""

from uuid import UUID

from billing_api.gateway.failures import Decline
from billing_api.payments.states import PaymentState
from billing_api.refunds.states import RefundOutcome, RefundState
from braintree_sandbox.testing import Sandbox
from tests.factories.payments import Json, store_bank_account
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import buy, of
from tests.refunds.conftest import charge_of, invoice_of, refund, settle

PART: Json = {"type": "amount", "amount": 4_000}


async def take_back(services: Services, portal: Portal, payment: Json) -> None:
    """Record that the bank has returned a payment."""
    reason = Decline("R01", "Insufficient Funds", soft=True)
    await services.returned_payments.record(portal.account_id, UUID(payment["id"]), PaymentState.RETURNED, reason)


async def refunds_of(portal: Portal, payment: Json) -> list[Json]:
    """The refunds of a payment, as the customer sees them."""
    found: list[Json] = (await portal.get(f"/v1/payments/{payment['id']}/refunds")).json()["data"]
    return found


async def owed_of(portal: Portal, payment: Json) -> Json:
    """The invoice by which the one refund of a payment is due again."""
    (made,) = await refunds_of(portal, payment)
    return await invoice_of(portal, UUID(made["repayment_invoice_id"]))


def credits_of(sandbox: Sandbox, charge_id: str) -> list[Json]:
    """The refunds of a charge at the gateway."""
    return [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == charge_id]


async def pending_refund(
    partner: Partner, portal: Portal, invoice: UUID, sandbox: Sandbox, sql: Sql
) -> tuple[Json, Json]:
    """A settled bank debit, and a refund of a part of it that the bank has yet to confirm."""
    payment = (await buy(portal, await store_bank_account(portal), of(invoice))).json()
    await settle(sandbox, sql, payment)
    made = (await refund(partner, portal, payment, PART)).json()
    assert made["status"] == "pending"
    return payment, made


async def settled_refund(
    partner: Partner, portal: Portal, invoice: UUID, services: Services, sandbox: Sandbox, sql: Sql
) -> tuple[Json, Json]:
    """A settled bank debit, and a refund of a part of it that has succeeded."""
    payment, made = await pending_refund(partner, portal, invoice, sandbox, sql)
    (credit,) = credits_of(sandbox, await charge_of(sql, payment))
    sandbox.control("POST", f"/transactions/{credit['id']}/settle")
    read = await services.refund_checks.resolve(portal.account_id, UUID(made["id"]))
    assert read.status == "succeeded"
    return payment, made


async def lose(services: Services, portal: Portal, made: Json, sql: Sql) -> None:
    """Record that the money of a refund that had succeeded has come back."""
    refund_id = UUID(made["id"])
    transaction_id = await sql.fetchval("SELECT transaction_id FROM refunds WHERE id = $1", refund_id)
    came_back = RefundOutcome(
        state=RefundState.FAILED,
        transaction_id=transaction_id,
        decline=Decline("R03", "No Account/Unable to Locate Account", soft=False),
    )
    await services.refund_recorder.record(portal.account_id, refund_id, came_back)
