"""The database: naming, transactions, hot reads, idempotency keys."""
