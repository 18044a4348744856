"""A bank debit is returned while a refund of it is on its way: the refund is stopped, or its money is due again."""

from uuid import UUID

import httpx
import pytest

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, store_bank_account, store_card
from tests.fixtures.books import breaches
from tests.fixtures.later import Later
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import buy, entries_of, of
from tests.refunds.conftest import EVERYTHING, charge_of, invoice_of, payment_of, refund, refunds_at
from tests.refunds.taken_back import (
    PART,
    credits_of,
    lose,
    owed_of,
    pending_refund,
    refunds_of,
    settled_refund,
    take_back,
)


@pytest.fixture
async def invoice(services: Services, portal: Portal) -> UUID:
    """An invoice of 100 dollars."""
    return await post_invoice(services, portal.account_id, 10_000)


async def write_off(partner: Partner, portal: Portal, owed: Json) -> httpx.Response:
    """Write off all that is due of an invoice."""
    response = await partner.post(
        f"/v1/accounts/{portal.account_id}/write-offs",
        json={"invoice_id": owed["id"], "currency": "USD", "reason": "Not worth a letter"},
        headers=new_key(),
    )
    assert response.status_code == 201, response.text
    return response


async def test_one_that_waits_for_settlement_is_never_sent(
    partner: Partner, portal: Portal, invoice: UUID, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    payment = (await buy(portal, await store_bank_account(portal), of(invoice))).json()
    charge_id = await charge_of(sql, payment)
    assert (await refund(partner, portal, payment, PART)).json()["status"] == "waiting_for_settlement"
    sandbox.gateway().testing.settlement_decline_transaction(charge_id)
    await services.payment_checks.look_up(portal.account_id, UUID(payment["id"]))
    assert (await payment_of(portal, payment))["status"] == "returned"
    (failed,) = await refunds_of(portal, payment)
    assert (failed["status"], failed["decline"]["code"]) == ("failed", "payment_not_refundable")
    assert (await payment_of(portal, payment))["refund_pending"] == 0
    assert refunds_at(sandbox, charge_id) == []
    assert await breaches(sql, portal.account_id) == []


async def test_one_that_waits_ends_with_the_return(
    partner: Partner, portal: Portal, invoice: UUID, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    payment, waiting = await pending_refund(partner, portal, invoice, sandbox, sql)
    await sql.execute("UPDATE refunds SET state = 'waiting_for_settlement' WHERE id = $1", UUID(waiting["id"]))
    await take_back(services, portal, payment)
    (failed,) = await refunds_of(portal, payment)
    assert (failed["status"], failed["repayment_invoice_id"]) == ("failed", None)
    assert await breaches(sql, portal.account_id) == []


@pytest.mark.usefixtures("nothing_else_due")
async def test_one_that_the_gateway_still_voids_is_stopped(
    partner: Partner,
    portal: Portal,
    invoice: UUID,
    services: Services,
    sandbox: Sandbox,
    sql: Sql,
    later: Later,
) -> None:
    payment, _ = await pending_refund(partner, portal, invoice, sandbox, sql)
    await take_back(services, portal, payment)
    later.clock.forward(minutes=1)  # it is due at once, and the clock has stood since the test began
    assert await later.services.refund_checks.resolve_due(EVERYTHING) == {"final": 1}
    (stopped,) = await refunds_of(portal, payment)
    assert (stopped["status"], stopped["decline"]["code"]) == ("failed", "payment_not_refundable")
    (credit,) = credits_of(sandbox, await charge_of(sql, payment))
    assert credit["status"] == "voided"
    assert (await payment_of(portal, payment))["refund_pending"] == 0
    assert (await invoice_of(portal, invoice))["amount_due"] == 10_000
    assert await breaches(sql, portal.account_id) == []


@pytest.mark.usefixtures("nothing_else_due")
async def test_one_that_is_too_late_to_stop_is_due_again(
    partner: Partner,
    portal: Portal,
    invoice: UUID,
    services: Services,
    sandbox: Sandbox,
    sql: Sql,
    later: Later,
) -> None:
    payment, _ = await pending_refund(partner, portal, invoice, sandbox, sql)
    await take_back(services, portal, payment)
    (credit,) = credits_of(sandbox, await charge_of(sql, payment))
    sandbox.control("POST", f"/transactions/{credit['id']}/settle")
    later.clock.forward(minutes=1)
    assert await later.services.refund_checks.resolve_due(EVERYTHING) == {"final": 1}
    owed = await owed_of(portal, payment)
    assert (owed["number"], owed["type"], owed["amount_due"]) == ("RP-000001", "repayment", 4_000)
    assert (await entries_of(sql, portal.account_id))[-1] == ("repayment", "RP-000001", 4_000, 4_000)
    assert await breaches(sql, portal.account_id) == []


async def test_nothing_is_due_again_once_its_money_came_back(
    partner: Partner, portal: Portal, invoice: UUID, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    payment, made = await settled_refund(partner, portal, invoice, services, sandbox, sql)
    await take_back(services, portal, payment)
    owed = await owed_of(portal, payment)
    await lose(services, portal, made, sql)
    assert (await invoice_of(portal, UUID(owed["id"])))["status"] == "void"
    (failed,) = await refunds_of(portal, payment)
    assert (failed["status"], failed["repayment_invoice_id"]) == ("failed", None)
    assert (await payment_of(portal, payment))["refunded"] == 0
    assert await breaches(sql, portal.account_id) == []


async def test_what_was_paid_meanwhile_becomes_a_deposit(
    partner: Partner, portal: Portal, invoice: UUID, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    payment, made = await settled_refund(partner, portal, invoice, services, sandbox, sql)
    await take_back(services, portal, payment)
    owed = await owed_of(portal, payment)
    paid = await buy(portal, await store_card(portal), of(UUID(owed["id"])))
    assert paid.json()["status"] == "succeeded"
    assert await breaches(sql, portal.account_id) == []
    await lose(services, portal, made, sql)
    assert (await invoice_of(portal, UUID(owed["id"])))["status"] == "paid"
    kind, number, amount, effect = (await entries_of(sql, portal.account_id))[-1]
    assert (kind, number, amount, effect) == ("deposit", "DEP-RP-000001", 4_000, -4_000)
    assert await breaches(sql, portal.account_id) == []


async def test_the_vendor_can_give_it_up_but_not_void_it(
    partner: Partner, portal: Portal, invoice: UUID, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    payment, made = await settled_refund(partner, portal, invoice, services, sandbox, sql)
    await take_back(services, portal, payment)
    owed = await owed_of(portal, payment)
    address = f"/v1/accounts/{portal.account_id}/invoices/{owed['id']}/void"
    refused = await partner.post(address, json={}, headers=new_key())
    assert (refused.status_code, refused.json()["code"]) == (409, "invoice_not_voidable")
    listed = await sql.fetch("SELECT id FROM refunds WHERE account_id = $1", portal.account_id)
    assert [str(one["id"]) for one in listed] == [made["id"]]
    found = [one for one in await services.refunds.list_owed(10_000) if str(one.id) == made["id"]]
    assert [(one.invoice_number, one.amount_due) for one in found] == [("RP-000001", 4_000)]
    await write_off(partner, portal, owed)
    assert [one for one in await services.refunds.list_owed(10_000) if str(one.id) == made["id"]] == []
    assert await breaches(sql, portal.account_id) == []


async def test_what_was_given_up_is_no_deposit_once_its_money_came_back(
    partner: Partner, portal: Portal, invoice: UUID, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    payment, made = await settled_refund(partner, portal, invoice, services, sandbox, sql)
    await take_back(services, portal, payment)
    owed = await owed_of(portal, payment)
    given_up = (await write_off(partner, portal, owed)).json()
    await lose(services, portal, made, sql)
    repayment = await invoice_of(portal, UUID(owed["id"]))
    assert (repayment["status"], repayment["written_off"]) == ("void", 0)
    undone = (await partner.get(f"/v1/accounts/{portal.account_id}/write-offs/{given_up['id']}")).json()
    assert undone["reversed_on"] is not None
    (balance,) = (await portal.get("/v1/balance")).json()["balances"]
    assert (balance["balance"], balance["unapplied_deposits"]) == (10_000, 0)
    assert await breaches(sql, portal.account_id) == []


async def test_a_part_that_was_paid_is_a_deposit_and_the_part_given_up_is_due(
    partner: Partner, portal: Portal, invoice: UUID, services: Services, sandbox: Sandbox, sql: Sql
) -> None:
    payment, made = await settled_refund(partner, portal, invoice, services, sandbox, sql)
    await take_back(services, portal, payment)
    owed = await owed_of(portal, payment)
    paid = await buy(portal, await store_card(portal), of((UUID(owed["id"]), 1_000)))
    assert paid.json()["status"] == "succeeded"
    assert (await write_off(partner, portal, owed)).json()["amount"] == 3_000
    await lose(services, portal, made, sql)
    (balance,) = (await portal.get("/v1/balance")).json()["balances"]
    assert balance["balance"] == 10_000 - 1_000  # the invoice is open again, and what was paid is the customer's
    assert await breaches(sql, portal.account_id) == []
