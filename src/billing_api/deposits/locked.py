"""A deposit under its lock, as a value: who has it may move its amounts."""

from typing import NewType

from billing_api.deposits.model import Deposit

# A deposit as it was when `Deposits.lock` locked it.
LockedDeposit = NewType("LockedDeposit", Deposit)
