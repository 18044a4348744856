"""The users of the demo account; they share one password."""

from dataclasses import dataclass

from billing_api.auth.caller import Role

DEMO_EMAIL = "pat.demo@example.com"
DEMO_PASSWORD = "correct-horse-battery"  # noqa: S105 - opens nothing but invented data


@dataclass(frozen=True, slots=True)
class Person:
    """A user, and the role; an invited one has no password yet."""

    email: str
    name: str
    role: Role
    has_password: bool = True


PEOPLE = (
    Person(DEMO_EMAIL, "Pat Demo", "owner"),
    Person("payer.demo@example.com", "Nguyễn Thị Minh Khai", "payer"),
    Person("viewer.demo@example.com", "山田 花子", "viewer"),
    Person("bookkeeping.demo@example.com", "Wolfeschlegelsteinhausen-Bergerdorff, Hubert Blaine (accounts)", "payer"),
    Person("auditor.demo@example.com", "Αικατερίνη Παπαδοπούλου", "viewer"),
    Person("invited.demo@example.com", "محمد عبد الرحمن", "viewer", has_password=False),
)
