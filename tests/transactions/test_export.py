"""The transaction history as a CSV file."""

import asyncio
import csv
from datetime import date
from io import StringIO
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client import REGISTRY
from sqlalchemy import bindparam, select

from billing_api.accounts.model import accounts
from billing_api.db.exports import Exports, ExportsBusyError
from billing_api.db.statements import Statement
from billing_api.db.streams import BATCH_ROWS, RowStream, StreamEndedError
from billing_api.http.errors import ResponseCutOffError
from billing_api.ledger import postings
from tests.factories.credits import post_credit_memo, post_deposit
from tests.factories.invoices import post_invoice
from tests.factories.ledger import document, post
from tests.factories.payments import record_offline
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal, SignInAs
from tests.fixtures.waiting import looks

PATH = "/v1/transactions.csv"


def rows_of(response: httpx.Response) -> list[dict[str, str]]:
    """The lines of a file by the heads of their columns."""
    assert response.status_code == 200, response.text
    text = response.content.decode("utf-8")
    assert text.startswith("\ufeff")
    assert text.replace("\r\n", "").count("\n") == 0
    return list(csv.DictReader(StringIO(text.removeprefix("\ufeff"), newline="")))


async def test_anonymous_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH)).status_code == 401


async def test_another_accounts_entries_are_not_exported(services: Services, portal: Portal, stranger: Portal) -> None:
    await post(services, stranger.account_id, postings.invoice(document(), net=1, tax=0))
    assert rows_of(await portal.get(PATH)) == []


async def test_the_list_and_the_file_have_the_same_entries(
    services: Services, viewer: Portal, account_id: UUID
) -> None:
    """Amounts are decimals of the currency, negative ones stay numbers, and texts are no formulas."""
    invoice_id = await post_invoice(
        services, account_id, 123_456, number="INV-1", po_number="=PO", issued_on=date(2026, 3, 2)
    )
    await post_credit_memo(services, account_id, 100, number="-CM", currency="JPY")
    await post_deposit(services, account_id, 1500, number="DEP-1", currency="KWD", reference='Wire "7", Bank')
    listed = (await viewer.get("/v1/transactions?sort=effective_on")).json()["data"]
    rows = rows_of(await viewer.get(PATH, params={"sort": "effective_on"}))
    assert [row["id"] for row in rows] == [entry["id"] for entry in listed]
    invoice, memo, deposit = rows
    assert (invoice["amount"], invoice["balance_effect"]) == ("1234.56", "1234.56")
    assert (invoice["invoice_number"], invoice["po_number"]) == ("INV-1", "'=PO")
    assert invoice["invoice_id"] == invoice["document_id"] == str(invoice_id)
    assert (memo["number"], memo["amount"], memo["balance_effect"], memo["currency"]) == ("'-CM", "100", "-100", "JPY")
    assert (deposit["balance_effect"], deposit["reference"]) == ("-1.500", 'Wire "7", Bank')
    assert invoice["effective_on"] == "2026-03-02"
    assert invoice["posted_at"] == listed[0]["posted_at"]


async def test_a_payment_names_its_invoices_and_an_invoice_what_is_contested(
    services: Services, portal: Portal, account_id: UUID
) -> None:
    first = await post_invoice(services, account_id, 100_000, number="INV-1")
    second = await post_invoice(services, account_id, 5_000, number="=INV-2")
    parts = [{"invoice_id": str(first), "amount": 90_000}, {"invoice_id": str(second), "amount": 5_000}]
    await record_offline(services, account_id, 95_000, reference="Check 1252", allocations=parts)
    reason = {"reason": "not_received", "text": "The rest was never delivered", "amount": 4_550}
    assert (await portal.post(f"/v1/invoices/{first}/disputes", json=reason)).status_code == 201
    rows = {row["type"] + row["number"][:5]: row for row in rows_of(await portal.get(PATH, params={"sort": "number"}))}
    (payment,) = [row for row in rows.values() if row["type"] == "payment"]
    assert (payment["reference"], payment["settled_invoices"]) == ("Check 1252", "INV-1 900.00, =INV-2 50.00")
    assert (payment["contested"], rows["invoiceINV-1"]["contested"]) == ("", "45.50")
    assert (rows["invoiceINV-1"]["settled_invoices"], rows["invoice'=INV"]["contested"]) == ("", "")


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"type": "invoice,fee"}, "INV-10 INV-9"),
        ({"type": "invoice", "sort": "number"}, "INV-9 INV-10"),
        ({"sort": "-amount", "amount_min": 2}, "INV-10 WO-1"),
        ({"date_to": "2026-03-01"}, "INV-9"),
        ({"q": "inv", "sort": "-number"}, "INV-10 INV-9"),
        ({"currency": "JPY"}, ""),
    ],
)
async def test_filters_and_sorts_are_those_of_the_list(
    services: Services, portal: Portal, account_id: UUID, query: dict[str, Any], expected: str
) -> None:
    entries = [
        postings.invoice(document("INV-9", effective_on=date(2026, 3, 1)), net=1, tax=0),
        postings.invoice(document("INV-10", effective_on=date(2026, 3, 5)), net=3, tax=0),
        postings.write_off(document("WO-1", effective_on=date(2026, 3, 6)), invoice_id=account_id, amount=2),
    ]
    await post(services, account_id, *entries)
    assert [row["number"] for row in rows_of(await portal.get(PATH, params=query))] == expected.split()


