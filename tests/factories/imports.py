"""Lines of an import, about an account of their own."""

import json
from typing import Any
from uuid import uuid4


class Books:
    """Writes lines about one account; every external id begins with a text of its own."""

    def __init__(self) -> None:
        self.prefix = uuid4().hex[:10]
        self.account = f"{self.prefix}-account"

    def line(self, line_type: str, name: str, /, **fields: Any) -> bytes:
        """A line; a field that is None is left out."""
        given = {"type": line_type, "account": self.account, "external_id": self.id(name)} | fields
        return json.dumps({name: value for name, value in given.items() if value is not None}).encode()

    def id(self, name: str) -> str:
        """The external id of this account's document."""
        return f"{self.prefix}-{name}"

    def account_line(self, **fields: Any) -> bytes:
        given = {"account": None, "name": "Sunny Side Ltd", "currency": "USD"}
        return self.line("account", "account", **given | fields)

    def invoice(self, name: str, amount: int = 10_000, **fields: Any) -> bytes:
        given = {
            "number": name,
            "currency": "USD",
            "issued_on": "2026-03-02",
            "lines": [{"description": "Widgets", "amount": amount}],
        }
        return self.line("invoice", name, **given | fields)

    def payment(self, name: str, amount: int, allocations: dict[str, int] | None = None, **fields: Any) -> bytes:
        given = {
            "currency": "USD",
            "amount": amount,
            "method": "check",
            "received_on": "2026-03-20",
            "allocations": self.parts(allocations or {}),
        }
        return self.line("payment", name, **given | fields)

    def credit_memo(
        self,
        name: str,
        net: int,
        applications: dict[str, int] | None = None,
        applied_on: str | None = None,
        **fields: Any,
    ) -> bytes:
        given = {
            "number": name,
            "currency": "USD",
            "issued_on": "2026-03-05",
            "net": net,
            "applications": self.parts(applications or {}, applied_on=applied_on),
        }
        return self.line("credit_memo", name, **given | fields)

    def deposit(
        self,
        name: str,
        amount: int,
        applications: dict[str, int] | None = None,
        applied_on: str | None = None,
        **fields: Any,
    ) -> bytes:
        given = {
            "number": name,
            "currency": "USD",
            "received_on": "2026-03-06",
            "amount": amount,
            "applications": self.parts(applications or {}, applied_on=applied_on),
        }
        return self.line("deposit", name, **given | fields)

    def parts(self, amounts: dict[str, int], **dated: str | None) -> list[dict[str, Any]]:
        """Amounts by the names of invoices."""
        days = {name: day for name, day in dated.items() if day is not None}
        return [{"invoice": self.id(name), "amount": amount, **days} for name, amount in amounts.items()]
