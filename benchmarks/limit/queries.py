"""The reads of the limit, in SQL as one writes it by hand: one query for each part of a response."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg
from msgspec import Raw

from benchmarks.limit.bodies import (
    Address,
    Ageing,
    Balance,
    Card,
    CurrencyBalance,
    Invoice,
    InvoiceDetail,
    PaidInvoice,
    PaymentMethod,
    PendingEmail,
    Profile,
    QuoteLine,
    Terms,
    Transaction,
)

if TYPE_CHECKING:  # generic for the type checker alone
    from asyncpg.pool import PoolConnectionProxy

    Executor = PoolConnectionProxy[asyncpg.Record] | asyncpg.Pool[asyncpg.Record]

_INVOICES = """
SELECT id, number, kind, po_number, status,
       CASE WHEN status <> 'open' THEN status
            WHEN amount_pending > 0 THEN 'processing'
            WHEN amount_due < total THEN 'partial'
            ELSE 'unpaid' END,
       status = 'open' AND due_on < $2,
       currency, issued_on, due_on, closed_on, total, amount_due, amount_pending,
       CASE WHEN contested IS NULL THEN 0 ELSE least(contested, amount_due) END
FROM invoices WHERE account_id = $1 ORDER BY issued_on DESC, id DESC LIMIT $3
"""
_BALANCE = """
SELECT a.currency, a.credit_limit, a.net_days, a.discount_basis_points, a.discount_days, a.discount_includes_tax,
       b.currency, coalesce(b.receivable + b.customer_credit, 0), coalesce(b.pending, 0),
       coalesce(i.current, 0), coalesce(i.late_30, 0), coalesce(i.late_60, 0), coalesce(i.late_90, 0),
       coalesce(i.later, 0), coalesce(m.unapplied, 0), c.current, c.late_30, c.late_60, c.late_90, c.later
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
LEFT JOIN (
  SELECT currency,
         sum(least(contested, amount_due)) FILTER (WHERE due_on >= $2)::bigint AS current,
         sum(least(contested, amount_due)) FILTER (WHERE due_on < $2 AND due_on >= $3)::bigint AS late_30,
         sum(least(contested, amount_due)) FILTER (WHERE due_on < $3 AND due_on >= $4)::bigint AS late_60,
         sum(least(contested, amount_due)) FILTER (WHERE due_on < $4 AND due_on >= $5)::bigint AS late_90,
         sum(least(contested, amount_due)) FILTER (WHERE due_on < $5)::bigint AS later
  FROM invoices WHERE account_id = $1 AND status = 'open' AND contested IS NOT NULL GROUP BY currency
) c ON c.currency = b.currency
WHERE a.id = $1 ORDER BY b.currency
"""
_PROFILE = """
SELECT p.version, p.account_id, p.company_name, p.contact_name, p.phone, p.phone_extension, p.email, p.locale,
       a.currency, p.updated_at, a.net_days, a.discount_basis_points, a.discount_days, a.discount_includes_tax,
       c.email, c.requested_at, c.expires_at
FROM profiles p JOIN accounts a ON a.id = p.account_id LEFT JOIN email_changes c ON c.account_id = p.account_id
WHERE p.account_id = $1
"""
_SHIPPING_ADDRESS = """
SELECT version, id, label, recipient, line1, line2, city, region, postal_code, country, phone, phone_extension,
       default_billing, default_shipping, created_at, updated_at
FROM addresses WHERE account_id = $1 AND default_shipping
"""
_PAYMENT_METHOD = """
SELECT version, id, kind, status, is_default, blocked_code, last4, created_at, updated_at, removed_at,
       three_d_secure_status, brand, cardholder_name, expiration_month, expiration_year,
       ends_on < $2, ends_on BETWEEN $2 AND $2 + 30
FROM payment_methods,
     LATERAL (SELECT (make_date(expiration_year::int, expiration_month::int, 1) + interval '1 month - 1 day')::date
             ) e (ends_on)
