"""The actor and the request of the present task, for the audit log and the logs: no function has to pass them on."""

from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

ActorKind = Literal["person", "client", "system"]


@dataclass(frozen=True, slots=True)
class Acting:
    """The actor of the present request or command; `system` outside requests."""

    kind: ActorKind = "system"
    actor_id: str | None = None
    account_id: UUID | None = None  # that the actor is signed in to
    request_id: str | None = None
    ip: str | None = None


_acting: ContextVar[Acting] = ContextVar("acting", default=Acting())  # noqa: B039 - it is frozen


def acting() -> Acting:
    """Return the present actor."""
    return _acting.get()


def begin_request(request_id: str, ip: str | None) -> None:
    """Begin a request; its caller is not known yet."""
    _acting.set(Acting(request_id=request_id, ip=ip))


def act_as(kind: ActorKind, actor_id: str, account_id: UUID | None = None) -> None:
    """Set the actor for the rest of this request."""
    _acting.set(replace(_acting.get(), kind=kind, actor_id=actor_id, account_id=account_id))
