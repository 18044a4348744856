"""Imports every table, so that migrations and the schema's tests see the whole of it."""

from billing_api.accounts import model as accounts
from billing_api.addresses import model as addresses
from billing_api.audit import model as audit
from billing_api.auth import model as auth
from billing_api.credits import model as credits_
from billing_api.db import idempotency
from billing_api.db.base import Base
from billing_api.deposits import model as deposits
from billing_api.events import model as events
from billing_api.invoices import model as invoices
from billing_api.ledger import model as ledger
from billing_api.password_resets import model as password_resets
from billing_api.payment_methods import model as payment_methods
from billing_api.payments import model as payments
from billing_api.profiles import model as profiles
from billing_api.sessions import model as sessions
from billing_api.users import model as users

TABLE_MODULES = (
    accounts,
    addresses,
    audit,
    auth,
    credits_,
    deposits,
    events,
    idempotency,
    invoices,
    ledger,
    password_resets,
    payment_methods,
    payments,
    profiles,
    sessions,
    users,
)
METADATA = Base.metadata

# Tables whose rows belong to no single account, or are found by a value that is unique across all (scale.md, rule 4).
GLOBAL_TABLES = frozenset(
    {
        "external_references",
        "people",
        "login_identities",
        "refresh_tokens",
        "password_resets",
        "revocations",
        "rate_counters",
        "security_log",
        "gateway_orders",
        "gateway_tokens",
    }
)
# Whose rows a trigger keeps as they were written; of an event, what may be added later is free.
APPEND_ONLY_TABLES = frozenset(
    {
        "audit_log",
        "credit_memo_taxes",
        "invoice_applications",
        "invoice_lines",
        "invoice_taxes",
        "ledger_entries",
        "outbox_events",
        "payment_allocations",
        "security_log",
    }
)
