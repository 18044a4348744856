"""The gateway's response is compared with the order in every field: a difference is an alarm and never a success."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from billing_api.config import Settings
from billing_api.errors import AppError
from billing_api.gateway.methods import MethodKind
from billing_api.main import create_app
from billing_api.payment_methods.errors import CurrencyNotPayableError
from billing_api.payments.errors import PaymentNotSentError
from billing_api.payments.schemas import PaymentCreate
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, lose_sale, of_invoices, pay, store_card
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import GatewayResponse, rewriting
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import looks
from tests.payments.conftest import Books, BooksOf, SalesOf, order_of, request_of

PAYMENTS = "/v1/payments"
WRONG = {"USD": "sandbox_credit_card", "JPY": "sandbox_credit_card"}


def counted() -> float:
    return REGISTRY.get_sample_value("gateway_answers_different_total", {"operation": "charge"}) or 0


async def find_alarms(sql: Sql, payment_id: UUID) -> int:
    return int(
        await sql.fetchval(
            "SELECT count(*) FROM audit_log WHERE subject_id = $1 AND action = 'payment.charge_differs'", payment_id
        )
    )


@pytest.fixture
async def lost(services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str) -> UUID:
    """A payment of 100 dollars whose request never arrived."""
    invoice = await post_invoice(services, portal.account_id, 10_000)
    lose_sale(sandbox, token, commit=False)
    return UUID((await pay(portal, card, invoice)).json()["id"])


def sale_of(payment_id: UUID, token: str, **fields: object) -> dict[str, Any]:
    """Return the SDK's parameters for a sale like the payment's."""
    return {
        "amount": "100.00",
        "payment_method_token": token,
        "order_id": str(payment_id),
        "options": {"submit_for_settlement": True},
        **fields,
    }


@pytest.mark.parametrize(
    "difference",
    [{"amount": "10.00"}, {"merchant_account_id": "aib_swe_ma", "tax_amount": "1.00"}, {"another": "card"}],
    ids=["amount", "currency", "token"],
)
async def test_a_sale_that_is_not_what_was_ordered_is_no_success(
    portal: Portal,
    sandbox: Sandbox,
    token: str,
    lost: UUID,
    later: Later,
    books_of: BooksOf,
    sql: Sql,
    difference: dict[str, str],
) -> None:
    if "another" in difference:
        other = await store_card(portal)
        token, difference = await sql.fetchval("SELECT token FROM payment_methods WHERE id = $1", UUID(other["id"])), {}
    result = await asyncio.to_thread(sandbox.gateway().transaction.sale, sale_of(lost, token, **difference))
    assert result.is_success, result.message
    before = counted()
    for alarms in (1, 2):
        later.clock.forward(days=1)
        with capture_logs() as logs:
            assert (await later.services.payment_checks.resolve(portal.account_id, lost)).status == "unknown"
        assert [log["event"] for log in logs if log["log_level"] == "error"] == ["charge_differs_from_order"]
        assert (await find_alarms(sql, lost), counted()) == (1, before + alarms)  # the log has each difference once
    assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=10_000, cash=0)
    # A person looks, and voids it.
    await asyncio.to_thread(sandbox.gateway().transaction.void, result.transaction.id)
    assert (await later.services.payment_checks.resolve(portal.account_id, lost)).status == "cancelled"
    assert await books_of(portal.account_id) == Books(receivable=10_000, customer_credit=0, pending=0, cash=0)


async def test_a_sale_that_is_only_authorised_is_an_alarm_until_it_is_voided(
    portal: Portal, sandbox: Sandbox, token: str, lost: UUID, later: Later, sql: Sql
) -> None:
    """Money is held that will not be taken: an ordered sale is submitted for settlement at once."""
    sale = await asyncio.to_thread(sandbox.gateway().transaction.sale, sale_of(lost, token, options={}))
    assert sale.transaction.status == "authorized"
    later.clock.forward(days=1)
    assert (await later.services.payment_checks.resolve(portal.account_id, lost)).status == "unknown"
    assert await find_alarms(sql, lost) == 1
    await asyncio.to_thread(sandbox.gateway().transaction.void, sale.transaction.id)
    assert (await later.services.payment_checks.resolve(portal.account_id, lost)).status == "cancelled"


async def test_a_refund_under_the_same_order_id_is_no_sale(
    services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, later: Later
) -> None:
    """Refunds inherit the order id of their sale."""
    invoice = await post_invoice(services, portal.account_id, 10_000)
    lose_sale(sandbox, token, commit=True)
    payment_id = UUID((await pay(portal, card, invoice)).json()["id"])
    (sale,) = sandbox.transactions(order_id=str(payment_id))
    sandbox.control("POST", f"/transactions/{sale['id']}/settle")
    refund = {"amount": "100.00", "order_id": str(payment_id)}
    assert (await asyncio.to_thread(sandbox.gateway().transaction.refund, sale["id"], refund)).is_success
    with capture_logs() as logs:
        assert (await later.services.payment_checks.resolve(portal.account_id, payment_id)).status == "succeeded"
    assert [log for log in logs if log["log_level"] == "error"] == []


async def decline_another_order(sandbox: Sandbox, token: str) -> str:
    """Make a declined sale of 2000 dollars with the same card; return its order id."""
    order_id = str(uuid4())
    result = await asyncio.to_thread(
        sandbox.gateway().transaction.sale, {**sale_of(uuid4(), token), "order_id": order_id, "amount": "2000.00"}
    )
    assert not result.is_success
    return order_id


class TestAnotherOrdersDecline:
    """The decline of another order says nothing about our own sale, which may have taken money."""

    async def test_a_search_that_finds_another_order_is_not_believed(
        self,
        settings: Settings,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        later: Later,
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000)
        lose_sale(sandbox, token, commit=True)
        payment_id = (await pay(portal, card, invoice)).json()["id"]
        other_id = await decline_another_order(sandbox, token)
        later.clock.forward(minutes=6)
        async with (
            rewriting(sandbox.port) as between,
            open_services(settings.model_copy(update={"gateway_port": between.port}), later.clock) as far,
        ):
            between.request = lambda body: body.replace(payment_id.encode(), other_id.encode())
            with capture_logs() as logs:
                assert (await far.payment_checks.resolve(portal.account_id, UUID(payment_id))).status == "unknown"
        assert "gateway_answer_differs" in [log["event"] for log in logs if log["log_level"] == "error"]
        assert (await later.services.payment_checks.resolve(portal.account_id, UUID(payment_id))).status == "succeeded"

    async def test_a_response_about_another_order_leaves_the_outcome_open(
        self,
        settings: Settings,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        later: Later,
        sql: Sql,
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000)
        declined = sandbox.transactions(order_id=await decline_another_order(sandbox, token))[0]["id"]

        def answer_another(method: str, path: str, _body: bytes, response: GatewayResponse) -> GatewayResponse:
            if method != "POST" or not path.endswith("/transactions"):
                return response
            shown = httpx.get(
                f"{sandbox.url}{path}/{declined}",
                auth=("integration_public_key", "integration_private_key"),
                headers={"X-ApiVersion": "6"},
                trust_env=False,
            )
            assert shown.status_code == 200, shown.text
            refusal = b"<errors><errors type='array'/></errors><params/><message>Do Not Honor</message>"
            return 422, b"<api-error-response>" + refusal + shown.content.partition(b"?>")[2] + b"</api-error-response>"

        async with (
            rewriting(sandbox.port) as between,
            open_services(settings.model_copy(update={"gateway_port": between.port}), later.clock) as far,
        ):
            between.response = answer_another
            payment = await far.payments.pay(portal.account_id, order_of(card, invoice), request_of())
        assert (payment.status, await find_alarms(sql, payment.id)) == ("unknown", 1)
        later.clock.forward(minutes=6)
        assert (await later.services.payment_checks.resolve(portal.account_id, payment.id)).status == "succeeded"


async def test_a_decline_beside_a_differing_charge_does_not_end_the_payment(
    portal: Portal, sandbox: Sandbox, token: str, lost: UUID, later: Later, sql: Sql
) -> None:
    sale = sandbox.gateway().transaction.sale
    declined = await asyncio.to_thread(sale, sale_of(lost, token, amount="2000.00"))
    assert not declined.is_success
    differing = await asyncio.to_thread(sale, sale_of(lost, token, amount="50.00"))
    assert differing.is_success
    later.clock.forward(minutes=6)
    assert (await later.services.payment_checks.resolve(portal.account_id, lost)).status == "unknown"
    assert await find_alarms(sql, lost) == 2


class TestMerchantAccountOfAnotherCurrency:
    @pytest.fixture
    def wrong(self, settings: Settings) -> Settings:
        """Yen are to be charged by an account that charges dollars."""
        return settings.model_copy(update={"gateway_merchant_accounts": WRONG})

    @pytest.fixture
    async def yen(self, services: Services, portal: Portal, card: Json) -> PaymentCreate:
        """An invoice of 1050 yen, to be paid by card."""
        invoice = await post_invoice(services, portal.account_id, 1_050, currency="JPY")
        return PaymentCreate.model_validate(
            {"currency": "JPY", "pay": of_invoices({"invoice_id": str(invoice)}), "payment_method_id": card["id"]}
        )

    async def test_it_is_refused_before_anything_is_charged(
        self, wrong: Settings, portal: Portal, yen: PaymentCreate, sales_of: SalesOf
    ) -> None:
        async with open_services(wrong) as services:
            with capture_logs() as logs, pytest.raises(CurrencyNotPayableError):
                await services.payments.pay(portal.account_id, yen, request_of())
            assert [(log["event"], log["wanted"], log["found"]) for log in logs if log["log_level"] == "error"] == [
                ("merchant_account_refused", "JPY", "USD")
            ]
            assert services.gateway.can_charge(MethodKind.CARD, "USD")
        assert await sales_of(portal.account_id) == []

    async def test_nothing_is_charged_while_the_gateway_does_not_respond(
        self, wrong: Settings, portal: Portal, sandbox: Sandbox, yen: PaymentCreate, sales_of: SalesOf
    ) -> None:
        sandbox.fault("status", status=503, times=2, match={"path": "^/merchant_accounts/"})
        async with open_services(wrong) as services:
            with pytest.raises(PaymentNotSentError):
                await services.payments.pay(portal.account_id, yen, request_of())
        assert await sales_of(portal.account_id) == []

    @pytest.mark.parametrize(
        ("status", "refusal"), [(403, PaymentNotSentError), (404, CurrencyNotPayableError), (503, PaymentNotSentError)]
    )
    async def test_nothing_is_charged_by_an_account_whose_currency_is_not_verified(
        self,
        wrong: Settings,
        portal: Portal,
        sandbox: Sandbox,
        yen: PaymentCreate,
        sales_of: SalesOf,
        status: int,
        refusal: type[AppError],
    ) -> None:
        fault = sandbox.fault("status", status=status, times=99, match={"path": "^/merchant_accounts/"})
        clock = MovableClock()
        async with open_services(wrong, clock) as services:
            for _ in range(2):
                with pytest.raises(refusal):
                    await services.payments.pay(portal.account_id, yen, request_of())
            sandbox.control("DELETE", f"/faults/{fault}")
            clock.forward(minutes=1)
            with pytest.raises(CurrencyNotPayableError):  # the account charges dollars
                await services.payments.pay(portal.account_id, yen, request_of())
        assert await sales_of(portal.account_id) == []

    @pytest.mark.parametrize("status", [403, 404])
    async def test_a_hidden_merchant_account_is_read_again_a_minute_later(
        self, settings: Settings, services: Services, portal: Portal, sandbox: Sandbox, card: Json, status: int
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 10_000)
        key, clock = str(uuid4()), MovableClock()
        fault = sandbox.fault("status", status=status, times=99, match={"path": "^/merchant_accounts/"})
        async with open_services(settings, clock) as fresh:
            for _ in range(3):
                with pytest.raises((PaymentNotSentError, CurrencyNotPayableError)):
                    await fresh.payments.pay(portal.account_id, order_of(card, invoice), request_of(key))
            asked = sandbox.hits(fault)
            sandbox.control("DELETE", f"/faults/{fault}")
            clock.forward(minutes=1)
            payment = await fresh.payments.pay(portal.account_id, order_of(card, invoice), request_of(key))
        assert payment.status == "succeeded"
        assert asked == len({*settings.gateway_merchant_accounts, "ACH"})

    async def test_the_service_finds_the_wrong_currency_when_it_starts(self, wrong: Settings) -> None:
        app = create_app(wrong)
        async with app.router.lifespan_context(app):
            gateway = Services(app.state.parts).gateway
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://billing.test") as client:
                for _ in looks("the merchant accounts are checked"):
                    if not gateway.can_charge(MethodKind.CARD, "JPY"):
                        break
                    await client.get("/readyz")
                shown = (await client.get("/v1/portal-config")).json()
        assert (shown["card_currencies"], shown["bank_account_currencies"]) == (["USD"], ["USD"])

    async def test_the_service_starts_without_the_gateway(self, wrong: Settings, unused_port: int) -> None:
        app = create_app(wrong.model_copy(update={"gateway_port": unused_port}))
        async with app.router.lifespan_context(app):
            assert Services(app.state.parts).gateway.can_charge(MethodKind.CARD, "USD")
