"""The states of a chargeback, as the gateway's dispute has them."""

from enum import StrEnum


class ChargebackKind(StrEnum):
    """The sort of a dispute that a card's bank has opened."""

    CHARGEBACK = "chargeback"  # the bank takes the money
    PRE_ARBITRATION = "pre_arbitration"  # a second round, after the vendor had won the first
    RETRIEVAL = "retrieval"  # the bank asks for facts, and takes nothing

    @property
    def takes_money(self) -> bool:
        """Whether the bank takes the money while it is open."""
        return self is not ChargebackKind.RETRIEVAL


class ChargebackState(StrEnum):
    """Where a chargeback stands."""

    OPEN = "open"  # the vendor may still reply
    UNDER_REVIEW = "under_review"  # the vendor has replied
    WON = "won"  # by the vendor: the money is back
    LOST = "lost"
    ACCEPTED = "accepted"  # the vendor gives in
    EXPIRED = "expired"  # the vendor did not reply in time

    @property
    def is_final(self) -> bool:
        """Whether the bank has decided, or nothing can be said against it any more."""
        return self not in {ChargebackState.OPEN, ChargebackState.UNDER_REVIEW}

    def may_follow(self, before: "ChargebackState") -> bool:
        """Return whether a bank goes from the state before to this one: never from a decision back to a question."""
        return _STEPS[self] >= _STEPS[before]


_STEPS = dict.fromkeys(ChargebackState, 2) | {ChargebackState.OPEN: 0, ChargebackState.UNDER_REVIEW: 1}
