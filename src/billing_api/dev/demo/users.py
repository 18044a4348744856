"""The users of the demo account, who share one password, and the client of a partner's system."""

from dataclasses import dataclass
from uuid import UUID

from billing_api.auth.caller import Role

DEMO_EMAIL = "pat.demo@example.com"
DEMO_PASSWORD = "correct-horse-battery"  # noqa: S105 - opens nothing but invented data

DEMO_CLIENT_ID = UUID("019a6f2e-5000-7000-8000-00000000de30")
DEMO_CLIENT_SECRET = "demo-back-office"  # noqa: S105 - opens nothing but invented data


@dataclass(frozen=True, slots=True)
class DemoUser:
    """A user, and the role; an invited one has no password yet."""

    email: str
    name: str
    role: Role
    has_password: bool = True


DEMO_USERS = (
    DemoUser(DEMO_EMAIL, "Pat Demo", "owner"),
    DemoUser("payer.demo@example.com", "Nguyễn Thị Minh Khai", "payer"),
    DemoUser("viewer.demo@example.com", "山田 花子", "viewer"),
    DemoUser("bookkeeping.demo@example.com", "Wolfeschlegelsteinhausen-Bergerdorff, Hubert Blaine (accounts)", "payer"),
    DemoUser("auditor.demo@example.com", "Αικατερίνη Παπαδοπούλου", "viewer"),
    DemoUser("invited.demo@example.com", "محمد عبد الرحمن", "viewer", has_password=False),
)
