"""Money, credit memos and deposits that the back office uses for invoices, and takes back."""

from datetime import date
from uuid import UUID, uuid4

import httpx
import pytest

from billing_api.credits.schemas import CreditMemoCreate
from billing_api.deposits.schemas import DepositCreate
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, new_key, pay, record_offline, store_card
from tests.factories.pdfs import text_of
from tests.fixtures.partners import Partner
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.http.problem import problem

SOURCES = ("payment", "credit_memo", "deposit")
TYPES = {"payment": "payment", "credit_memo": "credit_application", "deposit": "deposit_application"}
REVERSALS = {source: f"{'credit' if source == 'credit_memo' else source}_application_reversal" for source in SOURCES}
EACH = pytest.mark.parametrize("source", SOURCES)


async def source_of(services: Services, account_id: UUID, source: str, amount: int = 5_000) -> UUID:
    """A document with an amount that is unapplied."""
    if source == "payment":
        return await record_offline(services, account_id, amount)

    async def post() -> UUID:
        account = await services.accounts.lock(account_id)
        number, currency = uuid4().hex[:12], "USD"
        if source == "deposit":
            deposit = DepositCreate(number=number, currency=currency, received_on=date(2026, 3, 9), amount=amount)
            return (await services.deposits.post(account, [deposit]))[0]
        memo = CreditMemoCreate(number=number, currency=currency, issued_on=date(2026, 3, 9), net=amount, taxes=[])
        return (await services.credit_memos.post(account, [memo]))[0]

    return await services.database.run(post)


def use_of(source: str, source_id: UUID, invoice_id: UUID, amount: int = 3_000, **fields: object) -> Json:
    given = {"source_type": source, "source_id": str(source_id), "invoice_id": str(invoice_id), "amount": amount}
    return given | fields


async def apply(partner: Partner, base: str, use: Json, **headers: str) -> httpx.Response:
    return await partner.post(f"{base}/applications", json=use, headers=headers)


async def reverse(partner: Partner, base: str, application: Json, **body: object) -> httpx.Response:
    return await partner.post(f"{base}/applications/{application['id']}/reversal", json=body)


async def figures(portal: Portal) -> tuple[int, int]:
    """The balance in dollars, and what is due."""
    (one,) = [one for one in (await portal.get("/v1/balance")).json()["balances"] if one["currency"] == "USD"]
    return one["balance"], one["due"]


@EACH
async def test_a_document_is_used_for_an_invoice(
    partner: Partner, portal: Portal, services: Services, base: str, source: str
) -> None:
    """The balance stays, less is due, and the document has less left."""
    invoice_id = await post_invoice(services, portal.account_id, 10_000)
    source_id = await source_of(services, portal.account_id, source)
    balance, due = await figures(portal)
    response = await apply(partner, base, use_of(source, source_id, invoice_id, applied_on="2026-03-20"))
    assert response.status_code == 201, response.text
    body = response.json()
    assert response.headers["location"] == f"http://billing.test{base}/applications/{body['id']}"
    assert (body["type"], body["amount"], body["effective_on"]) == (TYPES[source], 3_000, "2026-03-20")
    assert (body["reverses_id"], body["reversed_by_id"]) == (None, None)
    assert (await partner.get(response.headers["location"])).json() == body
    assert await figures(portal) == (balance, due - 3_000)
    invoice = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    assert [(one["id"], one["type"]) for one in invoice["applications"]] == [(body["id"], TYPES[source])]
    too_much = await apply(partner, base, use_of(source, source_id, invoice_id, 2_001))
    assert too_much.json()["unapplied"] == 2_000


@EACH
async def test_undoing_it_makes_both_as_they_were(
    partner: Partner, portal: Portal, services: Services, base: str, source: str, sql: Sql
) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 3_000)
    source_id = await source_of(services, portal.account_id, source)
    before = await figures(portal)
    applied = (await apply(partner, base, use_of(source, source_id, invoice_id, applied_on="2026-03-20"))).json()
    assert (await portal.get(f"/v1/invoices/{invoice_id}")).json()["status"] == "paid"
    words = {"reason": "Meant for <another> invoice"}
    response = await reverse(partner, base, applied, reversed_on="2026-03-25", **words)
    assert response.status_code == 200, response.text
    undoing = response.json()
    assert (undoing["amount"], undoing["reverses_id"], undoing["effective_on"]) == (-3_000, applied["id"], "2026-03-25")
    known = (await partner.get(f"{base}/applications/{applied['id']}")).json()
    assert known["reversed_by_id"] == undoing["id"]
    assert (known["reason"], undoing["reason"]) == (None, "correction")
    paper = text_of((await portal.get(f"/v1/invoices/{invoice_id}/pdf")).content)
    assert f"reversed {undoing['source_number']}" in paper
    assert ": Meant for <another> invoice" in " ".join(paper.split())
    invoice = (await portal.get(f"/v1/invoices/{invoice_id}")).json()
    texts = [None, "Meant for <another> invoice"]
    assert [one["reason_text"] for one in invoice["applications"]] == texts
    assert [one["reason_text"] for one in (known, undoing)] == texts
    entry_id = await sql.fetchval(
        "SELECT id FROM audit_log WHERE account_id = $1 AND subject_id = $2 AND detail->>'reason' = $3",
        *(portal.account_id, source_id, texts[1]),
    )
    assert entry_id is not None
    assert (invoice["status"], invoice["amount_due"]) == ("open", 3_000)
    assert await figures(portal) == before
    (entry,) = (await portal.get(f"/v1/transactions?type={REVERSALS[source]}")).json()["data"]
    assert (entry["amount"], entry["balance_effect"], entry["document_id"]) == (3_000, 0, str(source_id))
    again = await apply(partner, base, use_of(source, source_id, invoice_id, 3_000))
    assert again.status_code == 201, "the document has its amount again"