@pytest.mark.parametrize("query", ["limit=2", "cursor=abc", "type=gift", "sort=seq", "x=1"])
async def test_a_file_has_no_pages(portal: Portal, query: str) -> None:
    response = await portal.get(f"{PATH}?{query}")
    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")


@pytest.mark.parametrize("count", [BATCH_ROWS - 1, BATCH_ROWS, 2 * BATCH_ROWS + 1])
async def test_any_number_of_rows_comes_in_order(
    services: Services, portal: Portal, account_id: UUID, count: int
) -> None:
    await post(
        services, account_id, *[postings.invoice(document(f"INV-{n}"), net=n, tax=0) for n in range(1, count + 1)]
    )
    rows = rows_of(await portal.get(f"{PATH}?sort=amount"))
    assert [row["number"] for row in rows] == [f"INV-{n}" for n in range(1, count + 1)]


async def test_the_file_is_named_by_account_and_period(services: Services, sign_in_as: SignInAs, app: FastAPI) -> None:
    portal = await sign_in_as()
    profile = (await portal.get("/v1/profile")).json()
    change = {"company_name": "Müller / Söhne"}
    await portal.patch("/v1/profile", json=change, headers={"If-Match": f'"{profile["version"]}"'})
    response = await portal.get(f"{PATH}?date_from=2026-01-01&date_to=2026-03-31")
    assert response.headers["Content-Disposition"] == (
        'attachment; filename="Transactions Muller Sohne 2026-01-01 to 2026-03-31.csv"; '
        "filename*=UTF-8''Transactions%20M%C3%BCller%20S%C3%B6hne%202026-01-01%20to%202026-03-31.csv"
    )
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8; header=present"
    assert response.headers["Cache-Control"] == "private, no-store"


async def test_head_has_the_headers_alone(app: FastAPI, portal: Portal) -> None:
    head, whole = await portal.head(PATH), await portal.get(PATH)
    assert head.content == b""
    for name in ("Content-Type", "Content-Disposition"):
        assert head.headers[name] == whole.headers[name]
    assert app.state.parts[Exports].under_way == 0


OF_ACCOUNT = Statement(select(accounts.c.id).where(accounts.c.id == bindparam("account_id")), UUID)


