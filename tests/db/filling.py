"""Rows of many payments and of all that follows from them, for tests of what a statement reads.

One account has 10,000 payments, as many accounts have one each; most have ended long ago.
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import BigInteger, Boolean, Date, LargeBinary, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.types import TypeEngine

from billing_api.tables import METADATA

_MANY = 10_000
# What a column without a value of its own has, where it must have one.
_DEFAULTS: dict[type[TypeEngine[Any]], str] = {
    BigInteger: "0",
    Boolean: "false",
    Date: "day",
    JSONB: "'{}'",
    LargeBinary: "'x'",
    Text: "'x'",
    TIMESTAMP: "moment",
    Uuid: "id",
}
_OF = "('00000000-0000-0000-{kind}-' || lpad(({number})::text, 12, '0'))::uuid"
_SOURCE = f"""
    FROM generate_series(1, {2 * _MANY}) AS n,
         LATERAL (SELECT CASE WHEN n <= {_MANY} THEN 1 ELSE n - {_MANY} + 1 END AS account) AS one,
         LATERAL (SELECT {_OF.format(kind="0000", number="account")} AS account_id,
                         {_OF.format(kind="0003", number="n")} AS id,
                         {_OF.format(kind="0004", number="account")} AS method_id,
                         ('00000000-0000-' || CASE WHEN account = 1 THEN '0000-0001-' || lpad(n::text, 12, '0')
                          ELSE '0000-0002-' || lpad(account::text, 12, '0') END)::uuid AS invoice_id,
                         n % 400 AS kind_of,
                         date '2026-11-25' - n / 60 AS day,
                         timestamptz '2026-11-26' - interval '20 minutes' * n AS moment) AS facts
"""
_STATE = (
    "CASE kind_of WHEN 7 THEN 'scheduled' WHEN 8 THEN 'processing' WHEN 9 THEN 'unknown' WHEN 10 THEN 'declined' "
    "WHEN 11 THEN 'failed' ELSE 'succeeded' END"
)
_CHECKED = "CASE WHEN kind_of IN (8, 9, 11) THEN timestamptz '2026-11-27' + interval '1 minute' * kind_of END"
_SCHEDULED = "kind_of % 20 = 7"
_FIRST_OF_ACCOUNT = f"WHERE n > {_MANY} - 1"
# The values that matter, by table, and the rows that there are.
_ROWS: dict[str, tuple[dict[str, str], str]] = {
    "payments": (
        {
            "number": "'PMT-' || n",
            "kind": "'card'",
            "state": _STATE,
            "currency": "'USD'",
            "amount": "1000",
            "payment_method_id": "method_id",
            "order_id": "id::text",
            "gateway_transaction_id": "CASE WHEN kind_of NOT IN (7, 9, 11) THEN 't' || n END",
            "next_check_at": _CHECKED,
            "scheduled_on": f"CASE WHEN {_SCHEDULED} THEN day + CASE WHEN kind_of = 7 THEN 365 ELSE 0 END END",
            "submitted_at": f"CASE WHEN {_SCHEDULED} AND kind_of <> 7 THEN moment END",
            "is_autopay": _SCHEDULED,
        },
        "",
    ),
    "payment_allocations": ({"payment_id": "id", "invoice_id": "invoice_id", "amount": "1000"}, ""),
    "payment_schedules": ({"payment_id": "id", "attempt": "1", "reminded_at": "moment"}, f"WHERE {_SCHEDULED}"),
    "gateway_orders": (
        {
            "order_id": "id::text",
            "payment_id": "id",
            "transaction_id": "CASE WHEN kind_of NOT IN (7, 9, 11) THEN 't' || n END",
        },
        "WHERE kind_of <> 7",
    ),
    "late_charges": (
        {"payment_id": "id", "transaction_id": "'late' || n", "status": "'given_back'"},
        "WHERE kind_of = 11",
    ),
    "autopay": (
        {"enabled": "true", "payment_method_id": "method_id", "pays_from": "date '2026-01-01'"},
        _FIRST_OF_ACCOUNT,
    ),
    "autopay_invoices": (
        {
            "invoice_id": "invoice_id",
            "payment_id": "id",
            "status": "CASE kind_of WHEN 7 THEN 'planned' WHEN 9 THEN 'ended' ELSE 'sent' END",
            "attempt": "1",
        },
        "",
    ),
    "refunds": (
        {
            "payment_id": "id",
            "state": "CASE kind_of WHEN 8 THEN 'unknown' ELSE 'succeeded' END",
            "method": "'refund'",
            "currency": "'USD'",
            "amount": "10",
            "transaction_id": "'r' || n",
            "next_check_at": _CHECKED,
        },
        "WHERE kind_of % 4 = 0",
    ),
    "refund_parts": ({"refund_id": "id", "invoice_id": "invoice_id", "amount": "10"}, "WHERE kind_of % 4 = 0"),
    "chargebacks": (
        {
            "number": "'CHB-' || n",
            "payment_id": "id",
            "dispute_id": "'d' || n",
            "kind": "'chargeback'",
            "state": "'lost'",
            "currency": "'USD'",
            "amount": "1000",
            "taken": "1000",
        },
        "WHERE kind_of % 4 = 1",
    ),
    "chargeback_parts": (
        {"chargeback_id": "id", "invoice_id": "invoice_id", "amount": "1000"},
        "WHERE kind_of % 4 = 1",
    ),
    "gateway_notices": ({"digest": "md5(n::text)", "result": "'applied'", "applied_at": "moment"}, ""),
    "payouts": ({"batch_id": "'b' || n", "status": "'paid'", "currency": "'USD'"}, "WHERE kind_of % 20 = 0"),
    "payout_items": (
        {
            "payout_id": _OF.format(kind="0003", number="(n / 20 + 1) * 20"),
            "payment_id": "id",
            "payment_number": "'PMT-' || n",
            "account_id": "account_id",
            "transaction_id": "'t' || n",
            "movement": "'charge'",
            "amount": "1000",
        },
        "",
    ),
}


def filling() -> Iterator[str]:
    """Yield the statements that fill the tables."""
    for name, (values, where) in _ROWS.items():
        row = dict(_values_of(METADATA.tables[name], values))
        yield f"INSERT INTO {name} ({', '.join(row)}) SELECT {', '.join(row.values())} {_SOURCE} {where}"


def _values_of(table: Table, values: dict[str, str]) -> Iterator[tuple[str, str]]:
    assert values.keys() <= set(table.c.keys()), values.keys() - set(table.c.keys())
    for column in table.c:
        if column.name in values:
            yield column.name, values[column.name]
        elif column.name in {"account_id", "id"}:
            yield column.name, column.name
        elif not column.nullable and column.server_default is None:
            yield column.name, next(word for kind, word in _DEFAULTS.items() if isinstance(column.type, kind))