WHERE account_id = $1 AND is_default
"""
_INVOICE = """
SELECT id, number, external_id, kind, po_number, status,
       CASE WHEN status <> 'open' THEN status
            WHEN amount_pending > 0 THEN 'processing'
            WHEN amount_due < total THEN 'partial'
            ELSE 'unpaid' END,
       status = 'open' AND due_on < $2,
       currency, issued_on, due_on, closed_on, memo, net, tax, total,
       paid, credited, deposit_applied, discounted, written_off, voided, amount_due, amount_pending,
       CASE WHEN contested IS NULL THEN 0 ELSE least(contested, amount_due) END, NULL,
       (SELECT coalesce(json_agg(json_build_object(
                 'description', description, 'quantity', trim_scale(quantity)::text, 'unit_amount', unit_amount,
                 'amount', amount) ORDER BY position), '[]')
        FROM invoice_lines l WHERE l.account_id = i.account_id AND l.invoice_id = i.id),
       (SELECT coalesce(json_agg(json_build_object(
                 'name', name, 'rate', trim_scale(rate)::text, 'amount', amount) ORDER BY position), '[]')
        FROM invoice_taxes t WHERE t.account_id = i.account_id AND t.invoice_id = i.id),
       (SELECT coalesce(json_agg(json_build_object(
                 'id', id, 'type', CASE WHEN kind IN ('credit', 'deposit') THEN kind || '_application' ELSE kind END,
                 'source_id', source_id, 'source_number', source_number,
                 'effective_on', effective_on, 'amount', amount, 'reason', reason,
                 'reason_text', reason_text) ORDER BY effective_on, id), '[]')
        FROM invoice_applications a WHERE a.account_id = i.account_id AND a.invoice_id = i.id),
       created_at, updated_at
FROM invoices i WHERE account_id = $1 AND id = $3
"""
_TRANSACTIONS = """
SELECT id, kind, number, document_id, invoice_id, effective_on, posted_at, currency, amount,
       receivable + customer_credit, seq
FROM ledger_entries WHERE account_id = $1 ORDER BY effective_on DESC, seq DESC LIMIT $2
"""
_PAYABLE = """
SELECT p.* FROM unnest($2::uuid[]) wanted (id),
LATERAL (SELECT id, number, amount_due, amount_pending FROM invoices i
         WHERE i.account_id = $1 AND i.id = wanted.id AND i.currency = $3 LIMIT 1) p
"""


async def newest_invoices(executor: "Executor", account_id: UUID, today: date, limit: int) -> list[Invoice]:
    """Return up to `limit` invoices, newest first."""
    return [Invoice(*row) for row in await executor.fetch(_INVOICES, account_id, today, limit)]


async def balance(executor: "Executor", account_id: UUID, today: date) -> Balance:
    """Return the balance of each currency, aged."""
    late = [today - timedelta(days=days) for days in (30, 60, 90)]
    rows = await executor.fetch(_BALANCE, account_id, today, *late)
    currency, credit_limit, *terms = rows[0][:6]
    return Balance(today, currency, credit_limit, Terms(*terms), [_in_currency(*row) for row in rows])


def _in_currency(account_currency: str, *row: Any) -> CurrencyBalance:
    currency, owed, pending, *ages, credits_left = row[5:14]
    contested = row[14:]
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
        Ageing(*(part or 0 for part in contested)),
    )


async def profile(executor: "Executor", account_id: UUID) -> Profile:
    """Return the account's profile."""
    (row,) = await executor.fetch(_PROFILE, account_id)
    pending = None if row[14] is None else PendingEmail(*row[14:])
    values = [*row[:7], pending, *row[7:9], Terms(*row[10:14]), row[9]]
    return Profile(*values)


async def shipping_address(executor: "Executor", account_id: UUID) -> Address | None:
    """Return the default one, or None."""
    row = await executor.fetchrow(_SHIPPING_ADDRESS, account_id)
    return Address(*row) if row else None


async def payment_method(executor: "Executor", account_id: UUID, today: date) -> PaymentMethod | None:
    """Return the default one, or None."""
    row = await executor.fetchrow(_PAYMENT_METHOD, account_id, today)
    if row is None:
        return None
    card = [*row[11:], None, row[10]]
    values = [*row[:7], Card(*card), None, *row[7:10]]
    return PaymentMethod(*values)


async def invoice(executor: "Executor", account_id: UUID, invoice_id: UUID, today: date) -> InvoiceDetail:
    """Return one invoice with everything that belongs to it."""
    (row,) = await executor.fetch(_INVOICE, account_id, today, invoice_id)
    values = [*row[:26], *(Raw(part.encode()) for part in row[26:29]), *row[29:]]
    return InvoiceDetail(*values)


async def transactions(executor: "Executor", account_id: UUID, limit: int) -> list[tuple[Transaction, int]]:
    """Return up to `limit` entries of the history, each with its place in it."""
    return [(Transaction(*row[:10]), row[10]) for row in await executor.fetch(_TRANSACTIONS, account_id, limit)]


async def payable(executor: "Executor", account_id: UUID, currency: str, wanted: list[PaidInvoice]) -> list[QuoteLine]:
    """Return the amount that each of the invoices would get, in the order of the request."""
    rows = await executor.fetch(_PAYABLE, account_id, [part.invoice_id for part in wanted], currency)
    lines = []
    for part, (invoice_id, number, due, pending) in zip(wanted, rows, strict=True):
        left = due - pending
        lines.append(QuoteLine(invoice_id, number, due, left, left if part.amount is None else part.amount))
    return lines
