"""A payment of the limit: both transactions of the service, with nothing between them where the gateway would be."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING
from uuid import UUID

import asyncpg
import msgspec

from benchmarks.limit.bodies import Allocation, NewPayment, Payment
from benchmarks.limit.writes import Actor, audit, lock_account
from billing_api.kit.ids import new_id

if TYPE_CHECKING:  # generic for the type checker alone
    from asyncpg.pool import PoolConnectionProxy

    Connection = PoolConnectionProxy[asyncpg.Record]
    Pool = asyncpg.Pool[asyncpg.Record]

_CLAIM = """
INSERT INTO idempotency_keys (account_id, principal, method, route, key, digest, subject_id, leased_until, expires_at)
VALUES ($1, $2, 'POST', '/v1/payments', $3, $4, $5, $6, '9999-01-01')
ON CONFLICT (account_id, principal, method, route, key) DO UPDATE
SET digest = excluded.digest, subject_id = excluded.subject_id, leased_until = excluded.leased_until,
    expires_at = excluded.expires_at, outcome = NULL, body = NULL
WHERE idempotency_keys.expires_at <= $7 RETURNING key
"""
_DECLINES = """
SELECT r.key, hits, expires_at FROM rate_counters r JOIN unnest($1::text[]) wanted (key) ON r.key = wanted.key
WHERE expires_at > $2
"""
_METHOD = "SELECT kind, status, token, brand, last4 FROM payment_methods WHERE account_id = $1 AND id = $2"
_LOCK_INVOICE = """
SELECT number, status, currency, amount_due, amount_pending FROM invoices
WHERE account_id = $1 AND id = $2 FOR NO KEY UPDATE
"""
_NEXT_NUMBER = """
INSERT INTO counters (account_id, name, value) VALUES ($1, $2, 1)
ON CONFLICT (account_id, name) DO UPDATE SET value = counters.value + 1 RETURNING value
"""
_ADD_PAYMENT = """
INSERT INTO payments (account_id, id, number, kind, state, currency, amount, unapplied, received_on, payment_method_id,
                      method_brand, method_last4, method_token, order_id, next_check_at, created_at, updated_at,
                      version)
VALUES ($1, $2, $3, $4, 'submitting', $5, $6, 0, $7, $8, $9, $10, $11, $12, $13, $14, $14, 1)
"""
_ADD_ALLOCATION = """
INSERT INTO payment_allocations (account_id, id, payment_id, invoice_id, invoice_number, amount)
VALUES ($1, $2, $3, $4, $5, $6)
"""
_ADD_ORDER = "INSERT INTO gateway_orders (order_id, account_id, payment_id) VALUES ($1, $2, $3)"
_RESERVE = """
UPDATE invoices SET amount_pending = amount_pending + $3, updated_at = $4, version = version + 1
WHERE account_id = $1 AND id = $2
"""
_ADD_TO_BALANCE = """
UPDATE ledger_balances SET receivable = receivable + $3, pending = pending + $4 WHERE account_id = $1 AND currency = $2
"""
_HOLD = """
INSERT INTO payment_method_holds (account_id, payment_method_id, holder_kind, holder_id, created_at)
VALUES ($1, $2, 'payment', $3, $4)
"""
_PAYMENT = "SELECT state, version FROM payments WHERE account_id = $1 AND id = $2"
_SUCCEED = """
UPDATE payments SET state = 'succeeded', gateway_transaction_id = $3, next_check_at = NULL, updated_at = $4,
                    version = version + 1
WHERE account_id = $1 AND id = $2 RETURNING version
"""
_NAME_TRANSACTION = "UPDATE gateway_orders SET transaction_id = $2 WHERE order_id = $1"
_APPLY = """
UPDATE invoices
SET paid = paid + $3, amount_due = amount_due - $3, amount_pending = amount_pending - $3, last_applied_on = $4::date,
    status = CASE WHEN amount_due = $3 THEN 'paid' ELSE 'open' END,
    closed_on = CASE WHEN amount_due = $3 THEN $4::date END, updated_at = $5, version = version + 1
