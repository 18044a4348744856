"""How near the service is to the limit: the same responses by nothing but ASGI, asyncpg and msgspec, in the same run.

`make bench` measures and prints; docs/performance.md shows how to read the tables.
"""
