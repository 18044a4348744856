"""The gateway's part of the demo data: nonces as a browser gets them, and the banks' responses."""

import asyncio
import http.client
import json
from typing import Any
from urllib.parse import quote

from billing_api.config import Settings
from billing_api.dev.errors import LocalRunError


class SandboxControl:
    """The control API of the local sandbox."""

    def __init__(self, settings: Settings) -> None:
        self._host, self._port = settings.gateway_host, settings.gateway_port

    async def nonce(self, details: dict[str, Any]) -> str:
        """Return a nonce for the details of a card or bank account."""
        return str((await self._call("POST", "/nonces", details))["nonce"])

    async def end_debit(self, order_id: str, *, returned: bool) -> None:
        """Settle the debit of this order, or let the bank return it for lack of funds."""
        found = await self._call("GET", f"/transactions?order_id={quote(order_id)}")
        transaction = found["transactions"][0]["id"]
        if returned:
            await self._call("POST", f"/transactions/{transaction}/return", {"code": "R01"})
        else:
            await self._call("POST", f"/transactions/{transaction}/settle")

    async def _call(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return await asyncio.to_thread(self._send, method, path, body)

    def _send(self, method: str, path: str, body: dict[str, Any] | None) -> dict[str, Any]:
        """Raise LocalRunError when the sandbox can't be reached or refuses."""
        connection = http.client.HTTPConnection(self._host, self._port, timeout=10)
        try:
            connection.request(method, f"/sandbox{path}", json.dumps(body) if body is not None else None)
            response = connection.getresponse()
            content: dict[str, Any] = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise LocalRunError(f"The sandbox at {self._host}:{self._port} can't be reached: {error}") from error
        finally:
            connection.close()
        if response.status >= http.HTTPStatus.BAD_REQUEST:
            raise LocalRunError(f"The sandbox refuses {method} {path}: {content.get('error')}")
        return content
