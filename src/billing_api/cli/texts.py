"""Texts that people give to commands."""

import typer
from pydantic import TypeAdapter, ValidationError

from billing_api.kit.schema import LongText, words_of

_LONG: TypeAdapter[str] = TypeAdapter(LongText)


def long_text(given: str) -> str:
    """Return a text by the rules of a request's. Raise BadParameter, which names the rule that it breaks."""
    try:
        return _LONG.validate_python(given)
    except ValidationError as error:
        raise typer.BadParameter(words_of(error.errors()[0])) from error
