"""The metrics of everything but requests, which http/metrics.py has; docs/operations.md has the use of each.

The API has them at /metrics, and the worker at the /metrics of its own port (worker_port.py).
Counters that an operator should look at begin at zero, so that a first increase is seen.
"""

from prometheus_client import Counter, Gauge, Histogram, disable_created_metrics

disable_created_metrics()  # type: ignore[no-untyped-call] # they would double the number of series, and no rule reads them

_FAST = (0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_SLOW = (0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20, 30, 60)

# The gateway
GATEWAY_CALLS = Counter("gateway_calls", "Calls of the gateway by their outcome", ["operation", "outcome"])
GATEWAY_SECONDS = Histogram(
    "gateway_call_seconds", "Time of a call, without the wait for a thread", ["operation"], buckets=_SLOW
)
GATEWAY_THREAD_SECONDS = Histogram("gateway_thread_wait_seconds", "Time that a call waits for a thread", buckets=_FAST)
GATEWAY_IN_FLIGHT = Gauge("gateway_calls_in_flight", "Calls that have a thread", multiprocess_mode="livesum")
GATEWAY_WAITING = Gauge("gateway_calls_waiting", "Calls that wait for a thread", multiprocess_mode="livesum")
GATEWAY_THREADS = Gauge("gateway_threads", "Calls that may be under way at once", multiprocess_mode="livesum")
DIFFERENT_RESPONSES = Counter(
    "gateway_answers_different", "Responses of the gateway that differ from the request", ["operation"]
)
UNFAMILIAR_GATEWAY = Counter(
    "gateway_unfamiliar", "Look-ups whose absence did not count, since nothing that must be there was found"
)

GATEWAY_NOTICES = Counter(
    "gateway_notices", "Webhooks of the gateway by their subject and outcome", ["subject", "outcome"]
)

# Payments
PAYMENT_OUTCOMES = Counter("payment_outcomes", "Changes of the status of payments by card and bank account", ["status"])
OWED_REFUNDS = Counter("refunds_owed", "Refunds whose money is due again, since their payment was returned as well")
REFUND_OUTCOMES = Counter("refund_outcomes", "Changes of the status of refunds", ["status"])
RECONCILIATION_DIFFERENCES = Gauge(
    "reconciliation_differences",
    "Differences of the books from the gateway that the last comparison found, by kind",
    ["kind"],
    multiprocess_mode="mostrecent",
)
LATE_CHARGES = Counter(
    "payment_late_charges", "Charges that turned up for a payment that had ended, by their end", ["end"]
)
DECLINES = Counter("declines", "Payments and payment methods that a bank declined", ["of"])

CHARGEBACKS = Counter("chargebacks", "Chargebacks that were opened, updated, won or lost", ["step"])

# Users
SIGN_INS = Counter("sign_ins", "Sign-ins with a password by their outcome", ["outcome"])
PARTNER_TOKENS = Counter("partner_tokens", "Requests of partners' clients for a token by their outcome", ["outcome"])
REFUSALS = Counter("throttle_refusals", "Requests that a throttle refused", ["policy"])

# The database
CONNECTIONS = Gauge("database_connections_in_use", "Connections in use", multiprocess_mode="livesum")
CONNECTIONS_WAITING = Gauge(
    "database_connections_waiting",
    "Statements and transactions that wait for a connection",
    multiprocess_mode="livesum",
)
EXPORTS = Gauge("exports_under_way", "CSV files that are being sent", multiprocess_mode="livesum")
POOL_SIZE = Gauge("database_pool_size", "Connections that may be in use at once", multiprocess_mode="livesum")
REPEATS = Counter("database_repeats", "Transactions and reads that were run again, by SQLSTATE", ["reason"])
UNAVAILABLE = Counter("database_unavailable", "Transactions and reads that could not be run, by SQLSTATE", ["reason"])
LOCK_SECONDS = Histogram("account_lock_seconds", "Time to get an account's lock in the database", buckets=_FAST)
TURN_SECONDS = Histogram(
    "account_turn_wait_seconds", "Time that a transaction waits, without a connection, for its turn", buckets=_FAST
)
EVENTS = Counter("events_recorded", "Events that were written to the outbox", ["kind"])

# Mails
MAILS = Counter("mails", "Tries to send a mail, by kind and outcome", ["kind", "outcome"])

# Jobs
RECONCILED = Counter(
    "reconciled", "Items that passes of the reconciler have checked, by their outcome", ["sort", "outcome"]
)
JOB_SECONDS = Histogram(
    "job_seconds",
    "Time of an attempt at a job, by its outcome",
    ["task", "outcome"],
    buckets=(0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900),
)

for _outcome in ("succeeded", "failed", "throttled"):
    SIGN_INS.labels(_outcome)
for _outcome in ("issued", "failed", "throttled"):
    PARTNER_TOKENS.labels(_outcome)
for _end in ("accepted", "giving_back", "given_back", "came_back", "given_otherwise"):
    LATE_CHARGES.labels(_end)
GATEWAY_NOTICES.labels("unsigned", "refused")
for _of in ("payment", "payment_method"):
    DECLINES.labels(_of)
