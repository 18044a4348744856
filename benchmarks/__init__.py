"""How near the service is to the limit: the same answers by nothing but ASGI, asyncpg and msgspec, in the same run.

`make bench` measures and prints; `make bench FULL=1` does it with 2 million invoices. Absolute figures move by 30 %
from minute to minute on a shared machine: only ratios of one run count, and the CPU of a request is the steadiest.
"""
