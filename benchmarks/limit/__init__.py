"""The limit: the same answers by nothing but ASGI, asyncpg and msgspec; no framework and no checks.

Callers are known by a look into a dict, and what they send is believed. What the service takes beyond this is the
price of being a service: the benchmark says how high it is.
"""
