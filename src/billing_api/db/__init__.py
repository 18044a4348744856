"""The database: tables, statements, transactions, lists, retries, idempotency keys, migrations."""