async def test_too_many_at_once_are_refused_and_lists_go_on(
    app: FastAPI, sign_in_as: SignInAs, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 for an account that has two, 503 when a quarter of the connections is taken, or for a second in the last."""
    monkeypatch.setattr("billing_api.db.exports._PATIENCE", 0)
    exports = app.state.parts[Exports]
    portals = [await sign_in_as() for _ in range(4)]
    held: list[RowStream[UUID]] = []
    try:
        held += [await exports.open(portals[number].account_id, OF_ACCOUNT) for number in (0, 0, 1)]
        second = await portals[1].get(PATH)
        assert (second.status_code, second.json()["code"]) == (503, "exports_busy")
        held.append(await exports.open(portals[2].account_id, OF_ACCOUNT))
        refused = await portals[0].get(PATH)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_exports")
        assert int(refused.headers["Retry-After"]) > 0
        assert REGISTRY.get_sample_value("exports_under_way") == 4
        busy = await portals[3].get(PATH)
        assert (busy.status_code, busy.json()["code"]) == (503, "exports_busy")
        assert (await portals[3].get("/v1/transactions")).status_code == 200
    finally:
        for stream in held:
            await stream.close()
    assert (await portals[0].get(PATH)).status_code == 200
    assert exports.under_way == 0


async def test_an_export_that_waits_for_its_client_makes_room(
    app: FastAPI, services: Services, sign_in_as: SignInAs, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One at a time, for an account that has none; its reader gets no further row, and takes it for no whole file."""
    monkeypatch.setattr("billing_api.db.exports._SLOW", 0)
    exports = app.state.parts[Exports]
    portals = [await sign_in_as() for _ in range(4)]
    held: list[RowStream[UUID]] = []
    try:
        held += [await exports.open(portals[number].account_id, OF_ACCOUNT) for number in (0, 0, 1, 2)]
        readers = [aiter(stream) for stream in held]
        for reader in readers[:2]:  # which then take no more
            assert len(await anext(reader)) == 1
        assert (await portals[1].get(PATH)).json()["code"] == "exports_busy"  # its second
        assert rows_of(await portals[3].get(PATH)) == []
        assert exports.under_way == 3
        with pytest.raises(StreamEndedError):
            await anext(readers[0])
        with pytest.raises(StopAsyncIteration):
            await anext(readers[1])
        assert len(await anext(readers[2])) == 1
    finally:
        for stream in held:
            await stream.close()
    assert exports.under_way == 0
    for _ in looks("the end of the exports' transactions"):
        if services.database.connections_in_use == 0:  # between two looks of the watch over revoked tokens
            break
        await sql.execute("SELECT")  # over a socket, unlike a request to this process: the others' sockets have a turn


async def test_accounts_that_open_again_and_again_stand_behind_the_others(app: FastAPI, sign_in_as: SignInAs) -> None:
    """A place that is free is the first one's in line; an account's second export waits for none."""
    exports = app.state.parts[Exports]
    one, two, three, four, other = [(await sign_in_as()).account_id for _ in range(5)]
    held = {account_id: await exports.open(account_id, OF_ACCOUNT) for account_id in (one, two, three, four)}
    waiting = asyncio.create_task(exports.open(other, OF_ACCOUNT))
    await asyncio.sleep(0)
    await held[one].close()
    again = asyncio.create_task(exports.open(one, OF_ACCOUNT))
    streams = [await waiting]
    with pytest.raises(ExportsBusyError):
        await exports.open(two, OF_ACCOUNT)
    assert not again.done()
    await held[two].close()
    streams.append(await again)
    for stream in (held[three], held[four], *streams):
        await stream.close()
    assert exports.under_way == 0


async def test_one_who_gives_up_waiting_leaves_the_line(app: FastAPI, sign_in_as: SignInAs) -> None:
    exports = app.state.parts[Exports]
    accounts_ = [(await sign_in_as()).account_id for _ in range(6)]
    held = [await exports.open(account_id, OF_ACCOUNT) for account_id in accounts_[:4]]
    gone, next_one = [asyncio.create_task(exports.open(account_id, OF_ACCOUNT)) for account_id in accounts_[4:]]
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    await held.pop().close()
    held.append(await next_one)
    for stream in held:
        await stream.close()
    assert exports.under_way == 0


async def test_a_client_that_never_ends_is_cut_off(
    app: FastAPI, services: Services, portal: Portal, account_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has got is no whole file, and the connection is free again."""
    monkeypatch.setattr("billing_api.http.csv_files._MOST_SECONDS", 0)
    rows = [postings.invoice(document(f"INV-{n}"), net=n, tax=0) for n in range(BATCH_ROWS + 1)]
    await post(services, account_id, *rows)
    with pytest.raises(ResponseCutOffError, match="client_too_slow"):
        await portal.get(PATH)
    assert app.state.parts[Exports].under_way == 0


class TestSearch:
    async def test_references_and_po_numbers_are_found(
        self, services: Services, portal: Portal, account_id: UUID
    ) -> None:
        invoice_id = await post_invoice(services, account_id, 500, number="INV-1", po_number="PO-7781")
        await post_invoice(services, account_id, 500, number="INV-2", po_number="PO-1")
        await post_deposit(services, account_id, 100, number="DEP-1", reference="Wire 7781")
        await record_offline(
            services,
            account_id,
            200,
            reference="Check 7781",
            received_on="2026-03-09",
            allocations=[{"invoice_id": str(invoice_id), "amount": 200}],
        )
        found = (await portal.get("/v1/transactions?q=7781&sort=effective_on")).json()["data"]
        assert [row["type"] for row in found] == ["invoice", "deposit", "payment"]
        exported = rows_of(await portal.get(f"{PATH}?q=7781&sort=effective_on"))
        assert [row["reference"] for row in exported] == ["", "Wire 7781", "Check 7781"]

    async def test_another_accounts_references_are_not(
        self, services: Services, portal: Portal, stranger: Portal, account_id: UUID
    ) -> None:
        await post_invoice(services, stranger.account_id, 500, number="INV-1", po_number="PO-7781")
        await post_invoice(services, account_id, 500, number="INV-1", po_number="PO-1")
        assert (await portal.get("/v1/transactions?q=7781")).json()["data"] == []
