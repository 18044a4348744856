"""Nonces that were made here, as opposed to the well-known test nonces."""

from dataclasses import dataclass
from datetime import datetime

from braintree_sandbox.state.records import record


@record("nonce")
@dataclass(frozen=True, slots=True, kw_only=True)
class Nonce:
    """Stands for details, or for a vaulted method, once."""

    nonce: str
    created_at: datetime
    expires_at: datetime
    # CardFacts, BankFacts, or those of any other kind of method. Beside a token: the vaulted card, as authenticated.
    facts: object = None
    token: str | None = None
    consumed: bool = False
    locked: bool = False
    # Granted for a method: of which token, and whether it may be vaulted once more.
    granted_for: str | None = None
    vaultable: bool = True

    @property
    def key(self) -> str:
        """The nonce itself."""
        return self.nonce