WHERE account_id = $1 AND id = $2
"""
_ADD_APPLICATION = """
INSERT INTO invoice_applications (account_id, id, invoice_id, kind, source_id, source_number, effective_on, amount,
                                  created_at)
VALUES ($1, $2, $3, 'payment', $4, $5, $6, $7, $8)
"""
_ADD_ENTRY = """
INSERT INTO ledger_entries (account_id, id, seq, kind, currency, effective_on, posted_at, document_id, number, amount,
                            receivable, customer_credit, revenue, tax, cash_clearing, discounts, write_offs)
VALUES ($1, $2, $3, 'payment', $4, $5, $6, $7, $8, $9::bigint, -$9::bigint, 0, 0, 0, $9::bigint, 0, 0)
"""
_ADD_TO_MONTH = """
INSERT INTO ledger_months (account_id, currency, month, receivable, customer_credit) VALUES ($1, $2, $3, $4, 0)
ON CONFLICT (account_id, currency, month) DO UPDATE SET receivable = ledger_months.receivable + excluded.receivable
"""
_LET_GO = """
DELETE FROM payment_method_holds
WHERE account_id = $1 AND payment_method_id = $2 AND holder_kind = 'payment' AND holder_id = $3
"""
_ADD_EVENT = """
INSERT INTO outbox_events (account_id, id, kind, subject_id, occurred_at, data)
VALUES ($1, $2, 'payment.succeeded', $3, $4, $5)
"""
_FINISH = """
UPDATE idempotency_keys SET outcome = coalesce(outcome, 'created'), body = coalesce(body, $3), expires_at = $4
WHERE account_id = $1 AND subject_id = $2
"""
_LEASE, _KEEP, _FIRST_CHECK = timedelta(seconds=90), timedelta(hours=48), timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class _Intent:
    """A payment that is written and reserved."""

    id: UUID
    number: str
    kind: str
    brand: str | None
    last4: str | None
    invoice_number: str
    created_at: datetime


async def pay(pool: "Pool", actor: Actor, wanted: NewPayment, key: str, body: bytes) -> Payment:
    """Pay one invoice in part. Raise ValueError when it can't be paid."""
    async with pool.acquire() as connection, connection.transaction():
        intent = await _record_intent(connection, actor, wanted, key, sha256(body).hexdigest())
    async with pool.acquire() as connection, connection.transaction():
        return await _record_outcome(connection, actor, wanted, intent)


async def _record_intent(connection: "Connection", actor: Actor, wanted: NewPayment, key: str, digest: str) -> _Intent:
    account_id, now, payment_id = actor.account_id, datetime.now(UTC), new_id()
    (part,) = wanted.pay.invoices
    amount, method_id = part.amount or 0, wanted.payment_method_id
    principal = f"person:{actor.user_id}"
    if not await connection.fetchval(_CLAIM, account_id, principal, key, digest, payment_id, now + _LEASE, now):
        raise ValueError("the key is taken")
    await lock_account(connection, account_id)
    if await connection.fetch(_DECLINES, [f"declines-account:{account_id}", "declines-network:127.0.0.1"], now):
        raise ValueError("too many declines")
    method = await connection.fetchrow(_METHOD, account_id, method_id)
    invoice = await connection.fetchrow(_LOCK_INVOICE, account_id, part.invoice_id)
    if method is None or invoice is None or not 0 < amount <= invoice["amount_due"] - invoice["amount_pending"]:
        raise ValueError("this can't be paid")
    number = f"PMT-{await connection.fetchval(_NEXT_NUMBER, account_id, 'payment'):06d}"
    await connection.execute(
        _ADD_PAYMENT,
        account_id,
        payment_id,
        number,
        method["kind"],
        wanted.currency,
        amount,
        now.date(),
        method_id,
        method["brand"],
        method["last4"],
        method["token"],
        str(payment_id),
        now + _FIRST_CHECK,
        now,
    )
    await connection.execute(
        _ADD_ALLOCATION, account_id, new_id(), payment_id, part.invoice_id, invoice["number"], amount
    )
    await connection.execute(_ADD_ORDER, str(payment_id), account_id, payment_id)
    await connection.execute(_RESERVE, account_id, part.invoice_id, amount, now)
    await connection.execute(_ADD_TO_BALANCE, account_id, wanted.currency, 0, amount)
    await connection.execute(_HOLD, account_id, method_id, payment_id, now)
    await audit(
        connection,
        actor,
        "payment.submitted",
        payment_id,
        now,
        number=number,
        currency=wanted.currency,
        amount=amount,
        payment_method_id=str(method_id),
    )
    return _Intent(payment_id, number, method["kind"], method["brand"], method["last4"], invoice["number"], now)