@EACH
async def test_the_balance_of_each_day_is_right(
    partner: Partner, portal: Portal, services: Services, base: str, source: str
) -> None:
    """Credits are told apart from deposits by their entries, on past days too."""
    invoice_id = await post_invoice(services, portal.account_id, 10_000)
    source_id = await source_of(services, portal.account_id, source)
    applied = (await apply(partner, base, use_of(source, source_id, invoice_id, applied_on="2026-03-20"))).json()
    await reverse(partner, base, applied, reversed_on="2026-03-25")
    left = {}
    for day in ("2026-03-10", "2026-03-21", "2026-03-26"):
        (one,) = (await portal.get(f"/v1/balance?as_of={day}")).json()["balances"]
        left[day] = (one["unapplied_credits"], one["unapplied_deposits"], one["due"])
    full, less = (5_000, 0), (2_000, 0)
    if source != "credit_memo":
        full, less = (0, 5_000), (0, 2_000)
    assert left == {
        "2026-03-10": (*full, 10_000),
        "2026-03-21": (*less, 7_000),
        "2026-03-26": (*full, 10_000),
    }


@EACH
async def test_it_is_undone_once(partner: Partner, portal: Portal, services: Services, base: str, source: str) -> None:
    invoice_id = await post_invoice(services, portal.account_id, 3_000)
    source_id = await source_of(services, portal.account_id, source)
    applied = (await apply(partner, base, use_of(source, source_id, invoice_id))).json()
    undoing = (await partner.post(f"{base}/applications/{applied['id']}/reversal")).json()
    for one in (applied, undoing):
        problem(await reverse(partner, base, one), 409, "application_not_reversible")


async def test_what_is_refused(
    partner: Partner, portal: Portal, stranger: Portal, services: Services, base: str
) -> None:
    """Nothing of it is written."""
    account_id = portal.account_id
    invoice_id, euros = (
        await post_invoice(services, account_id, 3_000),
        await post_invoice(services, account_id, currency="EUR"),
    )
    foreign = await post_invoice(services, stranger.account_id)
    own, theirs = [await source_of(services, one, "payment") for one in (account_id, stranger.account_id)]
    before = await figures(portal)
    for use, status, code in (
        (use_of("payment", own, invoice_id, 3_001), 409, "amount_exceeds_due"),
        (use_of("payment", own, invoice_id, 5_001), 409, "payment_exceeded"),
        (use_of("payment", own, euros), 409, "other_currency"),
        (use_of("payment", own, foreign), 404, "invoice_not_found"),
        (use_of("payment", theirs, invoice_id), 404, "payment_not_found"),
        (use_of("credit_memo", own, invoice_id), 404, "credit_memo_not_found"),
        (use_of("deposit", own, invoice_id), 404, "deposit_not_found"),
        (use_of("payment", own, invoice_id, applied_on="2099-01-01"), 409, "date_in_future"),
        (use_of("payment", own, invoice_id, 0), 422, "validation_failed"),
        (use_of("cheque", own, invoice_id), 422, "validation_failed"),
    ):
        problem(await apply(partner, base, use), status, code)
    assert await figures(portal) == before
    assert (await partner.get(f"{base}/applications")).json()["data"] == []


async def test_a_repeat_by_external_id_gives_the_same_application(
    partner: Partner, portal: Portal, services: Services, base: str
) -> None:
    invoice_id = await post_invoice(services, portal.account_id)
    use = use_of(
        "payment", await source_of(services, portal.account_id, "payment"), invoice_id, external_id=uuid4().hex
    )
    responses = [await apply(partner, base, use) for _ in range(2)]
    assert [response.status_code for response in responses] == [201, 200]
    assert responses[0].json() == responses[1].json()
    problem(await apply(partner, base, use | {"amount": 1}), 409, "external_id_taken")


