"""Webhooks: what is told, how it is signed, the outbox that it waits in."""
