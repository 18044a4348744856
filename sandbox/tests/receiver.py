"""A merchant's server for webhooks: it answers challenges, and takes or refuses forms."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Queue
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from braintree_sandbox.testing import Gateway

PATIENCE_SECONDS = 30.0
"""How long a webhook may take on a busy machine."""


class Receiver:
    """The webhooks that arrived at one address, in order."""

    def __init__(self, url: str, gateway: Gateway) -> None:
        self.url = url
        self.gateway = gateway
        self.answers_challenges = True
        self.statuses: list[int] = []
        self.forms: Queue[dict[str, str]] = Queue()

    def form(self) -> dict[str, str]:
        """Return the next form. Raise queue.Empty when none comes."""
        return self.forms.get(timeout=PATIENCE_SECONDS)

    def notification(self) -> Any:
        """Return the next webhook, as the SDK reads it."""
        form = self.form()
        return self.gateway.webhook_notification.parse(form["bt_signature"], form["bt_payload"])


@contextmanager
def receiving(gateway: Gateway) -> Iterator[Receiver]:
    """Start a receiver on a free port of loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            challenge = parse_qs(urlsplit(self.path).query)["bt_challenge"][0]
            answered = receiver.gateway.webhook_notification.verify(challenge)
            self._answer(200, answered if receiver.answers_challenges else "hello")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            # Before the response: the next delivery, in another thread, may come as soon as this one is answered.
            receiver.forms.put(dict(parse_qsl(body, strict_parsing=True)))
            self._answer(receiver.statuses.pop(0) if receiver.statuses else 200)

        def _answer(self, status: int, text: str = "") -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        receiver = Receiver(f"http://127.0.0.1:{server.server_port}/webhooks", gateway)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield receiver
        finally:
            server.shutdown()
            thread.join()