async def test_an_idempotency_key(partner: Partner, portal: Portal, services: Services, base: str) -> None:
    invoice_id = await post_invoice(services, portal.account_id)
    use = use_of("payment", await source_of(services, portal.account_id, "payment"), invoice_id, 1_000)
    key = new_key()
    responses = [await apply(partner, base, use, **key) for _ in range(2)]
    assert [response.status_code for response in responses] == [201, 201]
    assert responses[0].content == responses[1].content
    assert (await portal.get(f"/v1/invoices/{invoice_id}")).json()["paid"] == 1_000


async def test_a_card_payment_stays(partner: Partner, portal: Portal, services: Services, base: str) -> None:
    """Its money comes back by a refund alone."""
    invoice_id = await post_invoice(services, portal.account_id, 1_000)
    await pay(portal, await store_card(portal), invoice_id)
    (applied,) = (await partner.get(f"{base}/applications?invoice_id={invoice_id}")).json()["data"]
    problem(await reverse(partner, base, applied), 409, "payment_not_offline")
    assert (await portal.get(f"/v1/invoices/{invoice_id}")).json()["status"] == "paid"


async def test_a_returned_payment_has_nothing_to_use(
    partner: Partner, portal: Portal, services: Services, base: str
) -> None:
    invoice_id = await post_invoice(services, portal.account_id)
    payment_id = await source_of(services, portal.account_id, "payment")
    await partner.post(f"{base}/payments/{payment_id}/return", json={"reason": "Stopped"})
    problem(await apply(partner, base, use_of("payment", payment_id, invoice_id)), 409, "payment_not_succeeded")


async def test_lists_by_document_and_invoice(partner: Partner, portal: Portal, services: Services, base: str) -> None:
    first, second = [await post_invoice(services, portal.account_id) for _ in range(2)]
    payment_id = await source_of(services, portal.account_id, "payment")
    made = [
        (await apply(partner, base, use_of("payment", payment_id, one, 1_000))).json()["id"] for one in (first, second)
    ]
    for query, found in (
        ("", made[::-1]),
        (f"?invoice_id={first}", made[:1]),
        (f"?source_id={payment_id}", made[::-1]),
        (f"?source_id={uuid4()}", []),
    ):
        listed = (await partner.get(f"{base}/applications{query}")).json()["data"]
        assert [one["id"] for one in listed] == found


async def test_closed_books(partner: Partner, portal: Portal, services: Services, base: str, sql: Sql) -> None:
    """Neither a use nor its undoing is dated on a day whose books are closed."""
    invoice_id = await post_invoice(services, portal.account_id)
    payment_id = await source_of(services, portal.account_id, "payment")
    applied = (await apply(partner, base, use_of("payment", payment_id, invoice_id, 1, applied_on="2026-03-20"))).json()
    services.ledger._closed_through = date(2026, 4, 30)
    try:
        use = use_of("payment", payment_id, invoice_id, applied_on="2026-04-30")
        problem(await apply(partner, base, use), 409, "books_closed")
        problem(await reverse(partner, base, applied, reversed_on="2026-04-30"), 409, "books_closed")
        assert (await reverse(partner, base, applied, reversed_on="2026-05-01")).status_code == 200
    finally:
        services.ledger._closed_through = None
    count = await sql.fetchval("SELECT count(*) FROM invoice_applications WHERE source_id = $1", payment_id)
    assert count == 2


async def test_a_document_is_named_by_the_back_offices_own_key(
    partner: Partner, portal: Portal, stranger: Portal, services: Services, base: str
) -> None:
    invoice_id, key = await post_invoice(services, portal.account_id), uuid4().hex
    payment_id = await record_offline(services, portal.account_id, 5_000, external_id=key)
    use = {"source_type": "payment", "source_external_id": key, "invoice_id": str(invoice_id), "amount": 1_000}
    response = await apply(partner, base, use)
    assert (response.status_code, response.json()["source_id"]) == (201, str(payment_id))
    problem(await apply(partner, base, use | {"source_type": "deposit"}), 404, "source_not_found")
    problem(await apply(partner, base, use | {"source_external_id": "unknown"}), 404, "source_not_found")
    elsewhere = f"/v1/accounts/{stranger.account_id}"
    problem(await apply(partner, elsewhere, use), 404, "source_not_found")
    for wrong in ({"source_id": str(payment_id)}, {"source_external_id": None}):
        body = problem(await apply(partner, base, use | wrong), 422, "validation_failed")
        assert body["errors"][0]["code"] in {"both_given", "missing"}
        assert body["errors"][0]["pointer"].startswith("/source_")
