"""The OpenAPI document keeps the API's conventions."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import jsonschema_rs
import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError
from typer.testing import CliRunner

from billing_api.cli import app as commands
from billing_api.config import Settings
from billing_api.http.oauth import follows_oauth
from billing_api.http.problems import MEDIA_TYPE
from billing_api.kit.schema import InputSchema, ReadSchema
from billing_api.main import create_app
from tests.architecture.authorisation import MATRIX, VIEWER
from tests.architecture.operations import Operation, document, examples_of, operations, shapes_of

ModelT = TypeVar("ModelT", bound=BaseModel)

EACH = pytest.mark.parametrize(
    "operation", [one for one in operations() if one.id in MATRIX], ids=lambda operation: operation.id
)
# A form by another standard is taken apart by its route, not by pydantic.
WITH_BODY = pytest.mark.parametrize(
    "operation",
    [one for one in operations() if "application/json" in one.documented.get("requestBody", {}).get("content", {})],
    ids=lambda operation: operation.id,
)
_REF = "#/components/schemas/"
_MONEY = re.compile(
    r"(^|_)(amount|total|net|tax|paid|credited|discounted|balance|overdue|pending|due|unapplied|credit_limit)$"
)


def test_committed_document_is_current(monkeypatch: pytest.MonkeyPatch) -> None:
    """What clients are generated from is what the code says; `make openapi` writes it."""
    monkeypatch.chdir(Path(__file__).parents[2])
    result = CliRunner().invoke(commands, ["openapi", "--check"])
    assert result.exit_code == 0, result.output


def test_operation_ids_are_stable_names() -> None:
    """`resource_verb`: generated clients name their methods by it."""
    names = [operation.id for operation in operations()]
    assert len(set(names)) == len(names)
    wrong = [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)]
    assert not wrong, f"name the operation_id of {wrong} in routes.py by its resource and a verb, as in addresses_list"


def test_every_tag_is_described_and_used() -> None:
    """The docs show a group only with its sentence."""
    described = [tag["name"] for tag in document()["tags"] if tag["description"]]
    used = {tag for operation in operations() for tag in operation.documented["tags"]}
    missing = sorted(used - set(described))
    assert not missing, f"add `description=` to the FEATURE in feature.py whose routes have the tag {missing}"
    assert sorted(described) == sorted(used), "one feature of a tag describes it, and each tag has routes"


@EACH
def test_operation_has_one_tag_and_a_sentence(operation: Operation) -> None:
    """It stands once in the docs, and says what it does."""
    assert len(operation.documented["tags"]) == 1
    sentence = operation.documented.get("description", "").partition("\n\nRoles:")[0]
    assert sentence.strip(), f"add a docstring to the handler of {operation.id} in routes.py"


@pytest.mark.parametrize(
    "operation", [one for one in operations() if follows_oauth(one.path)], ids=lambda operation: operation.id
)
def test_errors_of_oauth_have_its_form(operation: Operation) -> None:
    """RFC 6749, 5.2: libraries know no problem documents."""
    errors = {status: response for status, response in operation.documented["responses"].items() if status >= "400"}
    assert {"400", "401", "429", "500", "503"} <= errors.keys()
    for response in errors.values():
        (media_type, content), *others = response["content"].items()
        assert (media_type, others) == ("application/json", [])
        assert content["schema"] == {"$ref": f"{_REF}OAuthError"}
        for described in content["examples"].values():
            assert _validator(content["schema"]).is_valid(described["value"])


@pytest.mark.parametrize(
    "operation",
    [one for one in operations() if one.id in MATRIX and not follows_oauth(one.path)],
    ids=lambda operation: operation.id,
)
def test_errors_are_problems(operation: Operation) -> None:
    """RFC 9457, for every status from 400 on, with words to each."""
    errors = {status: response for status, response in operation.documented["responses"].items() if status >= "400"}
    assert {"400", "500", "503"} <= errors.keys()
    given = operation.documented.get("requestBody") or operation.documented.get("parameters")
    assert given or "422" not in errors, "nothing can be wrong where nothing is given"
    for status, response in errors.items():
        (media_type, content), *others = response["content"].items()
        assert (media_type, others) == (MEDIA_TYPE, [])
        assert content["examples"].keys() == set(re.findall("`([a-z_]+)`:", response["description"]))
        assert content["examples"].keys() == _codes_of(content["schema"])
        for code, described in content["examples"].items():
            example = described["value"]
            assert (example["status"], example["code"]) == (int(status), code)
            assert re.fullmatch(re.sub(r"{\w+}", "([0-9a-f-]{36}|1001)", operation.path), example["instance"])
            assert _validator(content["schema"]).is_valid(example), code


def test_facts_of_errors_are_fields() -> None:
    """A generated client has a class for each code, with the members that only this code has."""
    assert _schemas()["PaymentDeclinedProblem"]["allOf"][1]["properties"].keys() == {
        "code",
        "payment_id",
        "decline_code",
        "decline_text",
        "decline_reason",
        "decline_message",
        "retry_may_help",
    }
    quote = _schemas()["QuoteStaleProblem"]["allOf"][1]["properties"]["quote"]
    assert quote["$ref"] == f"{_REF}PaymentQuoteRead"


@EACH
def test_refusals_are_documented(operation: Operation) -> None:
    """401 wherever a token is wanted, 403 where not every role may, 404 for another account's row, 412 and 428."""
    policy, responses = MATRIX[operation.id], operation.documented["responses"].keys()
    headers = {parameter["name"] for parameter in operation.documented.get("parameters", ())}
    assert not policy.needs_token or "401" in responses
    assert policy.roles == VIEWER or not policy.needs_token or "403" in responses
    assert not policy.names_a_row or "404" in responses, (
        f"add the error of kind NOT_FOUND to `Routes(errors=[…])` of {operation.id} in routes.py"
    )
    assert "If-Match" not in headers or {"412", "428"} <= responses


