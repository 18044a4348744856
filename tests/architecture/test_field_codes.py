"""Every code of a wrong field is listed with a sentence, and each listed one can occur."""

import ast
import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Annotated, Any, get_args

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError, PydanticKnownError

from billing_api.errors import FieldError
from billing_api.http.field_codes import FIELD_CODES
from billing_api.kit.schema import words_of
from tests.architecture.operations import operations
from tests.architecture.source import Module, called_name, modules

# Bodies that come by an import alone (docs/imports.md has their codes), and the examples of the contract.
_NOT_SENT = (
    "billing_api/http/operation_errors.py",
    "billing_api/cli/",
    "billing_api/credits/schemas.py",
    "billing_api/dev/",
    "billing_api/imports/",
    "billing_api/invoices/create_schemas.py",
)
_PLACE_OF_CODE = {
    FieldError.__name__: 1,
    PydanticCustomError.__name__: 0,
    PydanticKnownError.__name__: 0,
    "_refused": 1,  # of kit/phone.py
}
_PASS_A_CODE_ON = {
    "billing_api/http/error_handlers.py",  # pydantic's
    "billing_api/kit/phone.py",
    "billing_api/payment_methods/billing.py",  # the gateway's, which has five digits
}

_TEXTS: list[Any] = [
    *("", "x", "x" * 5000, "\ud800", "\x00", "\u200b", "4111111111111111", "true", "XYZ"),
    *("1", "-1", "1.5", "9" * 30, "9" * 5000, "2026-02-30", "2026-02-30T09:30:00Z", "0001-01-01", "9999-12-31"),
    ["x"],
    ["x"] * 100,
]
_VALUES = [
    *(None, True, 0, -1, 1.5, 10**18, 10**40),
    *([], [0] * 2000, {}, {"type": "x"}, {str(number): number for number in range(100)}),
    *_TEXTS,
]


def _codes_in_words() -> Iterator[tuple[str, str]]:
    """Yield each code that the project's own code gives, with its module."""
    for module in modules():
        if module.path.startswith("billing_api/") and not module.path.startswith(_NOT_SENT):
            yield from ((code, module.path) for code in _codes_of(module))


def _codes_of(module: Module) -> Iterator[str]:
    for call in module.calls():
        place = _PLACE_OF_CODE.get(called_name(call))
        if place is None:
            continue
        given = call.args[place]
        if isinstance(given, ast.Constant):
            yield str(given.value)
        else:
            assert module.path in _PASS_A_CODE_ON, f"{module.path}, line {call.lineno}: write the code as a text"


@cache
def _errors_of_wrong_values() -> frozenset[tuple[str, str]]:
    """Return the codes that wrong values of every parameter and body end with, each with its sentence."""
    found: set[tuple[str, str]] = set()
    seen: set[type[BaseModel]] = set()
    waiting = [operation.dependant for operation in operations()]
    while waiting:
        dependant = waiting.pop()
        waiting += dependant.dependencies
        places = [((*dependant.path_params, *dependant.query_params), _TEXTS), (dependant.body_params, _VALUES)]
        for fields, values in places:
            for field in fields:
                whole: TypeAdapter[Any] = TypeAdapter(Annotated[field.field_info.annotation, field.field_info])  # type: ignore[arg-type]
                found |= _errors_with(whole.validate_python, values)
                for model in _models(field.field_info.annotation, seen):
                    each = [{name: value} for name in model.model_fields for value in values]
                    found |= _errors_with(model.model_validate, each)
    return frozenset(found)


def _errors_with(validate: Callable[[Any], object], values: list[Any]) -> set[tuple[str, str]]:
    found: set[tuple[str, str]] = set()
    for value in values:
        try:
            validate(value)
        except ValidationError as error:
            found |= {(one["type"], words_of(one)) for one in error.errors(include_url=False, include_input=False)}
    return found


def _models(annotation: Any, seen: set[type[BaseModel]]) -> list[type[BaseModel]]:
    """Return the classes that a type leads to, but for those that were seen."""
    if not (isinstance(annotation, type) and issubclass(annotation, BaseModel)):
        return [model for part in get_args(annotation) for model in _models(part, seen)]
    if annotation in seen:
        return []
    seen.add(annotation)
    inner = [model for field in annotation.model_fields.values() for model in _models(field.annotation, seen)]
    return [annotation, *inner]


def test_every_code_is_listed_and_occurs() -> None:
    """http/field_codes.py has the list; a code that is not in it tells a client nothing."""
    own = dict(_codes_in_words())
    unlisted = {code: path for code, path in own.items() if code not in FIELD_CODES}
    assert not unlisted, f"add {unlisted} to http/field_codes.py"
    found = {code for code, _ in _errors_of_wrong_values()}
    assert found <= FIELD_CODES.keys(), f"add {found - FIELD_CODES.keys()} to http/field_codes.py"
    assert FIELD_CODES.keys() == found | own.keys(), "remove the codes that can't occur from http/field_codes.py"


def test_no_sentence_has_a_value_as_python_writes_it() -> None:
    """A bound that stands behind a check of ours is named so: `datetime.date(1900, 1, 1)`."""
    sentences = {words for _, words in _errors_of_wrong_values()}
    assert any("1900-01-01" in words for words in sentences)
    assert [words for words in sentences if re.search(r"\w\(|<\w|\bNone\b", words)] == []
