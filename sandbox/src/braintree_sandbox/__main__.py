"""`python -m braintree_sandbox`, for tests that start it without the installed script."""

from braintree_sandbox.cli import app

if __name__ == "__main__":
    app()
