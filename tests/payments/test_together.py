"""Due payments are searched for together, and each gets the outcome that a search of its own would give it."""

from collections import Counter
from collections.abc import AsyncIterator
from uuid import UUID, uuid4

import pytest

from billing_api.config import Settings
from billing_api.gateway.braintree import results
from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.charges import ChargeStatus, OrderedSale
from billing_api.kit.ids import new_id
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import lose_sale, pay, store_bank_account, store_card
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import Between, GatewayResponse, rewriting
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING
from tests.payments.late import charged_late

pytestmark = pytest.mark.usefixtures("nothing_else_due")
PAYMENTS = 20


@pytest.fixture
async def far(settings: Settings, sandbox: Sandbox) -> AsyncIterator[tuple[Later, Between]]:
    """Later, with a gateway whose requests can be counted."""
    clock = MovableClock()
    async with (
        rewriting(sandbox.port) as between,
        open_services(settings.model_copy(update={"gateway_port": between.port}), clock) as services,
    ):
        yield Later(services, clock), between


def count_requests(between: Between) -> Counter[str]:
    """Count the requests from now on, by the last part of their path."""
    counts = Counter[str]()

    def count(_method: str, path: str, _body: bytes, response: GatewayResponse) -> GatewayResponse:
        counts[path.rpartition("/")[2]] += 1
        return response

    between.response = count
    return counts


def cut_off(xml: bytes, most: int) -> bytes:
    """Return the ids of a search as a gateway returns them that shows so many at most."""
    head, *ids = xml.split(b"<item>")
    *_, last = ids or [b""]
    tail = last.partition(b"</item>")[2]
    shown = [one.partition(b"</item>")[0] for one in ids[:most]]
    return head + b"".join(b"<item>" + one + b"</item>" for one in shown) + tail if ids else xml


async def transfers(services: Services, portal: Portal, count: int) -> list[UUID]:
    """Pay by bank transfers, which are under way then."""
    account = await store_bank_account(portal)
    made = []
    for _ in range(count):
        invoice = await post_invoice(services, portal.account_id, 1_000)
        made.append(UUID((await pay(portal, account, invoice)).json()["id"]))
    return made


async def statuses(portal: Portal) -> Counter[str]:
    found = (await portal.get("/v1/payments?limit=100")).json()["data"]
    return Counter(one["status"] for one in found)


async def test_many_take_a_request_for_all_and_one_for_each_page(
    services: Services, portal: Portal, far: tuple[Later, Between], sandbox: Sandbox
) -> None:
    """Where one find each took 40 requests."""
    later, between = far
    ids = await transfers(services, portal, PAYMENTS)
    requests = count_requests(between)
    later.clock.forward(minutes=6)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"live": PAYMENTS}
    assert requests["advanced_search_ids"] <= 2  # a minute may end between the payments
    assert requests.total() <= 4
    for payment_id in ids[:10]:
        (sale,) = sandbox.transactions(order_id=str(payment_id))
        sandbox.control("POST", f"/transactions/{sale['id']}/settle")
    later.clock.forward(hours=1)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"final": 10, "live": PAYMENTS - 10}
    assert requests.total() <= 8
    assert await statuses(portal) == {"succeeded": 10, "processing": PAYMENTS - 10}


