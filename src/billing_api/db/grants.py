"""The rights of the role that serves: to read and write rows, and only to add to append-only tables."""

from billing_api.db.address import Connection

# Rows that are kept as they were written have a trigger of this name; the relay numbers those of events.
_TABLES = """
    SELECT quote_ident(relname) AS name, CASE
        WHEN relname = 'alembic_version' THEN 'SELECT'
        WHEN relname = 'outbox_events' THEN 'SELECT, INSERT, UPDATE (number, numbered_at)'
        WHEN EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid AND tgname = 'refuse_change')
        THEN 'SELECT, INSERT'
        ELSE 'SELECT, INSERT, UPDATE, DELETE' END AS rights
    FROM pg_class WHERE relnamespace = quote_ident(current_schema())::regnamespace AND relkind IN ('r', 'p', 'v')
"""
_ROLE = """
    SELECT quote_ident(rolname) AS name, pg_has_role(rolname, current_user, 'MEMBER') AS is_too_much
    FROM pg_roles WHERE rolname = $1
"""


class AppRoleError(ValueError):
    """The role can't be the one that serves; the sentence says why."""


async def grant_rows(connection: Connection, role: str) -> None:
    """Let `role` work with the rows of every table, and do nothing else here; its earlier rights are taken back.

    The connection's user owns the tables. Raise AppRoleError.
    """
    async with connection.transaction():
        found = await connection.fetchrow(_ROLE, role)
        if found is None:
            raise AppRoleError(f"there is no role {role!r}: make it first, with LOGIN and a password")
        if found["is_too_much"]:
            raise AppRoleError(f"{role!r} owns the tables, or has the rights of the role that does")
        name, schema = found["name"], await connection.fetchval("SELECT quote_ident(current_schema())")
        tables = await connection.fetch(_TABLES)
        await connection.execute(
            f"""
            REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC, {name};
            GRANT USAGE ON SCHEMA {schema} TO {name};
            REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {name};
            ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name};
            ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE ON SEQUENCES TO {name};
            """
        )
        for table in tables:
            await connection.execute(f"GRANT {table['rights']} ON {schema}.{table['name']} TO {name}")
