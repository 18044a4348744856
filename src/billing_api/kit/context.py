"""The actor and the request of the present task, for the audit log and the logs: no function has to pass them on."""

from contextvars import ContextVar
from typing import Literal, NamedTuple
from uuid import UUID

ActorKind = Literal["user", "client", "system"]


class RequestNotes:
    """The facts about a request that the layers below note for its log line; times are in seconds."""

    __slots__ = ("database_seconds", "gateway_seconds", "problem_code")

    def __init__(self) -> None:
        self.database_seconds = 0.0  # with a connection, or waiting for one
        self.gateway_seconds = 0.0  # the wait for a thread included
        self.problem_code: str | None = None


class Acting(NamedTuple):
    """The actor of the present request or command; `system` outside requests."""

    kind: ActorKind = "system"
    actor_id: str | None = None
    account_id: UUID | None = None  # that the actor is signed in to
    session_id: UUID | None = None
    request_id: str | None = None
    ip: str | None = None
    notes: RequestNotes = RequestNotes()  # outside requests they are written and never read


_acting: ContextVar[Acting] = ContextVar("acting", default=Acting())  # noqa: B039 - a tuple


def acting() -> Acting:
    """Return the present actor."""
    return _acting.get()


def begin_request(request_id: str, ip: str | None) -> None:
    """Begin a request; its caller is not known yet."""
    _acting.set(Acting("system", None, None, None, request_id, ip, RequestNotes()))


def act_as(kind: ActorKind, actor_id: str, account_id: UUID | None = None, session_id: UUID | None = None) -> None:
    """Set the actor for the rest of this request."""
    request = _acting.get()
    _acting.set(Acting(kind, actor_id, account_id, session_id, request.request_id, request.ip, request.notes))