async def test_each_gets_its_own_outcome(
    services: Services, portal: Portal, far: tuple[Later, Between], sandbox: Sandbox, sql: Sql
) -> None:
    """Found, absent, declined, and charged twice: what is one too many is given back."""
    later, _ = far
    processing, _ = await transfers(services, portal, 2)
    token = await sql.fetchval("SELECT method_token FROM payments WHERE id = $1", processing)
    await charged_late(sandbox, processing, token, amount="10.00", merchant="us_bank_merchant_account")
    card = await store_card(portal)
    card_token = await sql.fetchval("SELECT token FROM payment_methods WHERE id = $1", UUID(card["id"]))
    for commit, amount in ((True, 1_000), (False, 1_000), (True, 200_100)):
        lose_sale(sandbox, card_token, commit=commit)
        assert (await pay(portal, card, await post_invoice(services, portal.account_id, amount))).status_code == 202
    later.clock.forward(minutes=6)
    assert (await later.services.payment_checks.resolve_due(EVERYTHING))["failed"] == 0
    assert await statuses(portal) == {"processing": 2, "succeeded": 1, "unknown": 1, "declined": 1}
    later.clock.forward(hours=1)
    assert (await later.services.payment_checks.resolve_due(EVERYTHING))["failed"] == 0
    assert await statuses(portal) == {"processing": 2, "succeeded": 1, "failed": 1, "declined": 1}
    assert sorted(one["status"] for one in sandbox.transactions(order_id=str(processing))) == [
        "settlement_pending",
        "voided",
    ]


async def test_where_they_can_not_be_found_together_each_is_looked_up_alone(
    services: Services, portal: Portal, far: tuple[Later, Between], sandbox: Sandbox
) -> None:
    later, _ = far
    await transfers(services, portal, 5)
    fault = sandbox.fault("status", status=503, match={"path": "/advanced_search_ids$"})
    later.clock.forward(minutes=6)
    assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"live": 5}
    assert sandbox.hits(fault) == 1


async def test_a_gateway_that_is_away_is_asked_few_times(
    services: Services, portal: Portal, far: tuple[Later, Between], sandbox: Sandbox
) -> None:
    later, between = far
    await transfers(services, portal, 20)
    requests = count_requests(between)
    fault = sandbox.fault("status", status=503, match={"path": "/advanced_search_ids$"}, times=100)
    later.clock.forward(minutes=6)
    counts = await later.services.payment_checks.resolve_due(EVERYTHING)
    assert counts["failed"] + counts["not tried"] == 20
    assert requests.total() <= 10
    sandbox.control("DELETE", f"/faults/{fault}")


async def test_sales_of_far_times_are_not_found_by_those_between(sandbox: Sandbox, settings: Settings) -> None:
    """A search that finds far more than it wants is divided."""
    adapter = BraintreeAdapter(settings)
    mine = [str(new_id()), f"{str(new_id())[:3]}{uuid4().hex[3:8]}-{str(new_id())[9:]}"]
    wanted = [OrderedSale(order_id=one, token=None, amount=1_000, currency="USD") for one in mine]
    gateway = sandbox.gateway()
    sold = [
        gateway.transaction.sale({"amount": "10.00", "order_id": one, "payment_method_nonce": "fake-valid-nonce"})
        for one in (*mine, *(str(new_id()) for _ in range(120)))
    ]
    found = await adapter.find_charges_together(wanted)
    assert [[one.transaction_id for one in found[order_id]] for order_id in mine] == [
        [sold[0].transaction.id],
        [sold[1].transaction.id],
    ]
    assert {one.status for charges in found.values() for one in charges} <= {ChargeStatus.UNKNOWN}
    await adapter.close()


async def test_a_search_that_is_cut_off_is_divided(
    sandbox: Sandbox, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sales beyond the most results of a search would be called absent."""
    most = 20
    monkeypatch.setattr(results, "MOST_RESULTS", most)
    mine = sorted(str(new_id()) for _ in range(30))
    gateway = sandbox.gateway()
    for one in mine:
        gateway.transaction.sale({"amount": "10.00", "order_id": one, "payment_method_nonce": "fake-valid-nonce"})
    async with rewriting(sandbox.port) as between:
        between.response = lambda _method, path, _body, response: (
            (response[0], cut_off(response[1], most)) if path.endswith("/advanced_search_ids") else response
        )
        adapter = BraintreeAdapter(settings.model_copy(update={"gateway_port": between.port}))
        wanted = [OrderedSale(order_id=one, token=None, amount=1_000, currency="USD") for one in mine]
        found = await adapter.find_charges_together(wanted)
        await adapter.close()
    assert [len(found[order_id]) for order_id in mine] == [1] * len(mine)
