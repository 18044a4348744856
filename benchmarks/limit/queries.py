"""Everything the limit asks of the database, in SQL as one writes it by hand: one query for each part of an answer."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from benchmarks.limit.bodies import (
    Address,
    Ageing,
    Balance,
    Card,
    CurrencyBalance,
    Invoice,
    PaymentMethod,
    Profile,
    Terms,
)
from billing_api.kit.ids import new_id

if TYPE_CHECKING:  # generic for the type checker alone
    from asyncpg.pool import PoolConnectionProxy

    Asked = PoolConnectionProxy[asyncpg.Record] | asyncpg.Pool[asyncpg.Record]

_INVOICES = """
SELECT id, number, kind, po_number, status,
       CASE WHEN status <> 'open' THEN status
            WHEN amount_pending > 0 THEN 'processing'
            WHEN amount_due < total THEN 'partial'
            ELSE 'unpaid' END,
       status = 'open' AND due_on < $2,
       currency, issued_on, due_on, closed_on, total, amount_due, amount_pending
FROM invoices WHERE account_id = $1 ORDER BY issued_on DESC, id DESC LIMIT $3
"""
_BALANCE = """
SELECT a.currency, a.credit_limit, a.net_days, a.discount_basis_points, a.discount_days, a.discount_includes_tax,
       b.currency, coalesce(b.receivable + b.customer_credit, 0), coalesce(b.pending, 0),
       coalesce(i.current, 0), coalesce(i.late_30, 0), coalesce(i.late_60, 0), coalesce(i.late_90, 0),
       coalesce(i.later, 0), coalesce(m.unapplied, 0)
FROM accounts a
LEFT JOIN ledger_balances b ON b.account_id = a.id
LEFT JOIN (
  SELECT currency,
         sum(amount_due) FILTER (WHERE due_on >= $2)::bigint AS current,
         sum(amount_due) FILTER (WHERE due_on < $2 AND due_on >= $3)::bigint AS late_30,
         sum(amount_due) FILTER (WHERE due_on < $3 AND due_on >= $4)::bigint AS late_60,
         sum(amount_due) FILTER (WHERE due_on < $4 AND due_on >= $5)::bigint AS late_90,
         sum(amount_due) FILTER (WHERE due_on < $5)::bigint AS later
  FROM invoices WHERE account_id = $1 AND status = 'open' GROUP BY currency
) i ON i.currency = b.currency
LEFT JOIN (
  SELECT currency, sum(unapplied)::bigint AS unapplied
  FROM credit_memos WHERE account_id = $1 AND unapplied > 0 GROUP BY currency
) m ON m.currency = b.currency
WHERE a.id = $1 ORDER BY b.currency
"""
_PROFILE = """
SELECT p.version, p.account_id, p.company_name, p.contact_name, p.phone, p.phone_extension, p.email, p.locale,
       a.currency, p.updated_at, a.net_days, a.discount_basis_points, a.discount_days, a.discount_includes_tax
FROM profiles p JOIN accounts a ON a.id = p.account_id WHERE p.account_id = $1
"""
_SHIPPING_ADDRESS = """
SELECT version, id, label, recipient, line1, line2, city, region, postal_code, country, phone, phone_extension,
       default_billing, default_shipping, created_at, updated_at
FROM addresses WHERE account_id = $1 AND default_shipping
"""
_PAYMENT_METHOD = """
SELECT version, id, kind, status, is_default, last4, created_at, updated_at, removed_at,
       brand, cardholder_name, expiration_month, expiration_year, ends_on < $2, ends_on BETWEEN $2 AND $2 + 30
FROM payment_methods,
     LATERAL (SELECT (make_date(expiration_year::int, expiration_month::int, 1) + interval '1 month - 1 day')::date
             ) e (ends_on)
WHERE account_id = $1 AND is_default
"""
# The audit log's row too: what is left behind must be the same.
_ADD_ADDRESS = """
WITH added AS (
  INSERT INTO addresses (account_id, version, id, label, recipient, line1, line2, city, region, postal_code, country,
                         phone, phone_extension, default_billing, default_shipping, created_at, updated_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
)
INSERT INTO audit_log (account_id, id, occurred_at, actor_kind, action, subject_id, detail)
VALUES ($1, $18, $16, 'person', 'address.created', $3, '{}')
"""


async def newest_invoices(asked: "Asked", account_id: UUID, today: date, limit: int) -> list[Invoice]:
    """Up to `limit` invoices."""
    return [Invoice(*row) for row in await asked.fetch(_INVOICES, account_id, today, limit)]


async def balance(asked: "Asked", account_id: UUID, today: date) -> Balance:
    """Each currency's, aged."""
    late = [today - timedelta(days=days) for days in (30, 60, 90)]
    rows = await asked.fetch(_BALANCE, account_id, today, *late)
    currency, credit_limit, *terms = rows[0][:6]
    return Balance(today, currency, credit_limit, Terms(*terms), [_in_currency(*row) for row in rows])


def _in_currency(account_currency: str, *row: Any) -> CurrencyBalance:
    currency, owed, pending, *ages, credits_left = row[5:]
    due, overdue = sum(ages), sum(ages[1:])
    return CurrencyBalance(
        currency or account_currency,
        owed,
        due,
        overdue,
        pending,
        due - pending,
        credits_left,
        due - owed - credits_left,
        Ageing(*ages),
    )


async def profile(asked: "Asked", account_id: UUID) -> Profile:
    """The account's."""
    (row,) = await asked.fetch(_PROFILE, account_id)
    values = [*row[:9], Terms(*row[10:]), row[9]]
    return Profile(*values)


async def shipping_address(asked: "Asked", account_id: UUID) -> Address | None:
    """The default one."""
    row = await asked.fetchrow(_SHIPPING_ADDRESS, account_id)
    return Address(*row) if row else None


async def payment_method(asked: "Asked", account_id: UUID, today: date) -> PaymentMethod | None:
    """The default one."""
    row = await asked.fetchrow(_PAYMENT_METHOD, account_id, today)
    if row is None:
        return None
    card = [*row[9:], None]
    values = [*row[:6], Card(*card), None, *row[6:9]]
    return PaymentMethod(*values)


async def add_address(asked: "Asked", account_id: UUID, address: Address) -> None:
    """In a transaction of its own."""
    values = [getattr(address, name) for name in Address.__struct_fields__]
    await asked.execute(_ADD_ADDRESS, account_id, *values, new_id())
