"""Facts of Braintree's test merchant, as files: test nonces, known transactions, samples of webhooks."""

import tomllib
from importlib.resources import files
from typing import Any


def toml(name: str) -> dict[str, Any]:
    """Return the content of `data/{name}.toml`."""
    return tomllib.loads(files(__name__).joinpath(f"{name}.toml").read_text("utf-8"))
