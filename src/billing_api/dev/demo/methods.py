"""The demo account's cards and bank accounts, in each state that a portal has to show."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

# Names by which the payments of the demo data choose their method.
VISA, AMEX, CHECKING = "visa", "amex", "checking"


@dataclass(frozen=True, slots=True)
class Method:
    """A card or bank account, the day on which it is stored, and the details from which the sandbox makes its nonce."""

    name: str
    stored_on: date
    details: dict[str, Any]
    default: bool = False
    with_deposits: bool = False  # verified by two small deposits, not by the network
    wrong_amounts: int = 0  # how often its owner has sent amounts that are not those of the deposits

    @property
    def is_card(self) -> bool:
        """Whether it is a card."""
        return "credit_card" in self.details


def demo_methods(today: date) -> list[Method]:
    """Return the methods in the order of their storing.

    A card is good, one expires this month, one has expired. A bank account is verified, one waits for its bank, one
    for the amounts of two deposits, and one could not be verified.
    """
    first, lately = today - timedelta(days=600), today - timedelta(days=1)
    last_month = today.replace(day=1) - timedelta(days=1)
    return [
        Method(AMEX, first, _card("378282246310005", last_month, "Nguyễn Thị Minh Khai")),
        Method(
            VISA, first, _card("4005519200000004", today.replace(year=today.year + 3, day=1), "Pat Demo"), default=True
        ),
        Method(CHECKING, first, _bank("1000000000", "Sunny Side Bakery Ltd", routing="011401533")),
        Method("mastercard", first, _card("5555555555554444", today, "Wolfeschlegelsteinhausen-Bergerdorff, H. B.")),
        Method("waiting", lately, _bank("1000000001", "Sunny Side Bakery Ltd", "savings")),
        Method(
            "deposits", lately, _bank("1000000000", "Sunny Side Bakery Ltd", routing="026009593"), with_deposits=True
        ),
        Method("failed", lately, _bank("1000000009", "Sunny Side Bakery Ltd"), with_deposits=True, wrong_amounts=5),
    ]


def _card(number: str, last_day: date, name: str) -> dict[str, Any]:
    return {"credit_card": {"number": number, "expiration_date": f"{last_day:%m/%Y}", "cardholder_name": name}}


def _bank(number: str, holder: str, account_type: str = "checking", routing: str = "021000021") -> dict[str, Any]:
    account = {"account_number": number, "routing_number": routing, "account_type": account_type}
    return {"us_bank_account": {**account, "account_holder_name": holder}}
