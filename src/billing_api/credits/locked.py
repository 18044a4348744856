"""A credit memo under its lock, as a value: who has it may move its amounts."""

from typing import NewType

from billing_api.credits.model import CreditMemo

# A credit memo as it was when `CreditMemos.lock` locked it.
LockedCreditMemo = NewType("LockedCreditMemo", CreditMemo)
