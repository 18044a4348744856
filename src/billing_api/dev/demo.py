"""The user of the demo data: added once, printed at every start."""

DEMO_EMAIL = "pat.demo@example.com"
DEMO_PASSWORD = "correct-horse-battery"  # noqa: S105 - opens nothing but invented data
