"""What follows from a bank's return: words for the customer, a blocked account, the vendor's fee, the balance."""

from collections.abc import AsyncIterator, Awaitable, Callable
from uuid import UUID

import pytest

from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import MANDATE, Json, if_match, pay, store_bank_account
from tests.fixtures.post import Post, text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.buying import assert_books_add_up

Returned = Callable[..., Awaitable[Json]]


@pytest.fixture
async def with_fee(settings: Settings) -> AsyncIterator[Services]:
    """Services of a vendor who charges 15 dollars for a return."""
    clock = MovableClock()
    clock.forward(minutes=6)
    async with open_services(settings.model_copy(update={"return_fee": 1_500}), clock) as services:
        yield services


@pytest.fixture
def returned(services: Services, portal: Portal, sandbox: Sandbox, sql: Sql) -> Returned:
    """A bank transfer of 100 dollars that its bank has taken back, before or after it settled."""

    async def transfer(
        code: str, *, settled: bool = True, by: Services = services, account: Json | None = None
    ) -> Json:
        account = account or await store_bank_account(portal)
        payment = (await pay(portal, account, await post_invoice(services, portal.account_id, 10_000))).json()
        payment_id = UUID(payment["id"])
        transaction_id = await sql.fetchval("SELECT gateway_transaction_id FROM payments WHERE id = $1", payment_id)
        if settled:
            sandbox.control("POST", f"/transactions/{transaction_id}/settle")
            await by.payment_checks.look_up(portal.account_id, payment_id)
        sandbox.control("POST", f"/transactions/{transaction_id}/return", {"code": code})
        await by.payment_checks.look_up(portal.account_id, payment_id)
        found: Json = (await portal.get(f"/v1/payments/{payment_id}")).json()
        assert found["status"] == "returned"
        return found

    return transfer


class TestWords:
    @pytest.mark.parametrize("settled", [True, False])
    async def test_the_payment_says_why(self, returned: Returned, settled: bool) -> None:
        payment = await returned("R01", settled=settled)
        assert payment["decline"] == {
            "code": "R01",
            "text": "Insufficient Funds",
            "reason": "insufficient_funds",
            "message": "There was not enough money in the account.",
            "retry_may_help": True,
        }

    async def test_the_mail_says_why_and_what_to_do(self, returned: Returned, post: Post) -> None:
        for code in ("R01", "R02"):
            await returned(code)
        await post.tell()
        soft, hard = [text_of(mail) for mail in post.box.mails if "returned" in str(mail["Subject"])]
        assert "There was not enough money in the account." in soft
        assert "may succeed" in soft
        assert "The account is closed." in hard
        assert "can't pay again until it is added or verified anew" in hard

    async def test_the_receipt_says_why(self, returned: Returned, portal: Portal, services: Services) -> None:
        payment = await returned("R08")
        response = await portal.get(f"/v1/payments/{payment['id']}/receipt.pdf")
        assert response.status_code == 200


class TestBlocked:
    @pytest.mark.parametrize("settled", [True, False])
    async def test_a_hard_code_blocks_the_account(
        self, returned: Returned, portal: Portal, services: Services, settled: bool
    ) -> None:
        account = await store_bank_account(portal, default=True)
        await returned("R02", settled=settled, account=account)
        read = (await portal.get(f"/v1/payment-methods/{account['id']}")).json()
        assert (read["status"], read["default"]) == ("active", False)
        assert (read["blocked"]["code"], read["blocked"]["reason"]) == ("R02", "account_closed")
        refused = await pay(portal, account, await post_invoice(services, portal.account_id, 5_000))
        assert (refused.status_code, refused.json()["code"]) == (409, "payment_method_blocked")
        assert (refused.json()["decline_code"], refused.json()["decline_reason"]) == ("R02", "account_closed")
        default = await portal.patch(
            f"/v1/payment-methods/{account['id']}", json={"default": True}, headers=if_match(read)
        )
        assert (default.status_code, default.json()["code"]) == (409, "payment_method_blocked")

    async def test_a_soft_code_does_not(self, returned: Returned, portal: Portal, services: Services) -> None:
        account = await store_bank_account(portal)
        await returned("R01", account=account)
        assert (await portal.get(f"/v1/payment-methods/{account['id']}")).json()["blocked"] is None
        again = await pay(portal, account, await post_invoice(services, portal.account_id, 5_000))
        assert again.json()["status"] == "processing"

    async def test_the_account_that_is_added_again_pays(
        self, returned: Returned, portal: Portal, services: Services
    ) -> None:
        account = await store_bank_account(portal)
        await returned("R07", account=account)
        body = {"type": "us_bank_account", "nonce": "fake-us-bank-account-nonce", "mandate": MANDATE}
        added = await portal.post("/v1/payment-methods", json=body)
        assert added.status_code == 201, added.text
        assert (added.json()["id"] != account["id"], added.json()["blocked"]) == (True, None)
        paid = await pay(portal, added.json(), await post_invoice(services, portal.account_id, 5_000))
        assert paid.json()["status"] == "processing"

    async def test_an_account_that_is_verified_anew_pays(
        self, returned: Returned, portal: Portal, services: Services, sandbox: Sandbox, sql: Sql
    ) -> None:
        account = await store_bank_account(portal)
        await returned("R03", account=account)
        method_id = UUID(account["id"])
        await services.check_methods.check(portal.account_id, method_id)
        assert (await portal.get(f"/v1/payment-methods/{method_id}")).json()["blocked"]
        token = await sql.fetchval("SELECT token FROM payment_methods WHERE id = $1", method_id)
        sandbox.advance(seconds=1)  # the newest verification is found by its time, in whole seconds
        sandbox.gateway().payment_method.update(
            token,
            {
                "options": {
                    "verification_merchant_account_id": "us_bank_merchant_account",
                    "us_bank_account_verification_method": "independent_check",
                }
            },
        )
        await services.check_methods.check(portal.account_id, method_id)
        read = (await portal.get(f"/v1/payment-methods/{method_id}")).json()
        assert (read["status"], read["blocked"]) == ("active", None)
        paid = await pay(portal, account, await post_invoice(services, portal.account_id, 5_000))
        assert paid.json()["status"] == "processing"


