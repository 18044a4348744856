"""The addresses of webhooks, and the deliveries to them."""

from dataclasses import dataclass
from datetime import datetime

from braintree_sandbox.state.records import record, value


@record("webhook_endpoint")
@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookEndpoint:
    """An address that a merchant registered; no kinds means all of them."""

    id: str
    url: str
    created_at: datetime
    kinds: tuple[str, ...] = ()
    # Whether it has passed the challenge; None when there was none.
    verified: bool | None = None

    @property
    def key(self) -> str:
        """The id."""
        return self.id

    def wants(self, kind: str) -> bool:
        """Return whether webhooks of this kind go here."""
        return not self.kinds or kind in self.kinds


@value("webhook_attempt")
@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to send a webhook: the status of the response, or the error."""

    at: datetime
    status: int | None = None
    error: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


@record("webhook_delivery", indexes=("status",))
@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One webhook for one address: committed with the change that causes it, sent afterwards.

    `status` is waiting, held (until another one has overtaken it), delivered or given_up. `payload` is the base64 text
    that is signed when it is sent. `due_at` is a time of the sandbox's clock.
    """

    id: str
    endpoint_id: str
    url: str
    kind: str
    subject_id: str | None
    payload: str
    status: str
    created_at: datetime
    due_at: datetime
    # How often it is yet to arrive, and how often in a row it has failed to.
    copies: int = 1
    failures: int = 0
    # Trouble on demand: a wrong signature, and lost once instead of being sent.
    bad_signature: bool = False
    lost: bool = False
    attempts: tuple[Attempt, ...] = ()

    @property
    def key(self) -> str:
        """The id, which the receiver never sees: Braintree's webhooks have none."""
        return self.id
