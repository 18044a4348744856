"""The requests that are measured, the same for both servers, and the parts of the responses that must be the same."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from typing import Any
from uuid import UUID, uuid4

from benchmarks.goals import Goal

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
_PAID = 100  # minor units: an invoice that is measured has room for thousands of such payments
_READS, _WRITES = Goal(least=0.5), Goal(least=0.4)
_A_PAYMENT = Goal(most=18)


class DifferenceError(RuntimeError):
    """The two servers respond differently."""


@dataclass(frozen=True, slots=True)
class Customer:
    """An account whose owner sends requests: the Authorization header, and the ids that stand in the requests."""

    account_id: UUID
    user_id: UUID
    header: str
    invoice_id: UUID
    method_id: UUID | None = None

    def fill_in(self, template: str) -> str:
        """Return the template with this customer's ids."""
        return template.replace("{invoice}", str(self.invoice_id)).replace("{method}", str(self.method_id))


@dataclass(frozen=True, slots=True)
class Scenario:
    """One kind of request: `{invoice}` and `{method}` stand for the customer's.

    `own` are the fields of the response that differ by their nature from one to the next; `goal` is for the ratio of
    the limit's CPU time to the service's.
    """

    name: str
    method: str
    path: str
    goal: Goal | None = None
    query: str = ""
    own: frozenset[str] = frozenset()
    body: Any = None
    takes_key: bool = False  # an Idempotency-Key, a new one each time
    pays: bool = False  # takes a server with a gateway, and customers with a stored card
    most_round_trips: Goal | None = None

    def requests(self, customers: Sequence[Customer]) -> Iterator[bytes]:
        """Yield requests without an end, from each customer in turn."""
        drafts = [self._draft(customer) for customer in customers]
        for head, content in cycle(drafts):
            yield (head + b"Idempotency-Key: %s\r\n\r\n" % str(uuid4()).encode() if self.takes_key else head) + content

    def request(self, customer: Customer, query: str | None = None) -> bytes:
        """Return one request, with the scenario's query or another."""
        head, content = self._draft(customer, query)
        return (head + b"Idempotency-Key: %s\r\n\r\n" % str(uuid4()).encode() if self.takes_key else head) + content

    def _draft(self, customer: Customer, query: str | None = None) -> tuple[bytes, bytes]:
        """Return head and content; the head is not closed yet where a key is to be added."""
        content = b"" if self.body is None else customer.fill_in(json.dumps(self.body)).encode()
        head = [
            f"{self.method} {customer.fill_in(self.path)}{self.query if query is None else query} HTTP/1.1",
            "Host: localhost",
            f"Authorization: {customer.header}",
        ]
        if content:
            head += "Content-Type: application/json", f"Content-Length: {len(content)}"
        return "\r\n".join([*head, "" if self.takes_key else "\r\n"]).encode(), content

    def require_same(self, limit: bytes, service: bytes) -> None:
        """Raise DifferenceError unless both bodies say the same, in the same order of fields."""
        expected, found = (json.dumps(self._comparable(json.loads(body)), indent=1) for body in (limit, service))
        if expected != found:
            raise DifferenceError(f"{self.method} {self.path}: the limit says {expected}, the service {found}")

    def _comparable(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._comparable(item) for item in value]
        if isinstance(value, dict):
            return {
                name: type(item).__name__ if name in self.own else self._comparable(item)
                for name, item in value.items()
            }
        return value


LIST = Scenario("list 25 invoices", "GET", "/v1/invoices", _READS, query="?limit=25", own=frozenset({"next_cursor"}))
INVOICE = Scenario("invoice", "GET", "/v1/invoices/{invoice}")
PDF = Scenario("an invoice's PDF", "GET", "/v1/invoices/{invoice}/pdf")
OVERVIEW = Scenario("overview", "GET", "/v1/overview", _READS)
BALANCE = Scenario("balance", "GET", "/v1/balance", _READS)
TRANSACTIONS = Scenario(
    "25 transactions", "GET", "/v1/transactions", _READS, query="?limit=25", own=frozenset({"next_cursor"})
)
QUOTE = Scenario(
    "quote",
    "POST",
    "/v1/payments/quote",
    body={"currency": "USD", "pay": {"type": "named", "invoices": [{"invoice_id": "{invoice}"}]}},
)
INSERT = Scenario(
    "insert an address",
    "POST",
    "/v1/addresses",
    _WRITES,
    own=frozenset({"id", "created_at", "updated_at"}),
    body=_ADDRESS,
)
PAY = Scenario(
    "pay an invoice",
    "POST",
    "/v1/payments",
    _WRITES,
    own=frozenset({"id", "number", "created_at", "updated_at"}),
    body={
        "currency": "USD",
        "pay": {"type": "named", "invoices": [{"invoice_id": "{invoice}", "amount": _PAID}]},
        "payment_method_id": "{method}",
    },
    takes_key=True,
    pays=True,
    most_round_trips=_A_PAYMENT,
)
SCENARIOS = (LIST, INVOICE, OVERVIEW, BALANCE, TRANSACTIONS, QUOTE, INSERT, PAY)
