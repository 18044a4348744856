"""What is measured: requests, the same for both servers, and what of their answers must be the same."""

import json
from dataclasses import dataclass
from typing import Any

# In its country's own form already, so that the service has nothing to change about it.
_ADDRESS = {
    "label": "Warehouse",
    "recipient": "Sunny Side Ltd",
    "line1": "1600 Amphitheatre Parkway",
    "city": "Mountain View",
    "region": "CA",
    "postal_code": "94043",
    "country": "US",
    "phone": "+16502530000",
    "default_billing": False,
    "default_shipping": False,
}


class DifferenceError(RuntimeError):
    """The two servers do not answer the same."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request; `own` are the answer's fields that differ by their nature from one to the next."""

    name: str
    goal: str
    method: str
    path: str
    query: str = ""
    own: frozenset[str] = frozenset()
    body: dict[str, Any] | None = None

    def request(self, authorization: str, query: str | None = None) -> bytes:
        """The bytes of one request, with its own query or another."""
        content = b"" if self.body is None else json.dumps(self.body).encode()
        head = [
            f"{self.method} {self.path}{self.query if query is None else query} HTTP/1.1",
            "Host: localhost",
            f"Authorization: {authorization}",
        ]
        if content:
            head += "Content-Type: application/json", f"Content-Length: {len(content)}"
        return "\r\n".join([*head, "", ""]).encode() + content

    def require_same(self, limit: bytes, service: bytes) -> None:
        """Raises DifferenceError unless both bodies say the same, in the same order of fields."""
        expected, answered = (json.dumps(self._comparable(json.loads(body)), indent=1) for body in (limit, service))
        if expected != answered:
            raise DifferenceError(f"{self.method} {self.path}: the limit answers {expected}, the service {answered}")

    def _comparable(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._comparable(item) for item in value]
        if isinstance(value, dict):
            return {
                name: type(item).__name__ if name in self.own else self._comparable(item)
                for name, item in value.items()
            }
        return value


LIST = Scenario("list 25 invoices", "≥ 0.50", "GET", "/v1/invoices", query="?limit=25", own=frozenset({"next_cursor"}))
BALANCE = Scenario("balance", "≥ 0.50", "GET", "/v1/balance")
OVERVIEW = Scenario("overview", "≥ 0.50", "GET", "/v1/overview")
INSERT = Scenario(
    "insert an address",
    "≥ 0.40",
    "POST",
    "/v1/addresses",
    own=frozenset({"id", "created_at", "updated_at"}),
    body=_ADDRESS,
)
SCENARIOS = (LIST, BALANCE, OVERVIEW, INSERT)
