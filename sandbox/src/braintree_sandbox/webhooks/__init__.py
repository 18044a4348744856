"""Webhooks: their content, their signature, the outbox."""
