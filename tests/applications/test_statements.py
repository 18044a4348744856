"""Statements prove themselves over all that the back office does and undoes."""

from tests.account_payments.test_routes import check_of, record
from tests.applications.test_routes import SOURCES, apply, reverse, source_of, use_of
from tests.factories.invoices import post_invoice
from tests.fixtures.partners import Partner
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


async def test_opening_and_movements_are_the_closing_balance(
    partner: Partner, portal: Portal, services: Services, base: str
) -> None:
    """Each kind of entry has its line, also on paper."""
    invoice_id = await post_invoice(services, portal.account_id, 20_000)
    for source in SOURCES:
        source_id = await source_of(services, portal.account_id, source)
        use = use_of(source, source_id, invoice_id, applied_on="2026-03-20")
        await reverse(partner, base, (await apply(partner, base, use)).json(), reversed_on="2026-03-25")
    written_off = {"invoice_id": str(invoice_id), "currency": "USD", "amount": 75, "written_off_on": "2026-03-21"}
    made = (await partner.post(f"{base}/write-offs", json=written_off)).json()
    await partner.post(f"{base}/write-offs/{made['id']}/reversal", json={"reversed_on": "2026-03-26"})
    bounced = (await record(partner, base, check_of(4_000, (invoice_id, 3_000)))).json()
    returned = {"reason": "Stopped", "returned_on": "2026-03-27"}
    await partner.post(f"{base}/payments/{bounced['id']}/return", json=returned)

    period = {"type": "activity", "date_from": "2026-03-15", "date_to": "2026-03-31"}
    statement = (await portal.post("/v1/statements", json=period)).json()
    (figures,) = statement["balances"]
    (balance,) = (await portal.get("/v1/balance?as_of=2026-03-31")).json()["balances"]
    assert figures["closing_balance"] == balance["balance"] == 20_000 - len(SOURCES) * 5_000
    lines = (await portal.get(f"/v1/statements/{statement['id']}/lines?limit=100")).json()["data"]
    assert figures["opening_balance"] + sum(line["balance_effect"] for line in lines) == figures["closing_balance"]
    assert {line["type"] for line in lines} == {
        *("payment_application", "payment_application_reversal"),
        *("credit_application", "credit_application_reversal"),
        *("deposit_application", "deposit_application_reversal"),
        *("write_off", "write_off_reversal", "return"),
    }
    printed = await portal.get(f"/v1/statements/{statement['id']}/pdf")
    assert printed.content.startswith(b"%PDF")