async def _record_outcome(connection: "Connection", actor: Actor, wanted: NewPayment, intent: _Intent) -> Payment:
    account_id, now = actor.account_id, datetime.now(UTC)
    (part,) = wanted.pay.invoices
    amount, today = part.amount or 0, intent.created_at.date()
    await lock_account(connection, account_id)
    known = await connection.fetchrow(_PAYMENT, account_id, intent.id)
    if known is None or known["state"] != "submitting":
        raise ValueError("the payment has an outcome already")
    transaction_id = intent.id.hex
    version = await connection.fetchval(_SUCCEED, account_id, intent.id, transaction_id, now)
    await connection.execute(_NAME_TRANSACTION, str(intent.id), transaction_id)
    await connection.execute(_APPLY, account_id, part.invoice_id, amount, today, now)
    await connection.execute(
        _ADD_APPLICATION, account_id, new_id(), part.invoice_id, intent.id, intent.number, today, amount, now
    )
    seq = await connection.fetchval(_NEXT_NUMBER, account_id, "ledger_seq")
    await connection.execute(
        _ADD_ENTRY, account_id, new_id(), seq, wanted.currency, today, now, intent.id, intent.number, amount
    )
    await connection.execute(_ADD_TO_BALANCE, account_id, wanted.currency, -amount, -amount)
    await connection.execute(_ADD_TO_MONTH, account_id, wanted.currency, today.replace(day=1), -amount)
    await connection.execute(_LET_GO, account_id, wanted.payment_method_id, intent.id)
    await audit(connection, actor, "payment.succeeded", intent.id, now, decline_code=None)
    payment = Payment(
        version=version,
        id=intent.id,
        number=intent.number,
        type=intent.kind,
        status="succeeded",
        currency=wanted.currency,
        amount=amount,
        unapplied=0,
        credited=0,
        deposit_applied=0,
        discounted=0,
        overpaid=0,
        refunded=0,
        refund_pending=0,
        disputed=0,
        received_on=today,
        payment_method_id=wanted.payment_method_id,
        brand=intent.brand,
        last4=intent.last4,
        reference=None,
        decline=None,
        scheduled_on=None,
        is_autopay=False,
        next_check_at=None,
        created_at=intent.created_at,
        updated_at=now,
        allocations=[Allocation(part.invoice_id, intent.invoice_number, amount)],
        credits=[],
        schedule=None,
        three_d_secure=None,
        deposit_id=None,
        resolved_by=None,
    )
    await connection.execute(_ADD_EVENT, account_id, new_id(), intent.id, now, _event(payment))
    await connection.execute(_FINISH, account_id, intent.id, msgspec.json.encode(payment).decode(), now + _KEEP)
    return payment


def _event(payment: Payment) -> str:
    """Return the payment as the change feed has it."""
    data = {
        "number": payment.number,
        "external_id": None,
        "type": payment.type,
        "status": payment.status,
        "currency": payment.currency,
        "amount": payment.amount,
        "unapplied": payment.unapplied,
        "credited": 0,
        "deposit_applied": 0,
        "discounted": 0,
        "overpaid": 0,
        "received_on": payment.received_on,
        "reference": None,
        "decline_code": None,
        "deposit_id": None,
        "allocations": [
            {
                "invoice_id": part.invoice_id,
                "amount": part.amount,
                "credited": 0,
                "deposit_applied": 0,
                "discounted": 0,
            }
            for part in payment.allocations
        ],
        "credits": [],
    }
    return msgspec.json.encode(data).decode()
