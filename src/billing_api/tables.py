"""All tables, so that migrations and the schema's tests see the whole of them."""

from billing_api.accounts import model as _accounts
from billing_api.audit import model as _audit
from billing_api.auth import model as _auth
from billing_api.db import idempotency as _idempotency
from billing_api.db.base import METADATA
from billing_api.events import model as _events
from billing_api.features import FEATURES
from billing_api.jobs import model as _jobs

__all__ = ["APPEND_ONLY_TABLES", "GLOBAL_TABLES", "METADATA", "TABLES"]

_BELOW_FEATURES = (_accounts, _audit, _auth, _idempotency, _events, _jobs)
TABLES = frozenset(table.name for feature in FEATURES for table in feature.tables)

# Tables whose rows belong to no single account, or are found by a value that is unique across all accounts
# (docs/decisions/0002).
GLOBAL_TABLES = frozenset(
    {
        "external_references",
        "users",
        "user_emails",
        "refresh_tokens",
        "password_resets",
        "download_links",
        "clients",
        "client_secrets",
        "revocations",
        "rate_counters",
        "security_log",
        "gateway_orders",
        "gateway_tokens",
        "gateway_notices",
        "gateway_sweeps",
        "payouts",
        "payout_items",
        "statement_letterheads",
        "event_positions",
        "jobs",
        "periodic_ticks",
    }
)
# Tables whose rows a trigger keeps as they were written; an event gets its number later, once.
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
        "statement_balances",
        "statement_lines",
        "statements",
    }
)