class TestFee:
    @pytest.mark.parametrize("settled", [True, False])
    async def test_it_is_an_invoice_once(
        self, returned: Returned, with_fee: Services, portal: Portal, sql: Sql, settled: bool
    ) -> None:
        payment = await returned("R01", settled=settled, by=with_fee)
        await with_fee.payment_checks.look_up(portal.account_id, UUID(payment["id"]))
        fees = [one for one in (await portal.get("/v1/invoices")).json()["data"] if one["type"] == "fee"]
        assert [(fee["number"], fee["total"], fee["amount_due"]) for fee in fees] == [
            (f"FEE-{payment['number']}", 1_500, 1_500)
        ]
        invoice = (await portal.get(f"/v1/invoices/{fees[0]['id']}")).json()
        reason = "There was not enough money in the account."
        assert invoice["lines"][0]["description"] == f"Fee for the returned payment {payment['number']}: {reason}"
        await assert_books_add_up(sql, portal.account_id)

    async def test_its_words_are_in_the_customers_language(
        self, returned: Returned, with_fee: Services, portal: Portal, sql: Sql
    ) -> None:
        await sql.execute("UPDATE profiles SET locale = 'de-DE' WHERE account_id = $1", portal.account_id)
        payment = await returned("R02", by=with_fee)
        (fee,) = [one for one in (await portal.get("/v1/invoices")).json()["data"] if one["type"] == "fee"]
        (line,) = (await portal.get(f"/v1/invoices/{fee['id']}")).json()["lines"]
        assert (
            line["description"]
            == f"Gebühr für die zurückgebuchte Zahlung {payment['number']}: Das Konto ist geschlossen."
        )

    async def test_a_number_that_the_back_office_has_taken_is_no_way_out(
        self, returned: Returned, with_fee: Services, services: Services, portal: Portal
    ) -> None:
        await post_invoice(services, portal.account_id, 100, number="FEE-PMT-000001")
        payment = await returned("R01", by=with_fee)
        assert payment["number"] == "PMT-000001"
        fees = [one for one in (await portal.get("/v1/invoices")).json()["data"] if one["type"] == "fee"]
        assert [fee["total"] for fee in fees] == [1_500]

    async def test_none_is_charged_unless_the_vendor_says_so(self, returned: Returned, portal: Portal) -> None:
        await returned("R01")
        assert [one["type"] for one in (await portal.get("/v1/invoices")).json()["data"]] == ["invoice"]


async def test_the_balance_has_what_is_due_and_what_is_under_way(
    services: Services, portal: Portal, sandbox: Sandbox, sql: Sql
) -> None:
    """Due, pending, and due after pending: before the transfer settles, after that, and after its return."""

    async def balance() -> tuple[int, int, int]:
        (usd,) = (await portal.get("/v1/balance")).json()["balances"]
        return usd["due"], usd["pending"], usd["due_after_pending"]

    account = await store_bank_account(portal)
    payment = (await pay(portal, account, await post_invoice(services, portal.account_id, 10_000))).json()
    payment_id = UUID(payment["id"])
    assert await balance() == (10_000, 10_000, 0)
    transaction_id = await sql.fetchval("SELECT gateway_transaction_id FROM payments WHERE id = $1", payment_id)
    sandbox.control("POST", f"/transactions/{transaction_id}/settle")
    await services.payment_checks.look_up(portal.account_id, payment_id)
    assert await balance() == (0, 0, 0)
    sandbox.control("POST", f"/transactions/{transaction_id}/return", {"code": "R01"})
    await services.payment_checks.look_up(portal.account_id, payment_id)
    assert await balance() == (10_000, 0, 10_000)


async def test_an_account_that_its_bank_has_yet_to_confirm_can_not_pay_and_says_so(
    portal: Portal, services: Services, sandbox: Sandbox
) -> None:
    account = await store_bank_account(portal, sandbox.bank_nonce("1000000001"))
    assert account["status"] == "pending"
    refused = await pay(portal, account, await post_invoice(services, portal.account_id, 5_000))
    assert (refused.status_code, refused.json()["code"]) == (409, "payment_method_not_verified")
