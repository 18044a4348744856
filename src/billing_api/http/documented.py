"""Marks that a route's parameters leave for the OpenAPI document."""

from typing import Any

# Marks a header that every request needs, though its route takes the lack of it: a response of its own says more than
# "field required". http/docs.py documents it as required.
DOCUMENTED_AS_REQUIRED: dict[str, Any] = {"x-required": True}
