"""Checks, wires and cash as the back office records them, and returns them."""

from uuid import UUID, uuid4

import httpx

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, pay, store_card
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import pointers, problem


def check_of(amount: int, *parts: tuple[UUID, int], **fields: object) -> Json:
    """A check to record."""
    return {
        "external_id": str(uuid4()),
        "type": "check",
        "currency": "USD",
        "amount": amount,
        "received_on": "2026-03-09",
        "reference": "Check 1042",
        "allocations": [{"invoice_id": str(invoice_id), "amount": part} for invoice_id, part in parts],
    } | fields


async def record(partner: Partner, base: str, check: Json, **headers: str) -> httpx.Response:
    return await partner.post(f"{base}/payments", json=check, headers=headers)


async def invoice_of(portal: Portal, invoice_id: UUID) -> Json:
    invoice: Json = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    return invoice


async def balance_of(portal: Portal) -> tuple[int, int, int]:
    """The balance, what is due, and the unapplied money."""
    (one,) = (await portal.get("/v1/balance")).json()["balances"]
    return one["balance"], one["due"], one["unapplied_deposits"]


class TestRecorded:
    async def test_for_invoices_and_as_credit(
        self, partner: Partner, portal: Portal, services: Services, base: str
    ) -> None:
        first, second = [await post_invoice(services, portal.account_id, 10_000) for _ in range(2)]
        response = await record(partner, base, check_of(25_000, (first, 10_000), (second, 4_000)))
        assert response.status_code == 201
        payment = response.json()
        assert response.headers["location"] == f"http://billing.test{base}/payments/{payment['id']}"
        assert (payment["status"], payment["type"], payment["unapplied"]) == ("succeeded", "check", 11_000)
        assert (await partner.get(response.headers["location"])).json() == payment
        assert (await invoice_of(portal, first))["status"] == "paid"
        assert (await invoice_of(portal, second))["amount_due"] == 6_000
        assert (await balance_of(portal))[:2] == (-5_000, 6_000)

    async def test_the_customer_sees_it(self, partner: Partner, portal: Portal, services: Services, base: str) -> None:
        """In the list of payments, the history, and the receipt."""
        payment = (await record(partner, base, check_of(700))).json()
        (listed,) = (await portal.get("/v1/payments")).json()["data"]
        assert listed["id"] == payment["id"]
        (entry,) = (await portal.get("/v1/transactions")).json()["data"]
        assert (entry["type"], entry["amount"], entry["balance_effect"]) == ("payment", 700, -700)

    async def test_who_did_it_is_in_the_audit_log(
        self, partner: Partner, account_id: UUID, base: str, sql: Sql
    ) -> None:
        payment = (await record(partner, base, check_of(700))).json()
        entry = await sql.fetchrow(
            "SELECT actor_kind, actor_id, action FROM audit_log WHERE account_id = $1 AND subject_id = $2",
            account_id,
            UUID(payment["id"]),
        )
        assert entry is not None
        assert tuple(entry) == ("client", str(partner.client_id), "payment.received")

    async def test_a_repeat_by_external_id_gives_the_same_payment(
        self, partner: Partner, portal: Portal, base: str
    ) -> None:
        check = check_of(700)
        first = await record(partner, base, check)
        again = await record(partner, base, dict(reversed(check.items())))
        assert (first.status_code, again.status_code) == (201, 200)
        assert again.json() == first.json()
        assert again.headers["location"] == first.headers["location"]
        assert len((await portal.get("/v1/payments")).json()["data"]) == 1

    async def test_another_payment_with_a_known_external_id(
        self, partner: Partner, stranger: Portal, base: str
    ) -> None:
        check = check_of(700)
        await record(partner, base, check)
        problem(await record(partner, base, check | {"amount": 800}), 409, "external_id_taken")
        elsewhere = f"/v1/accounts/{stranger.account_id}"
        problem(await record(partner, elsewhere, check), 409, "external_id_taken")

    async def test_an_idempotency_key_gives_the_same_bytes(self, partner: Partner, base: str) -> None:
        """Of the first response, and of that to a repeat by external id."""
        check, key, second = check_of(700), new_key(), new_key()
        for own, status in ((key, 201), (second, 200)):
            responses = [await record(partner, base, check, **own) for _ in range(2)]
            assert [response.status_code for response in responses] == [status, status]
            assert responses[0].content == responses[1].content
            assert responses[0].headers["location"] == responses[1].headers["location"]
            assert responses[1].headers["idempotent-replayed"] == "true"
        problem(await record(partner, base, check_of(700), **key), 422, "idempotency_key_reused")

    async def test_money_is_never_refused_because_an_invoice_was_paid(
        self, partner: Partner, portal: Portal, services: Services, base: str
    ) -> None:
        invoice_id = await post_invoice(services, portal.account_id, 1_000)
        await record(partner, base, check_of(1_000, (invoice_id, 1_000)))
        payment = (await record(partner, base, check_of(1_000, (invoice_id, 1_000)))).json()
        assert (payment["unapplied"], payment["allocations"]) == (1_000, [])

    async def test_what_is_refused(
        self, partner: Partner, portal: Portal, stranger: Portal, services: Services, base: str
    ) -> None:
        own = await post_invoice(services, portal.account_id, 1_000)
        foreign = await post_invoice(services, stranger.account_id, 1_000)
        for check, status, code in (
            (check_of(1_000, (own, 1_000), currency="EUR"), 409, "other_currency"),
            (check_of(1_000, (foreign, 1_000)), 404, "invoice_not_found"),
            (check_of(1_000, received_on="2099-01-01"), 409, "date_in_future"),
        ):
            problem(await record(partner, base, check), status, code)
        body = problem(await record(partner, base, check_of(1_000, (own, 1_001))), 422, "validation_failed")
        assert (body["errors"][0]["code"], body["errors"][0]["pointer"]) == ("applied_too_much", "/allocations")
        nothing = problem(await record(partner, base, check_of(0)), 422, "validation_failed")
        assert pointers(nothing) == ["/amount"]
        assert (await portal.get("/v1/payments")).json()["data"] == []


