"""Requests to pay with credits, and a look at what they have done."""

from typing import Any
from uuid import UUID

import httpx

from tests.factories.payments import Json, new_key, of_invoices
from tests.fixtures.queries import Sql
from tests.fixtures.signed_in import Portal

AUTOMATIC: Json = {"type": "automatic"}
EVERYTHING: Json = {"type": "everything_due"}


def up_to(amount: int) -> Json:
    return {"type": "up_to", "amount": amount}


def chosen(*credit_ids: UUID | tuple[UUID, int]) -> Json:
    """The choice of whole credits, or of amounts of them."""
    named = [
        {"id": str(one[0]), "amount": one[1]} if isinstance(one, tuple) else {"id": str(one)} for one in credit_ids
    ]
    return {"type": "chosen", "credits": named}


def of(*invoice_ids: UUID | tuple[UUID, int]) -> Json:
    """The choice of whole invoices, or of amounts of them."""
    return of_invoices(
        *(
            {"invoice_id": str(one[0]), "amount": one[1]} if isinstance(one, tuple) else {"invoice_id": str(one)}
            for one in invoice_ids
        )
    )


async def quote(portal: Portal, pay: Json, **fields: Any) -> httpx.Response:
    return await portal.post("/v1/payments/quote", json={"currency": "USD", "pay": pay, **fields})


async def buy(
    portal: Portal, method: Json | None, pay: Json, key: dict[str, str] | None = None, **fields: Any
) -> httpx.Response:
    """The response to a payment; without a method the request names none."""
    body = {"currency": "USD", "pay": pay, **({} if method is None else {"payment_method_id": method["id"]}), **fields}
    return await portal.post("/v1/payments", json=body, headers=key or new_key())


async def left_of(sql: Sql, table: str, document_id: UUID) -> tuple[int, int]:
    """The amounts of a credit memo or deposit that are unapplied and reserved."""
    row = await sql.fetchrow(f"SELECT unapplied, reserved FROM {table} WHERE id = $1", document_id)
    assert row is not None
    return row["unapplied"], row["reserved"]


async def entries_of(sql: Sql, account_id: UUID) -> list[tuple[str, str, int, int]]:
    """The kind, number, amount and effect on the balance of each entry after the invoices', credits' and deposits'."""
    rows = await sql.fetch(
        "SELECT kind, number, amount, receivable + customer_credit AS effect FROM ledger_entries"
        " WHERE account_id = $1 AND kind NOT IN ('invoice', 'credit_memo') ORDER BY seq",
        account_id,
    )
    return [(row["kind"], row["number"], row["amount"], row["effect"]) for row in rows]


async def assert_books_add_up(sql: Sql, account_id: UUID) -> None:
    """Compare the balance's row with the entries, the invoices, the credits and the deposits."""
    row = await sql.fetchrow(
        """
        SELECT b.receivable, b.customer_credit, b.pending,
               (SELECT sum(receivable)::bigint FROM ledger_entries e WHERE e.account_id = $1) AS entered,
               (SELECT sum(customer_credit)::bigint FROM ledger_entries e WHERE e.account_id = $1) AS kept,
               (SELECT sum(amount_due)::bigint FROM invoices i WHERE i.account_id = $1) AS due,
               (SELECT sum(amount_pending)::bigint FROM invoices i WHERE i.account_id = $1) AS reserved,
               (SELECT coalesce(sum(unapplied), 0)::bigint FROM credit_memos m WHERE m.account_id = $1)
                 + (SELECT coalesce(sum(unapplied), 0)::bigint FROM deposits d WHERE d.account_id = $1)
                 + (SELECT coalesce(sum(unapplied), 0)::bigint FROM payments p WHERE p.account_id = $1
                      AND state = 'succeeded') AS left_over
          FROM ledger_balances b WHERE account_id = $1
        """,
        account_id,
    )
    assert row is not None
    assert row["receivable"] == row["entered"] == row["due"]
    assert -row["customer_credit"] == -row["kept"] == row["left_over"]
    assert row["pending"] == row["reserved"]
