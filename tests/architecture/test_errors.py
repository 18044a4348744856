"""Each error has a code of its own, a cause, a cure, and an example of its documented form."""

import ast
import re
from pathlib import Path

import jsonschema_rs
import pytest

import billing_api.main  # noqa: F401 - every error is imported with it
from billing_api.errors import AppError
from billing_api.http.problem_schemas import catalogue, cause_of, example_of, name_of, owner_of, schemas_of

SOURCE = Path(__file__).parents[2] / "src" / "billing_api"
EACH = pytest.mark.parametrize("error", catalogue().values(), ids=lambda error: error.__name__)


def _declared() -> list[str]:
    """The codes in the syntax of all classes: `code, title, kind = "…", …`."""
    found: list[str] = []
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ClassDef):
                found += [code for statement in node.body for code in _code_of(statement)]
    return found


def _code_of(statement: ast.stmt) -> list[str]:
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Tuple):
        return []
    names = [ast.unparse(name) for name in statement.targets[0].elts]
    if names[:2] != ["code", "title"] or not isinstance(statement.value, ast.Tuple):
        return []
    return [ast.literal_eval(statement.value.elts[0])]


def test_every_code_is_in_the_catalogue_once() -> None:
    """Two errors with one code would share a page, and a schema."""
    assert sorted(_declared()) == sorted(catalogue())


def test_no_two_errors_have_schemas_of_one_name() -> None:
    assert len({name_of(error) for error in catalogue().values()}) == len(catalogue())


@EACH
def test_cause_and_cure_are_sentences(error: type[AppError]) -> None:
    for words in (cause_of(error), error.cure):
        assert re.fullmatch(r"[A-Z`].*\.", words), f"write the docstring and `cure` of {error.__name__} as sentences"
        assert "Source:" not in words


@EACH
def test_example_has_the_documented_form(error: type[AppError]) -> None:
    """The example is an error of the class itself; `sample` has the arguments that it takes."""
    schema = {"$ref": f"#/components/schemas/{name_of(error)}", "unevaluatedProperties": False}
    schemas = {"components": {"schemas": schemas_of([error])}}
    example = example_of(error.example(), "/v1/things")
    jsonschema_rs.validator_for(schema | schemas, validate_formats=True).validate(example)
    assert (example["code"], example["title"]) == (error.code, error.title)
    assert owner_of(error) is error


def test_facts_that_are_not_declared_are_refused() -> None:
    """A member of a problem that its schema doesn't have would be a secret."""
    with pytest.raises(TypeError, match=r"has the facts \[\], not \['colour'\]"):
        AppError("No.", colour="red")