class TestReturned:
    async def test_a_check_that_bounced_reopens_its_invoices(
        self, partner: Partner, portal: Portal, services: Services, base: str
    ) -> None:
        invoice_id = await post_invoice(services, portal.account_id, 10_000)
        before = await balance_of(portal)
        payment = (await record(partner, base, check_of(12_000, (invoice_id, 10_000)))).json()
        response = await partner.post(
            f"{base}/payments/{payment['id']}/return",
            json={"reason": "Insufficient funds", "returned_on": "2026-03-12"},
        )
        assert response.status_code == 200, response.text
        assert "location" not in response.headers
        body = response.json()
        assert (body["status"], body["unapplied"], body["decline"]["text"]) == ("returned", 0, "Insufficient funds")
        assert (await partner.get(f"{base}/payments/{payment['id']}")).json() == body
        invoice = await invoice_of(portal, invoice_id)
        assert (invoice["status"], invoice["amount_due"], invoice["paid"]) == ("open", 10_000, 0)
        assert [(one["amount"], one["reason"]) for one in invoice["applications"]] == [
            (10_000, None),
            (-10_000, "return"),
        ]
        assert await balance_of(portal) == before
        (entry, *_) = (await portal.get("/v1/transactions?type=return")).json()["data"]
        assert (entry["effective_on"], entry["amount"], entry["balance_effect"]) == ("2026-03-12", 12_000, 12_000)

    async def test_a_use_that_was_undone_before_is_not_undone_again(
        self, partner: Partner, portal: Portal, services: Services, base: str
    ) -> None:
        first, second = [await post_invoice(services, portal.account_id, 1_000) for _ in range(2)]
        payment = (await record(partner, base, check_of(2_000, (first, 1_000), (second, 1_000)))).json()
        applied = (await partner.get(f"{base}/applications?invoice_id={first}")).json()["data"][0]
        await partner.post(f"{base}/applications/{applied['id']}/reversal", json={})
        await partner.post(f"{base}/payments/{payment['id']}/return", json={"reason": "Stopped"})
        for invoice_id in (first, second):
            invoice = await invoice_of(portal, invoice_id)
            assert (invoice["amount_due"], [one["amount"] for one in invoice["applications"]]) == (
                1_000,
                [1_000, -1_000],
            )
        assert (await balance_of(portal))[:2] == (2_000, 2_000)

    async def test_it_is_returned_once(self, partner: Partner, base: str) -> None:
        payment = (await record(partner, base, check_of(700))).json()
        address, key = f"{base}/payments/{payment['id']}/return", new_key()
        responses = [await partner.post(address, json={"reason": "Stopped"}, headers=key) for _ in range(2)]
        assert [response.status_code for response in responses] == [200, 200]
        assert responses[0].content == responses[1].content
        assert "location" not in responses[1].headers
        body = problem(await partner.post(address, json={"reason": "Stopped"}), 409, "payment_not_succeeded")
        assert body["payment_status"] == "returned"

    async def test_a_card_payment_cannot_be_returned(
        self, partner: Partner, portal: Portal, services: Services, base: str
    ) -> None:
        invoice_id = await post_invoice(services, portal.account_id, 1_000)
        payment = (await pay(portal, await store_card(portal), invoice_id)).json()
        address = f"{base}/payments/{payment['id']}/return"
        problem(await partner.post(address, json={"reason": "Stopped"}), 409, "payment_not_offline")

    async def test_the_event_says_so(self, partner: Partner, base: str, sql: Sql) -> None:
        payment = (await record(partner, base, check_of(700))).json()
        await partner.post(f"{base}/payments/{payment['id']}/return", json={"reason": "Stopped"})
        kinds = await sql.fetch("SELECT kind FROM outbox_events WHERE subject_id = $1 ORDER BY id", UUID(payment["id"]))
        assert [row["kind"] for row in kinds] == ["payment.succeeded", "payment.returned"]


async def test_lists_are_the_accounts_own(partner: Partner, stranger: Portal, base: str) -> None:
    payment = (await record(partner, base, check_of(700))).json()
    listed = (await partner.get(f"{base}/payments?type=check&status=succeeded")).json()["data"]
    assert [one["id"] for one in listed] == [payment["id"]]
    assert (await partner.get(f"/v1/accounts/{stranger.account_id}/payments")).json()["data"] == []
