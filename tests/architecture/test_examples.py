"""Each response of an operation has an example that could be one, and the examples fit together."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.architecture.contracts import SOURCE
from tests.architecture.operations import document, examples_of, operations, shapes_of
from tests.architecture.test_fields import schemas

Json = dict[str, Any]
_STORY: Json = json.loads((Path(SOURCE) / "http" / "assets" / "examples.json").read_text())


def responses() -> Iterator[tuple[str, Json]]:
    """Yield the JSON of each successful response, with its operation and status."""
    for operation in operations():
        for status, response in operation.documented["responses"].items():
            content = response.get("content", {}).get("application/json")
            if status < "300" and content is not None:
                yield f"{operation.id} {status}", content


EXAMPLES: dict[str, Json] = {place: content["example"] for place, content in responses()}


@pytest.mark.parametrize("place", EXAMPLES)
def test_an_example_fits_its_schema(place: str) -> None:
    """Change http/assets/examples.json, or the example of a field, where it does not."""
    schema = dict(responses())[place]["schema"] | {"components": document()["components"]}
    jsonschema_rs.validator_for(schema, validate_formats=True).validate(EXAMPLES[place])
    assert "\u2026" not in json.dumps(
        {name: value for name, value in EXAMPLES[place].items() if not name.endswith("_token")}, ensure_ascii=False
    ), "a text needs an example, in its field or in http/assets/examples.json"


def test_the_examples_of_schemas_and_fields_fit_them() -> None:
    """Those of requests are validated where they are sent from; these are of every component."""
    components = {"components": document()["components"]}
    for name, whole in document()["components"]["schemas"].items():
        for place, schema in schemas(whole, name):
            for example in schema.get("examples", ()):
                valid = jsonschema_rs.validator_for(schema | components, validate_formats=True).is_valid(example)
                assert valid, f"{place}: {example}"


def test_the_file_names_components_fields_and_responses_that_exist() -> None:
    components = document()["components"]["schemas"]
    for name, given in _STORY["components"].items():
        assert given.keys() <= components[name]["properties"].keys(), name
    for place, given in _STORY["operations"].items():
        assert given.keys() <= EXAMPLES[place].keys(), place


def test_an_invoice_adds_up() -> None:
    invoice = EXAMPLES["invoices_get 200"]
    assert invoice["net"] == sum(line["amount"] for line in invoice["lines"])
    assert invoice["tax"] == sum(tax["amount"] for tax in invoice["taxes"])
    assert invoice["total"] == invoice["net"] + invoice["tax"]
    taken = ("paid", "credited", "deposit_applied", "discounted", "written_off", "voided", "amount_due")
    assert invoice["total"] == sum(invoice[name] for name in taken)


def test_one_invoice_is_listed_quoted_paid_and_shown() -> None:
    """A developer follows it from the overview to the payment."""
    invoice = EXAMPLES["invoices_get 200"]
    (listed,) = EXAMPLES["invoices_list 200"]["data"]
    assert listed == {name: invoice[name] for name in listed}
    overview, quote, payment = (EXAMPLES[f"{name} 200"] for name in ("overview_get", "payments_quote", "payments_get"))
    assert overview["newest_invoices"] == [listed]
    assert overview["balance"] == EXAMPLES["balance_get 200"]
    (balance,) = overview["balance"]["balances"]
    assert balance["due"] == sum(balance["ageing"].values()) == listed["amount_due"]
    assert balance["balance"] == balance["due"] - balance["unapplied_credits"] - balance["unapplied_deposits"]
    (line,) = quote["invoices"]
    (part,) = payment["allocations"]
    assert line["invoice_id"] == part["invoice_id"] == invoice["id"]
    assert line["number"] == part["invoice_number"] == invoice["number"]
    assert quote["amount"] == line["amount"] == part["amount"] == payment["amount"] == invoice["amount_due"]
    assert payment["payment_method_id"] == overview["default_payment_method"]["id"]
    assert payment["last4"] == overview["default_payment_method"]["last4"]
    (entry,) = EXAMPLES["transactions_list 200"]["data"]
    assert (entry["document_id"], entry["amount"]) == (invoice["id"], invoice["total"])


def test_the_example_of_paying_pays_the_quoted_invoice() -> None:
    (operation,) = [one for one in operations() if one.id == "payments_create"]
    (shape,) = shapes_of(operation)
    order, *_ = examples_of(shape)
    quote = EXAMPLES["payments_quote 200"]
    assert order["quote_version"] == quote["quote_version"]
    assert order["payment_method_id"] == EXAMPLES["payment_methods_get 200"]["id"]
    named = [{name: line[name] for name in ("invoice_id", "amount")} for line in quote["invoices"]]
    assert order["pay"]["invoices"] == named
