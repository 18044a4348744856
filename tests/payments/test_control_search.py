"""A search that finds nothing counts only when the control search finds its sale."""

from collections.abc import AsyncIterator
from uuid import UUID

import pytest

from billing_api.config import Settings
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, lose_sale, pay, pay_and_lose_response
from tests.fixtures.later import Later
from tests.fixtures.queries import Sql
from tests.fixtures.rewriting import Between, GatewayResponse, as_it_is, rewriting
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import EVERYTHING

pytestmark = pytest.mark.usefixtures("nothing_else_due")

PAYMENTS = "/v1/payments"


NOTHING_FOUND = b"<search-results><page-size type='integer'>50</page-size><ids type='array'/></search-results>"
NOTHING_SHOWN = b"<credit-card-transactions type='collection'/>"


@pytest.fixture
async def far(settings: Settings, sandbox: Sandbox) -> AsyncIterator[tuple[Later, Between]]:
    """Later, with a gateway whose responses can be rewritten."""
    clock = MovableClock()
    async with (
        rewriting(sandbox.port) as between,
        open_services(settings.model_copy(update={"gateway_port": between.port}), clock) as services,
    ):
        yield Later(services, clock), between


class TestSearchThatFindsNothing:
    """The merchant is the right one, and every customer is found."""

    @pytest.fixture
    async def lost(
        self, services: Services, portal: Portal, sandbox: Sandbox, card: Json, token: str, known: str
    ) -> UUID:
        """A payment that the gateway took after the known sale, and whose response is lost."""
        del known
        return await pay_and_lose_response(services, portal, sandbox, card, token)

    @pytest.fixture
    async def known(self, services: Services, portal: Portal, card: Json) -> str:
        """The order id of a sale that the gateway has confirmed."""
        response = await pay(portal, card, await post_invoice(services, portal.account_id))
        assert response.status_code == 201
        return str(response.json()["id"])

    @pytest.mark.parametrize(
        ("request_path", "nothing", "count"),
        [
            ("/transactions/advanced_search_ids", NOTHING_FOUND, "not believed"),
            ("/transactions/advanced_search", NOTHING_SHOWN, "failed"),
        ],
        ids=["no ids", "ids, and an empty page"],
    )
    async def test_it_is_not_believed(
        self,
        portal: Portal,
        lost: UUID,
        far: tuple[Later, Between],
        request_path: str,
        nothing: bytes,
        count: str,
    ) -> None:
        later, between = far
        between.response = lambda _method, path, _body, response: (
            (200, nothing) if path.endswith(request_path) else response
        )
        for _ in range(3):
            later.clock.forward(hours=2)
            assert await later.services.payment_checks.resolve_due(EVERYTHING) == {count: 1}
        assert (await portal.get(f"{PAYMENTS}/{lost}")).json()["status"] == "unknown"
        between.response = as_it_is
        later.clock.forward(hours=2)
        assert await later.services.payment_checks.resolve_due(EVERYTHING) == {"final": 1}
        assert (await portal.get(f"{PAYMENTS}/{lost}")).json()["status"] == "succeeded"

    async def test_the_known_sale_is_searched_once_in_a_batch(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        known: str,
        far: tuple[Later, Between],
    ) -> None:
        later, between = far
        invoice = await post_invoice(services, portal.account_id, 10_000)
        for _ in range(3):
            lose_sale(sandbox, token, commit=False)
            assert (await pay(portal, card, (invoice, 100))).status_code == 202
        looked_for: list[bool] = []

        def count(_method: str, path: str, body: bytes, response: GatewayResponse) -> GatewayResponse:
            if path.endswith("/advanced_search_ids"):
                looked_for.append(known.encode() in body)
            return response

        between.response = count
        for minutes, end in ((6, "live"), (60, "final")):
            later.clock.forward(minutes=minutes)
            assert await later.services.payment_checks.resolve_due(EVERYTHING) == {end: 3}
            assert sorted(looked_for) == [False, False, False, True]
            looked_for.clear()

    async def test_the_customer_alone_is_the_control_while_no_sale_is_known(
        self,
        services: Services,
        portal: Portal,
        sandbox: Sandbox,
        card: Json,
        token: str,
        later: Later,
        sql: Sql,
    ) -> None:
        """As in a new installation, or after a move to another merchant, where earlier sales are not found."""
        # Other tests move their clocks, and leave sales of days to come.
        await sql.execute(
            "UPDATE gateway_customers SET confirmed_at = greatest(now(), last.sale + interval '1 second') "
            "FROM (SELECT max(created_at) AS sale FROM payments) AS last WHERE confirmed_at IS NOT NULL"
        )
        invoice = await post_invoice(services, portal.account_id, 10_000)
        lose_sale(sandbox, token, commit=False)
        assert (await pay(portal, card, invoice)).status_code == 202
        looked_for = sandbox.fault("delay", seconds=0, times=100, match={"path": "advanced_search_ids$"})
        for minutes, end in ((6, "live"), (60, "final")):
            later.clock.forward(minutes=minutes)
            assert await later.services.payment_checks.resolve_due(EVERYTHING) == {end: 1}
        assert sandbox.hits(looked_for) == 2
        sandbox.control("DELETE", f"/faults/{looked_for}")