THROTTLED = {
    "account_invoices_list",
    "oauth_create_token",
    "oauth_revoke_token",
    "sessions_create",
    "sessions_refresh",
    "password_change",
    "password_resets_create",
    "profile_update",
    "payment_methods_create_client_token",
    "payment_methods_create_nonce",
    "payment_methods_create",
    "payment_methods_replace",
    "payments_quote",
    "payments_create",
    "payments_update",
    "autopay_update",
    "invoices_list",
    "transactions_list",
    "invoices_export",
    "invoices_print",
    "payments_print_receipt",
    "statements_print",
    "download_links_create",
    "downloads_open",
    "transactions_export",
    "statements_create",
    "statements_send_emails",
    "invoices_send_emails",
    "payments_send_emails",
}


@EACH
def test_throttles_are_documented(operation: Operation) -> None:
    """429 with the headers that tell a client how long to wait."""
    refusal = operation.documented["responses"].get("429")
    assert (refusal is not None) == (operation.id in THROTTLED)
    assert refusal is None or refusal["headers"].keys() >= {"Retry-After", "RateLimit", "RateLimit-Policy"}


def test_a_download_link_may_meet_the_errors_of_every_file() -> None:
    """It opens any of them, for a caller whose token it stands for."""
    by_path = {one.path: one for one in operations() if one.method == "GET"}
    files = [one for one in by_path.values() if re.search(r"\.(csv|pdf)$|/pdf$", one.path)]
    assert len(files) >= 5
    opened = _codes_of_errors(by_path["/v1/downloads"])
    for file in files:
        wanted = {code for status, codes in _codes_of_errors(file).items() if status != "401" for code in codes}
        wanted -= {"not_found"}  # of an id that is no UUID, to which no link is made
        assert wanted <= set().union(*opened.values()), file.path


