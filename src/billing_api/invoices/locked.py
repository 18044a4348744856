"""Invoices under their locks, as a value: who has it may apply amounts to them."""

from collections.abc import Mapping
from typing import NewType
from uuid import UUID

from billing_api.invoices.model import Invoice

# Invoices of one account by id, as they are now; `Invoices` makes it by locking them, and again by changing them.
LockedInvoices = NewType("LockedInvoices", Mapping[UUID, Invoice])
