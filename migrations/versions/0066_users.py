"""Users and their e-mail addresses are stored under the words of the glossary: `users` and `user_emails`.

The release before this one finds both under their old names, as views that PostgreSQL reads, writes and locks through:
tests/db/test_users_renamed.py runs its statements. The next release drops the views. In tables that keep their name
the column stays `person_id`: a table can't have a view of the same name beside it.
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"

_PEOPLE = """
    SELECT id, name, password_hash, password_is_long, password_changed_at, disabled_at, created_at, version,
           password_device_id
    FROM users
"""
_LOGIN_IDENTITIES = "SELECT email, user_id AS person_id, verified_at FROM user_emails"
# PostgreSQL 18 names the NOT NULL of a column for its table and column, and keeps that name when they are renamed.
_NOT_NULLS = """
    SELECT conname, attname FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
    WHERE contype = 'n' AND conrelid = CAST(:table AS regclass)
"""


def upgrade() -> None:
    op.rename_table("people", "users")
    op.execute("ALTER TABLE users RENAME CONSTRAINT pk_people TO pk_users")
    op.rename_table("login_identities", "user_emails")
    op.alter_column("user_emails", "person_id", new_column_name="user_id", existing_type=sa.Uuid())
    op.execute("ALTER TABLE user_emails RENAME CONSTRAINT pk_login_identities TO pk_user_emails")
    op.execute("ALTER TABLE user_emails RENAME CONSTRAINT fk_login_identities_person_id TO fk_user_emails_user_id")
    op.execute("ALTER INDEX ix_login_identities_person_id RENAME TO ix_user_emails_user_id")
    _name_not_nulls("users", "user_emails")
    for view, query in (("people", _PEOPLE), ("login_identities", _LOGIN_IDENTITIES)):
        op.execute(f"CREATE VIEW {view} AS {query}")
        op.execute(f"COMMENT ON VIEW {view} IS 'For the release before revision {revision}; the next one drops it'")


def downgrade() -> None:
    op.execute("DROP VIEW people, login_identities")
    op.execute("ALTER INDEX ix_user_emails_user_id RENAME TO ix_login_identities_person_id")
    op.execute("ALTER TABLE user_emails RENAME CONSTRAINT fk_user_emails_user_id TO fk_login_identities_person_id")
    op.execute("ALTER TABLE user_emails RENAME CONSTRAINT pk_user_emails TO pk_login_identities")
    op.alter_column("user_emails", "user_id", new_column_name="person_id", existing_type=sa.Uuid())
    op.rename_table("user_emails", "login_identities")
    op.execute("ALTER TABLE users RENAME CONSTRAINT pk_users TO pk_people")
    op.rename_table("users", "people")
    _name_not_nulls("people", "login_identities")


def _name_not_nulls(*tables: str) -> None:
    for table in tables:
        for name, column in op.get_bind().execute(sa.text(_NOT_NULLS), {"table": table}).all():
            op.execute(f"ALTER TABLE {table} RENAME CONSTRAINT {name} TO {table}_{column}_not_null")
