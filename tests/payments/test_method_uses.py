"""The removal of a payment method that scheduled payments use."""

from uuid import UUID

from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, if_match, pay, store_card
from tests.fixtures.clocked import ClockedWorker, in_days
from tests.fixtures.post import text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import of
from tests.payments.conftest import EndsOf
from tests.payments.schedules import begin_removal, read, schedule


async def test_it_is_refused_with_the_payments_that_use_it(
    services: Services, portal: Portal, card: Json, invoice: UUID
) -> None:
    """The user can let them be paid with another method, and remove it then."""
    more = await post_invoice(services, portal.account_id, 2_500)
    later = (await schedule(portal, card, of(more), 9)).json()
    first = (await schedule(portal, card, of(invoice), 5)).json()
    path = f"/v1/payment-methods/{card['id']}"
    refused = await portal.delete(path, headers=if_match(card))
    problem = refused.json()
    assert (refused.status_code, problem["code"], problem["used_by"]) == (
        409,
        "payment_method_in_use",
        ["scheduled_payment"],
    )
    assert problem["scheduled_payments"][0] == {
        "payment_id": first["id"],
        "payment_number": first["number"],
        "scheduled_on": str(in_days(5)),
        "currency": "USD",
        "amount": 10_000,
    }
    assert [one["payment_id"] for one in problem["scheduled_payments"]] == [first["id"], later["id"]]
    other = await store_card(portal)
    assert (await portal.post(f"/v1/payments/{first['id']}/cancel")).status_code == 200
    change = {"payment_method_id": other["id"]}
    moved = await portal.patch(f"/v1/payments/{later['id']}", json=change, headers=if_match(later))
    assert moved.status_code == 200
    removed = await portal.delete(path, headers=if_match(card))
    assert (removed.status_code, removed.json()["cancelled_payments"]) == (200, [])


async def test_detached_it_cancels_them_and_says_so(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, ends_of: EndsOf, sql: Sql
) -> None:
    """In the response and in the mail about the removal, and in no further mail; those of other methods stay."""
    more, other = await post_invoice(services, portal.account_id, 2_500), await store_card(portal)
    kept = (await schedule(portal, other, of(more))).json()
    payment = (await schedule(portal, card, of(invoice))).json()
    path = f"/v1/payment-methods/{card['id']}?detach=true"
    removed = await portal.delete(path, headers=if_match(card))
    body = removed.json()
    assert (removed.status_code, body["autopay_switched_off"]) == (200, False)
    assert [one["payment_id"] for one in body["cancelled_payments"]] == [payment["id"]]
    assert body["notice"] == ("This was the default payment method: choose another. A scheduled payment was cancelled.")
    ended = await read(portal, payment)
    assert (ended["status"], ended["schedule"]["reason"]["code"]) == ("cancelled", "payment_method_removed")
    assert (await read(portal, kept))["status"] == "scheduled"
    assert await ends_of(UUID(payment["id"])) == ["payment.scheduled", "payment.cancelled"]
    await worker.post.tell()
    owner = str(await sql.fetchval("SELECT email FROM user_emails WHERE user_id = $1", portal.user_id))
    mails = {str(mail["Subject"]): mail for mail in await worker.post.to(owner)}
    assert not [subject for subject in mails if "was cancelled" in subject]
    words = " ".join(text_of(mails["Card ending in 1881 was removed"]).split())
    assert "The payment that was scheduled with it was cancelled." in words
    assert f"{payment['number']}, {in_days(7):%B %-d, %Y}, $100.00" in words


async def test_they_wait_while_the_removal_is_in_doubt(
    portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID
) -> None:
    """They are cancelled with the removal, by the request that completes it."""
    payment = (await schedule(portal, card, of(invoice))).json()
    await begin_removal(portal, sandbox, card, token)
    assert (await read(portal, payment))["status"] == "scheduled"
    removed = await portal.delete(f"/v1/payment-methods/{card['id']}?detach=true", headers={"If-Match": "*"})
    assert [one["payment_id"] for one in removed.json()["cancelled_payments"]] == [payment["id"]]
    assert (await read(portal, payment))["status"] == "cancelled"


async def test_a_removal_at_the_gateway_cancels_them(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, invoice: UUID, sql: Sql
) -> None:
    payment = (await schedule(portal, card, of(invoice))).json()
    sandbox.control("POST", f"/payment-methods/{token}/revoke")
    await sql.execute("UPDATE payment_methods SET next_check_at = '2020-01-01' WHERE id = $1", UUID(card["id"]))
    await services.check_methods.check_due(1000)
    ended = await read(portal, payment)
    assert (ended["status"], ended["schedule"]["reason"]["code"]) == ("cancelled", "payment_method_removed")


async def test_they_show_the_card_that_has_taken_its_place(
    services: Services, portal: Portal, card: Json, invoice: UUID, worker: ClockedWorker, sql: Sql
) -> None:
    """In the API and in the notice; a payment that was made keeps the card that paid."""
    made = (await pay(portal, card, await post_invoice(services, portal.account_id))).json()
    payment = (await schedule(portal, card, of(invoice))).json()
    unwanted = (await schedule(portal, card, of(invoice), 9)).json()
    assert (payment["brand"], payment["last4"]) == ("Visa", "1881")
    new = {"nonce": "fake-valid-mastercard-nonce"}
    replaced = await portal.post(f"/v1/payment-methods/{card['id']}/replacement", json=new, headers={"If-Match": "*"})
    shown = (replaced.json()["card"]["brand"], replaced.json()["last4"])
    assert (replaced.status_code, shown) == (200, ("MasterCard", "4444"))
    waiting = await read(portal, payment)
    assert (waiting["brand"], waiting["last4"], waiting["version"]) == (*shown, payment["version"])
    listed = (await portal.get("/v1/payments")).json()["data"]
    assert {one["id"]: one["last4"] for one in listed} == {
        payment["id"]: "4444",
        unwanted["id"]: "4444",
        made["id"]: "1881",
    }
    cancelled = (await portal.post(f"/v1/payments/{unwanted['id']}/cancel")).json()
    assert (cancelled["status"], cancelled["last4"]) == ("cancelled", "4444")
    await worker.announce(4)
    owner = str(await sql.fetchval("SELECT email FROM user_emails WHERE user_id = $1", portal.user_id))
    mails = [mail for mail in await worker.post.to(owner) if "is scheduled for" in str(mail["Subject"])]
    assert {"Paid with: MasterCard •••• 4444" in " ".join(text_of(mail).split()) for mail in mails} == {True}


async def test_they_show_the_card_that_the_gateway_has_renewed(
    services: Services, portal: Portal, card: Json, invoice: UUID, sql: Sql
) -> None:
    """As after a look that finds another number than the row has."""
    await sql.execute("UPDATE payment_methods SET last4 = '9999' WHERE id = $1", UUID(card["id"]))
    payment = (await schedule(portal, card, of(invoice))).json()
    assert payment["last4"] == "9999"
    await sql.execute("UPDATE payment_methods SET next_check_at = '2020-01-01' WHERE id = $1", UUID(card["id"]))
    await services.check_methods.check_due(1000)
    assert (await read(portal, payment))["last4"] == card["last4"]
