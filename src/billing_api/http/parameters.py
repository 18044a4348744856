"""The parameters of our own that a route may have: FastAPI solves and documents them, and a plan reads them."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from fastapi import Request

from billing_api.errors import AppError

# Marks a header that every request needs, though its route takes the lack of it: a response of its own says more than
# "field required". http/openapi.py documents it as required.
DOCUMENTED_AS_REQUIRED: dict[str, Any] = {"x-required": True}


class Doubt(Exception):  # noqa: N818 - no error: FastAPI then solves the request
    """A plan can't tell whether the request is good."""


class Parameter(ABC):
    """A dependency whose value follows from the request and its body alone.

    A subclass has a `__call__` too, whose signature FastAPI solves and documents; both give the same value.
    """

    errors: Sequence[type[AppError]] = ()  # that the parameter brings to each of its routes
    wants_body = False  # to `read`; without it the body is not waited for

    @abstractmethod
    def read(self, request: Request, body: bytes) -> Any:
        """Return the value; raise an AppError or Doubt to leave the request to FastAPI."""
