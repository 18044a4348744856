"""The core: accounts, people, sessions, addresses, methods, documents, the books, payments, outbox and audit log."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

_APPEND_ONLY = ("ledger_entries", "audit_log")


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("net_days", sa.BigInteger(), nullable=False),
        sa.Column("discount_basis_points", sa.BigInteger(), nullable=False),
        sa.Column("discount_days", sa.BigInteger(), nullable=False),
        sa.Column("discount_includes_tax", sa.Boolean(), nullable=False),
        sa.Column("credit_limit", sa.BigInteger(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("status IN ('active', 'suspended', 'closed')", name=op.f("ck_accounts_status")),
        sa.CheckConstraint("credit_limit >= 0", name=op.f("ck_accounts_credit_limit")),
        sa.CheckConstraint("discount_basis_points BETWEEN 0 AND 10000", name=op.f("ck_accounts_discount_basis_points")),
        sa.CheckConstraint("discount_days BETWEEN 0 AND 365", name=op.f("ck_accounts_discount_days")),
        sa.CheckConstraint("net_days BETWEEN 0 AND 365", name=op.f("ck_accounts_net_days")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
    )
    op.create_table(
        "people",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("password_is_long", sa.Boolean(), nullable=False),
        sa.Column("password_changed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("disabled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_table(
        "rate_counters",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("hits", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_counters")),
    )
    op.create_index(op.f("ix_rate_counters_expires_at"), "rate_counters", ["expires_at"], unique=False)
    op.create_table(
        "revocations",
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("subject_id", name=op.f("pk_revocations")),
    )
    op.create_index(op.f("ix_revocations_revoked_at"), "revocations", ["revoked_at"], unique=False)
    op.create_table(
        "addresses",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("label", sa.Text(), nullable=True),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("line1", sa.Text(), nullable=False),
        sa.Column("line2", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("default_billing", sa.Boolean(), nullable=False),
        sa.Column("default_shipping", sa.Boolean(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_addresses_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_addresses")),
    )
    op.create_index(
        "uq_addresses_default_billing",
        "addresses",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("default_billing"),
    )
    op.create_index(
        "uq_addresses_default_shipping",
        "addresses",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("default_shipping"),
    )
    op.create_table(
        "audit_log",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("actor_kind", sa.Text(), nullable=False),
        sa.Column("actor_id", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_audit_log_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_audit_log")),
    )
    op.create_index(
        op.f("ix_audit_log_account_id_subject_id_id"), "audit_log", ["account_id", "subject_id", "id"], unique=False
    )
    op.create_table(
        "counters",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("value >= 0", name=op.f("ck_counters_value")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_counters_account_id")),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_counters")),
    )
    op.create_table(
        "credit_memos",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("0 <= unapplied AND unapplied <= total", name=op.f("ck_credit_memos_unapplied")),
        sa.CheckConstraint(
            "total = net + tax AND total > 0 AND net >= 0 AND tax >= 0", name=op.f("ck_credit_memos_total")
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_credit_memos_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_credit_memos")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_credit_memos_account_id_number")),
    )
    op.create_index(
        "ix_credit_memos_unapplied",
        "credit_memos",
        ["account_id", "currency", "issued_on"],
        unique=False,
        postgresql_where=sa.text("unapplied > 0"),
    )
    op.create_table(
        "deposits",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("0 <= unapplied AND unapplied <= amount", name=op.f("ck_deposits_unapplied")),
        sa.CheckConstraint("amount > 0", name=op.f("ck_deposits_amount")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_deposits_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_deposits")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_deposits_account_id_number")),
    )
    op.create_index(
        "ix_deposits_unapplied",
        "deposits",
        ["account_id", "currency", "received_on"],
        unique=False,
        postgresql_where=sa.text("unapplied > 0"),
    )
    op.create_table(
        "external_references",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_external_references_account_id")),
        sa.PrimaryKeyConstraint("kind", "external_id", name=op.f("pk_external_references")),
    )
    op.create_index(op.f("ix_external_references_account_id"), "external_references", ["account_id"], unique=False)
    op.create_table(
        "gateway_customers",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("customer_id", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_gateway_customers_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_gateway_customers")),
    )
    op.create_table(
        "idempotency_keys",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("principal", sa.Text(), nullable=False),
        sa.Column("method", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("leased_until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=True),
        sa.Column("body", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_idempotency_keys_account_id")),
        sa.PrimaryKeyConstraint("account_id", "principal", "method", "route", "key", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_account_id_expires_at"),
        "idempotency_keys",
        ["account_id", "expires_at"],
        unique=False,
    )
    op.create_index(
        op.f("ix_idempotency_keys_account_id_subject_id"),
        "idempotency_keys",
        ["account_id", "subject_id"],
        unique=False,
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    op.create_table(
        "invoices",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("po_number", sa.Text(), nullable=True),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True),
        sa.Column("last_applied_on", sa.Date(), nullable=True),
        sa.Column("memo", sa.Text(), nullable=True),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("paid", sa.BigInteger(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("deposit_applied", sa.BigInteger(), nullable=False),
        sa.Column("discounted", sa.BigInteger(), nullable=False),
        sa.Column("written_off", sa.BigInteger(), nullable=False),
        sa.Column("voided", sa.BigInteger(), nullable=False),
        sa.Column("amount_due", sa.BigInteger(), nullable=False),
        sa.Column("amount_pending", sa.BigInteger(), nullable=False),
        sa.Column("discount_basis_points", sa.BigInteger(), nullable=False),
        sa.Column("discount_until", sa.Date(), nullable=True),
        sa.Column("discount_includes_tax", sa.Boolean(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("(status = 'open') = (closed_on IS NULL)", name=op.f("ck_invoices_closed")),
        sa.CheckConstraint("kind IN ('invoice', 'fee')", name=op.f("ck_invoices_kind")),
        sa.CheckConstraint("status IN ('open', 'paid', 'void')", name=op.f("ck_invoices_status")),
        sa.CheckConstraint("0 <= amount_pending AND amount_pending <= amount_due", name=op.f("ck_invoices_pending")),
        sa.CheckConstraint(
            "total = net + tax AND total >= 0 AND net >= 0 AND tax >= 0", name=op.f("ck_invoices_total")
        ),
        sa.CheckConstraint(
            "total = paid + credited + deposit_applied + discounted + written_off + voided + amount_due",
            name=op.f("ck_invoices_applied"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_invoices_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_invoices")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_invoices_account_id_number")),
    )
    op.create_index(
        "ix_invoices_account_id_closed_on",
        "invoices",
        ["account_id", "closed_on", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'paid'"),
    )
    op.create_index(
        op.f("ix_invoices_account_id_amount_due_id"), "invoices", ["account_id", "amount_due", "id"], unique=False
    )
    op.create_index(op.f("ix_invoices_account_id_due_on_id"), "invoices", ["account_id", "due_on", "id"], unique=False)
    op.create_index(
        op.f("ix_invoices_account_id_issued_on_id"), "invoices", ["account_id", "issued_on", "id"], unique=False
    )
    op.create_index(
        op.f("ix_invoices_account_id_status_due_on_id"),
        "invoices",
        ["account_id", "status", "due_on", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoices_account_id_status_issued_on_id"),
        "invoices",
        ["account_id", "status", "issued_on", "id"],
        unique=False,
    )
    op.create_index(op.f("ix_invoices_account_id_total_id"), "invoices", ["account_id", "total", "id"], unique=False)
    op.create_index(
        "ix_invoices_open_by_due_date",
        "invoices",
        ["account_id", "currency", "due_on"],
        unique=False,
        postgresql_where=sa.text("status = 'open'"),
        postgresql_include=["amount_due", "amount_pending"],
    )
    op.create_table(
        "ledger_balances",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("receivable", sa.BigInteger(), nullable=False),
        sa.Column("customer_credit", sa.BigInteger(), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("customer_credit <= 0", name=op.f("ck_ledger_balances_customer_credit")),
        sa.CheckConstraint("pending >= 0", name=op.f("ck_ledger_balances_pending")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ledger_balances_account_id")),
        sa.PrimaryKeyConstraint("account_id", "currency", name=op.f("pk_ledger_balances")),
    )
    op.create_table(
        "ledger_entries",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("posted_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("document_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=True),
        sa.Column("receivable", sa.BigInteger(), nullable=False),
        sa.Column("customer_credit", sa.BigInteger(), nullable=False),
        sa.Column("revenue", sa.BigInteger(), nullable=False),
        sa.Column("tax", sa.BigInteger(), nullable=False),
        sa.Column("cash_clearing", sa.BigInteger(), nullable=False),
        sa.Column("discounts", sa.BigInteger(), nullable=False),
        sa.Column("write_offs", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount >= 0", name=op.f("ck_ledger_entries_amount")),
        sa.CheckConstraint(
            "receivable + customer_credit + revenue + tax + cash_clearing + discounts + write_offs = 0",
            name=op.f("ck_ledger_entries_sums_to_zero"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ledger_entries_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_ledger_entries")),
        sa.UniqueConstraint("account_id", "seq", name=op.f("uq_ledger_entries_account_id_seq")),
    )
    op.create_index(
        op.f("ix_ledger_entries_account_id_amount_seq"), "ledger_entries", ["account_id", "amount", "seq"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_entries_account_id_document_id"), "ledger_entries", ["account_id", "document_id"], unique=False
    )
    op.create_index(
        op.f("ix_ledger_entries_account_id_effective_on_seq"),
        "ledger_entries",
        ["account_id", "effective_on", "seq"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ledger_entries_account_id_kind_effective_on_seq"),
        "ledger_entries",
        ["account_id", "kind", "effective_on", "seq"],
        unique=False,
    )
    op.create_index(
        op.f("ix_ledger_entries_account_id_number_seq"), "ledger_entries", ["account_id", "number", "seq"], unique=False
    )
    op.create_table(
        "ledger_months",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("receivable", sa.BigInteger(), nullable=False),
        sa.Column("customer_credit", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_ledger_months_account_id")),
        sa.PrimaryKeyConstraint("account_id", "currency", "month", name=op.f("pk_ledger_months")),
    )
    op.create_table(
        "login_identities",
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("verified_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_login_identities_person_id")),
        sa.PrimaryKeyConstraint("email", name=op.f("pk_login_identities")),
    )
    op.create_index(op.f("ix_login_identities_person_id"), "login_identities", ["person_id"], unique=False)
    op.create_table(
        "memberships",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_entered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("role IN ('owner', 'payer', 'viewer')", name=op.f("ck_memberships_role")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_memberships_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_memberships_person_id")),
        sa.PrimaryKeyConstraint("account_id", "person_id", name=op.f("pk_memberships")),
    )
    op.create_index(
        "ix_memberships_person_id",
        "memberships",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "outbox_events",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("occurred_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_outbox_events_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_outbox_events")),
    )
    op.create_index(
        op.f("ix_outbox_events_account_id_subject_id_id"),
        "outbox_events",
        ["account_id", "subject_id", "id"],
        unique=False,
    )
    op.create_table(
        "payment_methods",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("last4", sa.Text(), nullable=True),
        sa.Column("brand", sa.Text(), nullable=True),
        sa.Column("cardholder_name", sa.Text(), nullable=True),
        sa.Column("expiration_month", sa.BigInteger(), nullable=True),
        sa.Column("expiration_year", sa.BigInteger(), nullable=True),
        sa.Column("bank_name", sa.Text(), nullable=True),
        sa.Column("bank_account_type", sa.Text(), nullable=True),
        sa.Column("account_holder_name", sa.Text(), nullable=True),
        sa.Column("mandate_text", sa.Text(), nullable=True),
        sa.Column("mandate_accepted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("removed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "NOT is_default OR status IN ('pending', 'active', 'removing')",
            name=op.f("ck_payment_methods_default_is_live"),
        ),
        sa.CheckConstraint(
            "kind <> 'us_bank_account' OR mandate_accepted_at IS NOT NULL", name=op.f("ck_payment_methods_mandate")
        ),
        sa.CheckConstraint("kind IN ('card', 'us_bank_account')", name=op.f("ck_payment_methods_kind")),
        sa.CheckConstraint(
            "status IN ('vaulting', 'pending', 'active', 'failed', 'removing', 'removed')",
            name=op.f("ck_payment_methods_status"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_payment_methods_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_payment_methods")),
    )
    op.create_index(
        "uq_payment_methods_default",
        "payment_methods",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("is_default"),
    )
    op.create_table(
        "profiles",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("company_name", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("locale", sa.Text(), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_profiles_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_profiles")),
    )
    op.create_table(
        "sessions",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("last_seen_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("ip", sa.Text(), nullable=True),
        sa.Column("user_agent", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_sessions_account_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_sessions")),
    )
    op.create_index(
        "ix_sessions_account_id_person_id",
        "sessions",
        ["account_id", "person_id"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "credit_memo_taxes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credit_memo_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "credit_memo_id"],
            ["credit_memos.account_id", "credit_memos.id"],
            name=op.f("fk_credit_memo_taxes_account_id_credit_memo_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_credit_memo_taxes")),
        sa.UniqueConstraint(
            "account_id",
            "credit_memo_id",
            "position",
            name=op.f("uq_credit_memo_taxes_account_id_credit_memo_id_position"),
        ),
    )
    op.create_table(
        "invoice_applications",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("source_number", sa.Text(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_invoice_applications_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoices.account_id", "invoices.id"],
            name=op.f("fk_invoice_applications_account_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_invoice_applications")),
    )
    op.create_index(
        op.f("ix_invoice_applications_account_id_invoice_id_effective_on_id"),
        "invoice_applications",
        ["account_id", "invoice_id", "effective_on", "id"],
        unique=False,
    )
    op.create_index(
        op.f("ix_invoice_applications_account_id_source_id"),
        "invoice_applications",
        ["account_id", "source_id"],
        unique=False,
    )
    op.create_table(
        "invoice_lines",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(precision=20, scale=6), nullable=False),
        sa.Column("unit_amount", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoices.account_id", "invoices.id"],
            name=op.f("fk_invoice_lines_account_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_invoice_lines")),
        sa.UniqueConstraint(
            "account_id", "invoice_id", "position", name=op.f("uq_invoice_lines_account_id_invoice_id_position")
        ),
    )
    op.create_table(
        "invoice_taxes",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("rate", sa.Numeric(precision=9, scale=6), nullable=True),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoices.account_id", "invoices.id"],
            name=op.f("fk_invoice_taxes_account_id_invoice_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_invoice_taxes")),
        sa.UniqueConstraint(
            "account_id", "invoice_id", "position", name=op.f("uq_invoice_taxes_account_id_invoice_id_position")
        ),
    )
    op.create_table(
        "payment_method_holds",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=False),
        sa.Column("holder_kind", sa.Text(), nullable=False),
        sa.Column("holder_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_method_id"],
            ["payment_methods.account_id", "payment_methods.id"],
            name=op.f("fk_payment_method_holds_account_id_payment_method_id"),
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "payment_method_id", "holder_kind", "holder_id", name=op.f("pk_payment_method_holds")
        ),
    )
    op.create_table(
        "payments",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("unapplied", sa.BigInteger(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("payment_method_id", sa.Uuid(), nullable=True),
        sa.Column("method_brand", sa.Text(), nullable=True),
        sa.Column("method_last4", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("gateway_transaction_id", sa.Text(), nullable=True),
        sa.Column("decline_code", sa.Text(), nullable=True),
        sa.Column("decline_text", sa.Text(), nullable=True),
        sa.Column("decline_is_soft", sa.Boolean(), nullable=True),
        sa.Column("next_check_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("absent_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("updated_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('card', 'us_bank_account', 'check', 'wire', 'cash', 'other')",
            name=op.f("ck_payments_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('submitting', 'succeeded', 'processing', 'declined', 'failed', 'unknown', 'returned', 'cancelled')",
            name=op.f("ck_payments_state"),
        ),
        sa.CheckConstraint("amount >= 0 AND unapplied >= 0 AND unapplied <= amount", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_method_id"],
            ["payment_methods.account_id", "payment_methods.id"],
            name=op.f("fk_payments_account_id_payment_method_id"),
        ),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_payments_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_payments")),
        sa.UniqueConstraint("account_id", "number", name=op.f("uq_payments_account_id_number")),
    )
    op.create_index(
        op.f("ix_payments_account_id_created_at_id"), "payments", ["account_id", "created_at", "id"], unique=False
    )
    op.create_index(
        "ix_payments_live",
        "payments",
        ["next_check_at", "id"],
        unique=False,
        postgresql_where=sa.text("state IN ('submitting', 'processing', 'unknown')"),
    )
    op.create_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("issued_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("used_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "session_id"],
            ["sessions.account_id", "sessions.id"],
            name=op.f("fk_refresh_tokens_account_id_session_id"),
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_refresh_tokens")),
    )
    op.create_index(
        op.f("ix_refresh_tokens_account_id_session_id"), "refresh_tokens", ["account_id", "session_id"], unique=False
    )
    op.create_table(
        "gateway_orders",
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("transaction_id", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_gateway_orders_account_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_gateway_orders")),
        sa.UniqueConstraint("transaction_id", name=op.f("uq_gateway_orders_transaction_id")),
    )
    op.create_table(
        "payment_allocations",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("payment_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_number", sa.Text(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payment_allocations_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "invoice_id"],
            ["invoices.account_id", "invoices.id"],
            name=op.f("fk_payment_allocations_account_id_invoice_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_payment_allocations_account_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_payment_allocations")),
        sa.UniqueConstraint(
            "account_id",
            "payment_id",
            "invoice_id",
            name=op.f("uq_payment_allocations_account_id_payment_id_invoice_id"),
        ),
    )
    op.create_index(
        op.f("ix_payment_allocations_account_id_invoice_id"),
        "payment_allocations",
        ["account_id", "invoice_id"],
        unique=False,
    )
    op.execute(
        """
        CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
        END $$
        """
    )
    for table in _APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER refuse_change BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.drop_index(op.f("ix_payment_allocations_account_id_invoice_id"), table_name="payment_allocations")
    op.drop_table("payment_allocations")
    op.drop_table("gateway_orders")
    op.drop_index(op.f("ix_refresh_tokens_account_id_session_id"), table_name="refresh_tokens")
    op.drop_table("refresh_tokens")
    op.drop_index(
        "ix_payments_live",
        table_name="payments",
        postgresql_where=sa.text("state IN ('submitting', 'processing', 'unknown')"),
    )
    op.drop_index(op.f("ix_payments_account_id_created_at_id"), table_name="payments")
    op.drop_table("payments")
    op.drop_table("payment_method_holds")
    op.drop_table("invoice_taxes")
    op.drop_table("invoice_lines")
    op.drop_index(op.f("ix_invoice_applications_account_id_source_id"), table_name="invoice_applications")
    op.drop_index(
        op.f("ix_invoice_applications_account_id_invoice_id_effective_on_id"), table_name="invoice_applications"
    )
    op.drop_table("invoice_applications")
    op.drop_table("credit_memo_taxes")
    op.drop_index(
        "ix_sessions_account_id_person_id", table_name="sessions", postgresql_where=sa.text("ended_at IS NULL")
    )
    op.drop_table("sessions")
    op.drop_table("profiles")
    op.drop_index("uq_payment_methods_default", table_name="payment_methods", postgresql_where=sa.text("is_default"))
    op.drop_table("payment_methods")
    op.drop_index(op.f("ix_outbox_events_account_id_subject_id_id"), table_name="outbox_events")
    op.drop_table("outbox_events")
    op.drop_index("ix_memberships_person_id", table_name="memberships", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_table("memberships")
    op.drop_index(op.f("ix_login_identities_person_id"), table_name="login_identities")
    op.drop_table("login_identities")
    op.drop_table("ledger_months")
    op.drop_index(op.f("ix_ledger_entries_account_id_number_seq"), table_name="ledger_entries")
    op.drop_index(op.f("ix_ledger_entries_account_id_kind_effective_on_seq"), table_name="ledger_entries")
    op.drop_index(op.f("ix_ledger_entries_account_id_effective_on_seq"), table_name="ledger_entries")
    op.drop_index(op.f("ix_ledger_entries_account_id_document_id"), table_name="ledger_entries")
    op.drop_index(op.f("ix_ledger_entries_account_id_amount_seq"), table_name="ledger_entries")
    op.drop_table("ledger_entries")
    op.drop_table("ledger_balances")
    op.drop_index(
        "ix_invoices_open_by_due_date",
        table_name="invoices",
        postgresql_where=sa.text("status = 'open'"),
        postgresql_include=["amount_due", "amount_pending"],
    )
    op.drop_index(op.f("ix_invoices_account_id_total_id"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_account_id_status_issued_on_id"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_account_id_status_due_on_id"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_account_id_issued_on_id"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_account_id_due_on_id"), table_name="invoices")
    op.drop_index(op.f("ix_invoices_account_id_amount_due_id"), table_name="invoices")
    op.drop_index(
        "ix_invoices_account_id_closed_on", table_name="invoices", postgresql_where=sa.text("status = 'paid'")
    )
    op.drop_table("invoices")
    op.drop_index(
        op.f("ix_idempotency_keys_account_id_subject_id"),
        table_name="idempotency_keys",
        postgresql_where=sa.text("subject_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_idempotency_keys_account_id_expires_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("gateway_customers")
    op.drop_index(op.f("ix_external_references_account_id"), table_name="external_references")
    op.drop_table("external_references")
    op.drop_index("ix_deposits_unapplied", table_name="deposits", postgresql_where=sa.text("unapplied > 0"))
    op.drop_table("deposits")
    op.drop_index("ix_credit_memos_unapplied", table_name="credit_memos", postgresql_where=sa.text("unapplied > 0"))
    op.drop_table("credit_memos")
    op.drop_table("counters")
    op.drop_index(op.f("ix_audit_log_account_id_subject_id_id"), table_name="audit_log")
    op.drop_table("audit_log")
    op.drop_index("uq_addresses_default_shipping", table_name="addresses", postgresql_where=sa.text("default_shipping"))
    op.drop_index("uq_addresses_default_billing", table_name="addresses", postgresql_where=sa.text("default_billing"))
    op.drop_table("addresses")
    op.drop_index(op.f("ix_revocations_revoked_at"), table_name="revocations")
    op.drop_table("revocations")
    op.drop_index(op.f("ix_rate_counters_expires_at"), table_name="rate_counters")
    op.drop_table("rate_counters")
    op.drop_table("people")
    op.drop_table("accounts")
    op.execute("DROP FUNCTION refuse_change")
