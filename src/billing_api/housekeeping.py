"""The periodic work of the parts below the features; each feature names its own in its feature.py.

`billing-api jobs periodic` lists all of it with its intervals.
"""

from datetime import timedelta

from billing_api.auth.counters import RateCounters
from billing_api.auth.revocations import Revocations
from billing_api.core import Core
from billing_api.feature import Feature
from billing_api.features import FEATURES
from billing_api.jobs.periodic import Periodic
from billing_api.jobs.service import Jobs

_EACH_HOUR, _EACH_FIVE_MINUTES = timedelta(hours=1), timedelta(minutes=5)

HOUSEKEEPING = Feature(
    periodic={
        Periodic("idempotency_keys.prune", _EACH_HOUR): lambda parts: lambda _: parts[Core].keys.prune(),
        Periodic("revocations.prune", _EACH_FIVE_MINUTES): lambda parts: lambda _: parts[Revocations].prune(),
        Periodic("rate_counters.prune", _EACH_HOUR): lambda parts: lambda _: parts[RateCounters].prune(),
        Periodic("jobs.prune", _EACH_HOUR): lambda parts: lambda _: parts[Jobs].prune(),
    }
)
WORKED_BY_THE_WORKER = (*FEATURES, HOUSEKEEPING)
