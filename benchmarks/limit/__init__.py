"""The limit: the same responses by nothing but ASGI, asyncpg and msgspec; without a framework, and without checks.

A caller is known by its header, and its request is believed. All that the service does beyond this is the price of the
service.
"""
