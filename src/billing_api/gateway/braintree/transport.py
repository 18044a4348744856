"""How the SDK's requests travel: one session a thread, proxies as the environment says, two time-outs."""

import threading
from typing import Any
from weakref import WeakSet

import requests
from braintree.configuration import Configuration
from braintree.environment import Environment
from braintree.util.http import Http

CONNECT_SECONDS = 5.0


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
        """Send one request; `path` is the whole URL. Answers status and body."""
        session: requests.Session = self._get_session()  # type: ignore[attr-defined] # the stubs leave it out
        with self._sessions_lock:
            self._sessions.add(session)
        data, files = request_body if isinstance(request_body, tuple) else (request_body, None)
        request = requests.Request(http_verb, path, headers=headers, data=data, files=files).prepare()
        response = session.send(
            request,
            verify=self.environment.ssl_certificate if self.environment.is_ssl else False,
            timeout=(min(CONNECT_SECONDS, self.config.timeout), self.config.timeout),
            proxies=requests.utils.get_environ_proxies(path) if self.environment.is_ssl else {},
        )
        return [response.status_code, response.text]

    def close_all(self) -> None:
        """Close every thread's session; their threads must have ended."""
        with self._sessions_lock:
            for session in self._sessions:
                session.close()
