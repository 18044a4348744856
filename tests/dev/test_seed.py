"""The demo data."""

from billing_api.config import Settings
from billing_api.dev.demo import DEMO_EMAIL
from billing_api.dev.demo_books import ACCOUNT
from billing_api.dev.seed import seed
from billing_api.invoices.schemas import InvoiceQuery
from tests.fixtures.services import Services


async def test_the_demo_account_has_something_of_everything_and_is_made_once(
    services: Services, settings: Settings
) -> None:
    """Open, overdue and paid invoices, two currencies, a credit and a deposit; a second run changes nothing."""
    await seed(settings)
    await seed(settings)
    assert await services.users.find_credentials(DEMO_EMAIL) is not None
    found = await services.database.run(lambda: services.accounts.find_references("account", [ACCOUNT]))
    account_id = found[ACCOUNT].account_id
    balance = await services.balances.get(account_id)
    dollars, euros = sorted(balance.balances, key=lambda part: part.currency, reverse=True)
    assert (dollars.currency, euros.currency) == ("USD", "EUR")
    assert all(amount > 0 for amount in dollars.ageing.model_dump().values())
    assert dollars.unapplied_credits > 0
    assert dollars.unapplied_deposits > 0
    invoices = (await services.invoices.list(account_id, InvoiceQuery(limit=100))).data
    assert len(invoices) == 29
    assert {invoice.payment_status for invoice in invoices} == {"paid", "unpaid"}