@EACH
def test_security_is_said(operation: Operation) -> None:
    """An operation that needs no token has an empty list, so that no tool takes it for a forgotten one."""
    policy, security = MATRIX[operation.id], operation.documented["security"]
    if policy.scope is not None:
        assert security == [{"partner_token": [policy.scope]}]
    else:
        assert ({"access_token": []} in security) == policy.needs_token or operation.id == "sessions_sign_out"


def test_document_names_its_server_licence_and_contact() -> None:
    """The server is PUBLIC_URL where that is set."""
    info = document()["info"]
    assert info["license"] == {"name": "MIT", "identifier": "MIT"}
    assert info["contact"] == {"name": "Example Vendor", "email": "billing@example.com"}
    assert [server["url"] for server in document()["servers"]] == ["http://127.0.0.1:8000"]
    published = create_app(Settings(public_url="https://billing.example.com")).openapi()
    assert [server["url"] for server in published["servers"]] == ["https://billing.example.com"]


@EACH
def test_parameters_can_be_sent(operation: Operation) -> None:
    """No parameter may be null, and a text has its bounds; the server itself bounds headers."""
    for parameter in operation.documented.get("parameters", ()):
        for schema in _walk(parameter["schema"]):
            assert schema.get("type") != "null", parameter["name"]
            assert _is_bounded(schema) or parameter["in"] in {"header", "cookie"}, parameter["name"]


@WITH_BODY
def test_body_has_a_valid_example(operation: Operation) -> None:
    """The docs' "try it" sends something that is understood."""
    assert shapes_of(operation)
    for shape in shapes_of(operation):
        for example in examples_of(shape):
            missing = sorted(set(shape.get("required", ())) - example.keys())
            assert example, f"add `model_config` with an example to {shape['title']} in schemas.py"
            assert not missing, f"add {missing} to the example of {shape['title']} in schemas.py"
            TypeAdapter(operation.body).validate_python(example)


@WITH_BODY
def test_body_is_bounded(operation: Operation) -> None:
    """A text without a greatest length, or one that may hold NUL, ends in PostgreSQL's words."""
    for name in _reached(operation.documented["requestBody"]):
        schema = _schemas()[name]
        assert schema.get("additionalProperties", False) is False, f"{name} takes unknown fields"
        for part in _walk(schema.get("properties", {})):
            assert _is_bounded(part), f"{name}: {part}"


def test_days_and_moments_are_written_out() -> None:
    """A number is no date: pydantic's own types take it for seconds since 1970 (kit/schema.py has others)."""
    for shape in _subclasses(InputSchema):
        for name, field in shape.model_fields.items():
            if re.search(r"\bdate(time)?\b", str(field.annotation)):
                for wrong in (0, "0", "1700000000", 1.5):
                    with pytest.raises(ValidationError) as caught:
                        shape.model_validate({name: wrong})
                    assert name in {error["loc"][0] for error in caught.value.errors() if error["loc"]}, shape


def test_no_class_goes_both_ways() -> None:
    """Bodies that are sent and bodies of responses change for different reasons; a choice of values is no body."""
    sent = {name for one in operations() for name in _reached(one.documented.get("requestBody", {}))}
    answered = {name for one in operations() for name in _reached(one.documented["responses"])}
    assert {name for name in sent & answered if "enum" not in _schemas()[name]} == set()
    assert not [name for name in _schemas() if name.endswith(("-Input", "-Output"))]


def test_names_are_concrete() -> None:
    """Generated clients get `AddressPage`, not `Page_AddressRead_`."""
    assert not [name for name in _schemas() if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name)]
    pages = {name for name, schema in _schemas().items() if "next_cursor" in schema.get("properties", {})}
    assert pages == {name for name in _schemas() if name.endswith("Page")}


