"""Level 2 and 3 data on charges, as the gateway keeps them."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from billing_api.config import Settings
from billing_api.payment_settings import PurchaseDataLevel
from billing_api.payments.schemas import PaymentCreate
from braintree_sandbox.testing import Sandbox
from tests.factories.addresses import add_address
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay, store_bank_account
from tests.fixtures.services import Services, open_services
from tests.fixtures.signed_in import Portal
from tests.payments.conftest import SalesOf, order_of, request_of

LINES: list[Json] = [
    {"description": "Oak panels, brushed", "quantity": "12.5", "unit_amount": 600, "amount": 7_500},
    {"description": "Delivery", "amount": 2_500},
    {"description": "Returned pallet", "amount": -1_000},
]
BILLED: Json = {"lines": LINES, "taxes": [{"name": "Sales tax", "amount": 825}], "po_number": "PO-7781"}


@pytest.fixture
async def detailed(settings: Settings) -> AsyncIterator[Services]:
    """The services of a vendor who sends level 3 data."""
    update = {"level_2_3": PurchaseDataLevel.LEVEL_3, "ships_from_postal_code": "97201"}
    async with open_services(settings.model_copy(update=update)) as services:
        yield services


async def sale_of(sandbox: Sandbox, portal: Portal, sales_of: SalesOf) -> Any:
    """The account's one sale, as the gateway shows it."""
    (sale,) = await sales_of(portal.account_id)
    return sandbox.gateway().transaction.find(sale["id"])


async def test_a_whole_invoice_is_told_line_by_line(
    detailed: Services, portal: Portal, card: Json, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    await add_address(portal, postal_code="60622", default_shipping=True)
    invoice = await post_invoice(detailed, portal.account_id, **BILLED)
    await detailed.payments.pay(portal.account_id, order_of(card, invoice), request_of())
    sale = await sale_of(sandbox, portal, sales_of)
    items = sandbox.gateway().transaction_line_item.find_all(sale.id)
    assert (sale.purchase_order_number, str(sale.tax_amount), sale.ships_from_postal_code) == (
        "PO-7781",
        "8.25",
        "97201",
    )
    assert (sale.shipping_details.postal_code, str(sale.shipping_amount)) == ("60622", "0.00")
    assert [(one.name, one.kind, str(one.quantity), str(one.unit_amount), str(one.total_amount)) for one in items] == [
        ("Oak panels, brushed", "debit", "12.5", "6.00", "75.00"),
        ("Delivery", "debit", "1", "25.00", "25.00"),
        ("Returned pallet", "credit", "1", "10.00", "10.00"),
    ]
    assert str(sale.amount) == "98.25"


async def test_a_part_of_an_invoice_has_its_purchase_order_alone(
    detailed: Services, portal: Portal, card: Json, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    invoice = await post_invoice(detailed, portal.account_id, **BILLED)
    wanted = order_of(card, invoice).model_dump(mode="json")
    wanted["pay"]["invoices"][0]["amount"] = 5_000
    await detailed.payments.pay(portal.account_id, PaymentCreate.model_validate(wanted), request_of())
    sale = await sale_of(sandbox, portal, sales_of)
    assert (sale.purchase_order_number, sale.tax_amount) == ("PO-7781", None)
    assert sandbox.gateway().transaction_line_item.find_all(sale.id) == []


async def test_an_invoice_of_a_thousand_lines_is_one_item(
    detailed: Services, portal: Portal, card: Json, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    lines = [{"description": f"Line {number}", "amount": 10} for number in range(1000)]
    invoice = await post_invoice(detailed, portal.account_id, number="INV-77", lines=lines)
    await detailed.payments.pay(portal.account_id, order_of(card, invoice), request_of())
    sale = await sale_of(sandbox, portal, sales_of)
    (item,) = sandbox.gateway().transaction_line_item.find_all(sale.id)
    assert (item.name, str(item.total_amount)) == ("Invoice INV-77", "100.00")


async def test_a_bank_account_needs_none(
    detailed: Services, portal: Portal, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    account = await store_bank_account(portal)
    invoice = await post_invoice(detailed, portal.account_id, **BILLED)
    await detailed.payments.pay(portal.account_id, order_of(account, invoice), request_of())
    assert (await sale_of(sandbox, portal, sales_of)).purchase_order_number is None


async def test_data_that_the_gateway_refuses_are_left_out(
    settings: Settings, portal: Portal, card: Json, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    """The refusal says that nothing was charged, so the order is sent again without them."""
    update = {"level_2_3": PurchaseDataLevel.LEVEL_3, "ships_from_postal_code": "not a postal code"}
    async with open_services(settings.model_copy(update=update)) as services:
        invoice = await post_invoice(services, portal.account_id, **BILLED)
        paid = await services.payments.pay(portal.account_id, order_of(card, invoice), request_of())
    assert paid.status == "succeeded"
    assert (await sale_of(sandbox, portal, sales_of)).purchase_order_number is None


async def test_unless_the_vendor_wants_them_nothing_is_sent(
    services: Services, portal: Portal, card: Json, sandbox: Sandbox, sales_of: SalesOf
) -> None:
    invoice = await post_invoice(services, portal.account_id, **BILLED)
    assert (await pay(portal, card, invoice)).status_code == 201
    sale = await sale_of(sandbox, portal, sales_of)
    assert (sale.purchase_order_number, sale.tax_amount) == (None, None)
