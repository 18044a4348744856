"""`python -m billing_api.cli`."""

from billing_api.cli import app

app()