def test_money_is_an_integer() -> None:
    """Minor units; and no number anywhere may lose digits on its way through a client's float."""
    for owner, schema in _schemas().items():
        for name, part in schema.get("properties", {}).items():
            kinds = {piece.get("type") for piece in _walk(part)} - {None}
            assert "number" not in kinds, f"{owner}.{name}"
            if _MONEY.search(name) and "$ref" not in str(part):
                assert not kinds & {"string", "array"}, f"{owner}.{name}"


def test_integers_have_a_size() -> None:
    """Amounts are 64 bits: clients in Go, Java and C# hold an integer without a format in 32."""
    integers = [part for part in _walk(document()) if part.get("type") == "integer"]
    assert integers
    for part in integers:
        bounds = [part[bound] for bound in ("minimum", "maximum") if bound in part]
        assert all(type(bound) is int for bound in bounds), part
        fits = "maximum" in part and part["maximum"] < 2**31
        assert part["format"] == ("int32" if fits else "int64"), part


def test_responses_have_every_field() -> None:
    """A default in a response would document its field as one that may be missing."""
    optional = [
        f"{response.__name__}.{name}"
        for response in _subclasses(ReadSchema)
        for name, field in response.model_fields.items()
        if not field.is_required()
    ]
    assert not optional, f"remove the default of {optional} in schemas.py: the service gives the value"


def _schemas() -> dict[str, Any]:
    schemas: dict[str, Any] = document()["components"]["schemas"]
    return schemas


def _codes_of(schema: dict[str, Any]) -> set[str]:
    """The codes that the schema of a response allows."""
    alternatives = schema.get("oneOf", [schema])
    names = [one["$ref"].removeprefix(_REF) for one in alternatives]
    codes = {code: name for name in names for code in _schemas()[name]["allOf"][1]["properties"]["code"]["enum"]}
    mapping = {code: f"{_REF}{name}" for code, name in codes.items()}
    assert schema.get("discriminator", {}).get("mapping", mapping) == mapping
    return set(codes)


def _codes_of_errors(operation: Operation) -> dict[str, set[str]]:
    responses = operation.documented["responses"].items()
    return {status: _codes_of(one["content"][MEDIA_TYPE]["schema"]) for status, one in responses if status >= "400"}


def _validator(schema: dict[str, Any]) -> jsonschema_rs.Validator:
    return _validator_of(json.dumps(schema))


@cache
def _validator_of(schema: str) -> jsonschema_rs.Validator:
    """Read the schemas of all components, which takes five milliseconds: once for those that many operations share."""
    return jsonschema_rs.validator_for({**json.loads(schema), "components": document()["components"]})


def _walk(schema: object) -> Iterator[dict[str, Any]]:
    """The schema and everything in it; examples and what others define are left alone."""
    if isinstance(schema, dict):
        yield schema
        for key, value in schema.items():
            if key not in {"examples", "example", "default", "enum"}:
                yield from _walk(value)
    elif isinstance(schema, list):
        for item in schema:
            yield from _walk(item)


def _reached(part: object) -> set[str]:
    """The names of all classes that a part of the document leads to."""
    found: set[str] = set()
    waiting = [part]
    while waiting:
        for schema in _walk(waiting.pop()):
            reference = str(schema.get("$ref", ""))
            name = reference.removeprefix(_REF)
            if reference.startswith(_REF) and name not in found | {"Problem"}:
                found.add(name)
                waiting.append(_schemas()[name])
    return found


def _is_bounded(schema: dict[str, Any]) -> bool:
    """Whether a text has its greatest length, or a form that gives it one."""
    return schema.get("type") != "string" or bool(
        {"maxLength", "enum", "const"} & schema.keys()
        or schema.get("format") in {"uuid", "date", "date-time"}
        or ("pattern" in schema and "*" not in schema["pattern"] and "+" not in schema["pattern"])
    )


def _subclasses(base: type[ModelT]) -> Iterator[type[ModelT]]:
    """Those of the product: other tests make classes of their own."""
    for child in base.__subclasses__():
        if child.__module__.startswith("billing_api."):
            yield child
        yield from _subclasses(child)
