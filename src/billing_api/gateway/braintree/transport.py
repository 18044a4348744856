"""The transport of the SDK's requests: a session for each thread, the environment's proxies, time-outs, and a fence."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any
from weakref import WeakSet

import requests
from braintree.configuration import Configuration
from braintree.environment import Environment
from braintree.util.http import Http
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection
from urllib3.connectionpool import HTTPConnectionPool

from billing_api.gateway.failures import GatewayError
from billing_api.gateway.timing import CONNECT_SECONDS

_fence: ContextVar[Callable[[], None] | None] = ContextVar("fence", default=None)


@contextmanager
def before_sending(fence: Callable[[], None]) -> Iterator[None]:
    """Call `fence` before each part of this thread's requests is written to its socket.

    A GatewayError that it raises stops the request: the gateway ignores a request that is not complete.
    """
    token = _fence.set(fence)
    try:
        yield
    finally:
        _fence.reset(token)


class _Fenced(HTTPConnection):
    """A connection that asks the fence last of all: looking the host up, connecting and TLS may take long."""

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if (fence := _fence.get()) is not None:
            fence()
        super().send(data)


class _FencedAdapter(HTTPAdapter):
    """Makes the connections of every pool fenced, those through a proxy too."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> HTTPConnectionPool:
        pool = super().get_connection_with_tls_context(*args, **kwargs)
        if not issubclass(pool.ConnectionCls, _Fenced):
            pool.ConnectionCls = type("FencedConnection", (_Fenced, pool.ConnectionCls), {})
        return pool


class Transport(Http):
    """The SDK's transport with three faults mended.

    The SDK (4.48) hands the environment's proxies to the session, which then ignores NO_PROXY; it has one time-out for
    connecting and reading, so that a dead host is noticed late; and it can close the calling thread's session only.
    """

    def __init__(self, config: Configuration, environment: Environment | None = None) -> None:
        super().__init__(config, environment)
        self._sessions: WeakSet[requests.Session] = WeakSet()
        self._sessions_lock = threading.Lock()

    def http_do(
        self, http_verb: str, path: str, headers: dict[str, Any], request_body: str | tuple[str, Any] | None
    ) -> list[int | str]:
        """Send one request; `path` is the whole URL. Return its status and body."""
        session: requests.Session = self._get_session()  # type: ignore[attr-defined] # the stubs leave it out
        with self._sessions_lock:
            if session not in self._sessions:
                self._sessions.add(session)
                for scheme in ("http://", "https://"):
                    session.mount(scheme, _FencedAdapter())
        data, files = request_body if isinstance(request_body, tuple) else (request_body, None)
        request = requests.Request(http_verb, path, headers=headers, data=data, files=files).prepare()
        response = session.send(
            request,
            verify=self.environment.ssl_certificate if self.environment.is_ssl else False,
            timeout=(min(CONNECT_SECONDS, self.config.timeout), self.config.timeout),
            proxies=requests.utils.get_environ_proxies(path) if self.environment.is_ssl else {},
        )
        return [response.status_code, response.text]

    def handle_exception(self, exception: OSError | GatewayError) -> None:
        """Raise the SDK's error for an error of the connection; raise an error of the fence unchanged."""
        if isinstance(exception, GatewayError):
            raise exception
        super().handle_exception(exception)

    def close_all(self) -> None:
        """Close every thread's session; their threads must have ended."""
        with self._sessions_lock:
            for session in self._sessions:
                session.close()
