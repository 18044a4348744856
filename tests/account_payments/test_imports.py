"""A payment comes by a request and by an import: it is posted once, whichever came first."""

from billing_api.imports.report import LineOutcome
from tests.account_payments.test_routes import check_of, record
from tests.factories.imports import Books
from tests.fixtures.partners import Partner
from tests.fixtures.services import Services
from tests.http.problem import problem
from tests.imports.reports import account_of, reasons


async def test_an_import_leaves_what_a_request_has_posted(partner: Partner, services: Services) -> None:
    books = Books()
    await services.imports.run([books.account_line()])
    account = f"/v1/accounts/{await account_of(services, books)}"
    assert (await record(partner, account, check_of(500, external_id=books.id("PAY-1")))).status_code == 201
    report = await services.imports.run([books.payment("PAY-1", 500)])
    assert (report.count(LineOutcome.UNCHANGED), reasons(report)) == (1, [])
    assert len((await partner.get(f"{account}/payments")).json()["data"]) == 1


async def test_a_request_does_not_repeat_what_an_import_has_posted(partner: Partner, services: Services) -> None:
    """Its content can't be compared, so the request is refused."""
    books = Books()
    await services.imports.run([books.account_line(), books.payment("PAY-1", 500)])
    account = f"/v1/accounts/{await account_of(services, books)}"
    response = await record(partner, account, check_of(500, external_id=books.id("PAY-1")))
    problem(response, 409, "external_id_taken")
    assert len((await partner.get(f"{account}/payments")).json()["data"]) == 1
