"""The states of a payment method.

vaulting → pending | active                 the gateway has stored it
vaulting → refused                          nothing was stored
vaulting, refused → discarding              it is stored, and must not stay at the gateway
discarding → refused                        the gateway has removed it
pending → active | verification_failed      the bank's response
verification_failed → pending | active      the vendor has begun another verification at the gateway
pending, active, verification_failed → removing → removed
removing → pending | active | verification_failed     the gateway has refused the removal
pending, active, verification_failed → removed        it is gone at the gateway

The functions that move a row from one state to another are in transitions.py.
"""

from enum import StrEnum


class MethodState(StrEnum):
    """The state of a payment method's row."""

    VAULTING = "vaulting"  # written, and about to be sent to the gateway
    REFUSED = "refused"  # never stored, or removed before it was shown
    DISCARDING = "discarding"  # its token is to be removed from the gateway
    PENDING = "pending"  # a bank account that its bank has yet to confirm
    ACTIVE = "active"
    VERIFICATION_FAILED = "verification_failed"
    REMOVING = "removing"  # its removal is under way, or its response was lost
    REMOVED = "removed"

    @property
    def is_shown(self) -> bool:
        """Whether the account's users see such a method: it was stored once, and kept."""
        return self in STORED or self is MethodState.REMOVED

    @property
    def is_checked(self) -> bool:
        """Whether the gateway's copy of such a method is compared with the row."""
        return self in STORED and self is not MethodState.REMOVING


STORED = (MethodState.PENDING, MethodState.ACTIVE, MethodState.VERIFICATION_FAILED, MethodState.REMOVING)
