"""Hostile requests: each gets a proper response, none blocks the sandbox, none is a 500."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from xml.etree import ElementTree as ET

import httpx
import pytest
from braintree.util.xml_util import XmlUtil
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from braintree_sandbox.testing import run_sandbox

from .hostile import CONTROL, MEANT, Document, Sent, places, replaced, spoiled

MERCHANT = "/merchants/integration_merchant_id"
JSON, XML = {"content-type": "application/json"}, {"content-type": "application/xml"}
ANSWERS = frozenset({200, 201, 400, 403, 404, 408, 413, 422})
CONTROL_ANSWERS = frozenset({200, 400, 404, 409, 422})

# The same examples in every run, and no time limit for one, since a machine may be busy.
fuzzed = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@dataclass(frozen=True)
class Target:
    """A sandbox of these tests' own, with a customer, a card and a sale in it."""

    http: httpx.Client
    sold: str

    def send(self, sent: Sent, content: str | bytes, headers: dict[str, str]) -> httpx.Response:
        """Return the response to a request below the merchant."""
        path = sent.path.format(sold=self.sold)
        return self.http.request(sent.method, f"{MERCHANT}/{path}", content=content, headers=headers)


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with run_sandbox() as sandbox:
        gateway = sandbox.gateway()
        gateway.customer.create({"id": "vaulted"})
        gateway.payment_method.create(
            {"customer_id": "vaulted", "payment_method_nonce": "fake-valid-nonce", "token": "vaulted-card"}
        )
        sold = gateway.transaction.sale({"amount": "10.00", "payment_method_token": "vaulted-card"}).transaction
        keys = ("integration_public_key", "integration_private_key")
        with httpx.Client(base_url=sandbox.url, auth=keys, headers={"x-apiversion": "6"}, trust_env=False) as client:
            yield Target(client, sold.id)


@pytest.fixture
def http(target: Target) -> httpx.Client:
    """Return a client for arbitrary requests."""
    return target.http


def _assert_answered(response: httpx.Response) -> None:
    assert response.status_code in ANSWERS, response.text
    if response.content.strip():
        ET.fromstring(response.content)


class TestParameters:
    """Odd values in known places."""

    @fuzzed
    @given(sent=spoiled(MEANT))
    def test_in_json_are_answered(self, target: Target, sent: Sent) -> None:
        _assert_answered(target.send(sent, json.dumps(sent.document), JSON))

    @fuzzed
    @given(sent=spoiled(MEANT))
    def test_in_xml_are_answered(self, target: Target, sent: Sent) -> None:
        _assert_answered(target.send(sent, _xml(sent.document), XML))

    @fuzzed
    @given(sent=spoiled(CONTROL))
    def test_of_the_control_api_are_answered(self, target: Target, sent: Sent) -> None:
        path = sent.path.format(sold=target.sold)
        response = target.http.request(sent.method, f"/sandbox/{path}", content=json.dumps(sent.document))
        # One without a match would hit the requests of the other tests.
        target.http.delete("/sandbox/faults")
        assert response.status_code in CONTROL_ANSWERS, response.text
        assert response.is_success or isinstance(response.json()["error"], str)

    @pytest.mark.parametrize("sent", MEANT, ids=[sent.path for sent in MEANT])
    def test_that_are_meant_are_read(self, target: Target, sent: Sent) -> None:
        """Otherwise the others would prove little."""
        for response in (
            target.send(sent, json.dumps(sent.document), JSON),
            target.send(sent, _xml(sent.document), XML),
        ):
            assert response.status_code in {200, 201, 404, 422}, response.text


class TestBytes:
    """Bytes that are not a document."""

    @fuzzed
    @given(
        content=st.binary(max_size=200)
        | st.text().map(lambda text: f"<customer>{text}</customer>".encode("utf-8", "replace"))
    )
    @example(content=b"<?xml version='1.0' encoding='hex'?><customer/>")
    @example(content=b"<?xml version='1.0' encoding='no-such-thing'?><customer/>")
    @example(content=b"<?xml version='1.0' encoding='utf-7'?><customer/>")
    @example(content="<?xml version='1.0' encoding='utf-16'?><customer/>".encode("utf-16"))
    @example(content=b"<customer xmlns:a='b'><a:b/></customer>")
    def test_are_answered(self, http: httpx.Client, content: bytes) -> None:
        for headers in (XML, JSON, {"content-type": "multipart/form-data; boundary=x"}):
            _assert_answered(http.post(f"{MERCHANT}/customers", content=content, headers=headers))

    @fuzzed
    @given(content=st.binary(max_size=200))
    def test_to_pages_and_graphql_are_answered(self, http: httpx.Client, content: bytes) -> None:
        for path in (
            "/graphql",
            f"{MERCHANT}/client_api/v1/payment_methods/credit_cards",
            "/v1/open-finance/tokenize-bank-account-details",
        ):
            assert http.post(path, content=content, headers=JSON).status_code < 500

    @pytest.mark.parametrize(
        "path",
        [b"%00", b"%ff", b"a" * 2000, b"customers/%00", b"transactions/%ED%A0%80", b"any/%0d%0a", b"customers/a%2Fb"],
    )
    @pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
    def test_of_a_path_are_answered(self, http: httpx.Client, method: str, path: bytes) -> None:
        # Given as a text, httpx would refuse such a path itself.
        url = http.base_url.copy_with(raw_path=MERCHANT.encode() + b"/" + path)
        _assert_answered(http.request(method, url))

    @pytest.mark.parametrize("query", ["page=%00", "page=²", "page=1e9", "page=-1", "start=99&end=x", "a=1&" * 2000])
    def test_of_a_query_are_answered(self, http: httpx.Client, query: str) -> None:
        for path in ("merchant_accounts", "payment_methods/all/expiring_ids", "disputes/advanced_search"):
            method = "GET" if path == "merchant_accounts" else "POST"
            _assert_answered(http.request(method, f"{MERCHANT}/{path}?{query}"))


class TestExtent:
    """Requests that would take long are refused at once."""

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b"<customer>" + b"<a/>" * 10_000 + b"</customer>", id="elements"),
            pytest.param(b"<customer " + b" ".join(b'a%d="1"' % n for n in range(20)) + b"/>", id="attributes"),
            pytest.param(b"<customer><" + b"a" * 256 + b"/></customer>", id="a name"),
            pytest.param(b"<customer>" + b"<a>" * 32 + b"</a>" * 32 + b"</customer>", id="depth"),
            pytest.param(b"<customer><id type='integer'>" + b"9" * 19 + b"</id></customer>", id="an integer"),
            pytest.param("<customer><id type='integer'>١٢</id></customer>".encode(), id="digits of another script"),
            pytest.param(b"<a><b type='datetime'>0001-01-01T00:00:00+14:00</b></a>", id="a time before the calendar"),
            pytest.param(b"<a><b type='datetime'>9999-12-31T23:59:59-14:00</b></a>", id="a time after it"),
        ],
    )
    def test_of_xml_is_limited(self, http: httpx.Client, content: bytes) -> None:
        assert http.post(f"{MERCHANT}/customers", content=content, headers=XML).status_code == 400

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param(b'{"customer": [' + b"1," * 10_000 + b"1]}", id="values"),
            pytest.param(b'{"customer": ' + b"[" * 40 + b"]" * 40 + b"}", id="depth"),
            pytest.param(b'{"customer": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", id="depth beyond the parser's"),
            pytest.param(b'{"customer": {"' + b"a" * 256 + b'": 1}}', id="a name"),
            pytest.param(b'{"customer": {"id": ' + b"9" * 5000 + b"}}", id="a number"),
            pytest.param(b'{"customer": {"id": NaN}}', id="NaN"),
        ],
    )
    def test_of_json_is_limited(self, http: httpx.Client, content: bytes) -> None:
        assert http.post(f"{MERCHANT}/customers", content=content, headers=JSON).status_code == 400
        assert http.post("/graphql", content=content, headers=JSON).status_code == 400
        assert http.post("/sandbox/faults", content=content, headers=JSON).status_code == 400

    @pytest.mark.parametrize("sent", MEANT, ids=[sent.path for sent in MEANT])
    def test_a_long_text_takes_no_longer_in_one_place_than_in_another(self, target: Target, sent: Sent) -> None:
        """What is almost an address or a name is where patterns go back and forth; the client waits for 5 seconds."""
        for way in places(sent.document):
            for text in ("a@" + "." * 50_000 + " ", " " * 50_000 + "x", "a." * 25_000 + "!"):
                document = replaced(sent.document, way, text)
                _assert_answered(target.send(sent, json.dumps(document), JSON))

    def test_of_a_form_is_limited(self, http: httpx.Client) -> None:
        part = b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n'
        headers = {"content-type": "multipart/form-data; boundary=x"}
        response = http.post(f"{MERCHANT}/document_uploads", content=part * 101 + b"--x--\r\n", headers=headers)
        assert (response.status_code, "100 parts" in response.text) == (400, True)

    def test_of_a_page_of_a_search(self, http: httpx.Client) -> None:
        search = {"search": {"ids": ["disputedtransaction"] * 51}}
        assert http.post(f"{MERCHANT}/transactions/advanced_search", json=search).status_code == 400
        assert http.post(f"{MERCHANT}/transactions/advanced_search_ids", json=search).text.count("<item>") == 1


class TestDigits:
    @pytest.mark.parametrize(
        ("spoiled_field", "code"),
        [({"amount": "1\u0660.00"}, "81503"), ({"credit_card": {"expiration_date": "0\u0665/2030"}}, "81710")],
    )
    def test_are_those_from_0_to_9(self, http: httpx.Client, spoiled_field: Document, code: str) -> None:
        card = {"number": "4111111111111111", "expiration_date": "05/2030"} | spoiled_field.get("credit_card", {})
        sale = {"type": "sale", "amount": "10.00"} | spoiled_field | {"credit_card": card}
        response = http.post(f"{MERCHANT}/transactions", json={"transaction": sale})
        assert (response.status_code, f"<code>{code}</code>" in response.text) == (422, True)


class TestUnknownRoot:
    @pytest.mark.parametrize("document", [{"costumer": {"first_name": "Pat"}}, {"customer": {}, "more": 1}])
    @pytest.mark.parametrize("as_xml", [False, True])
    def test_makes_no_empty_customer(self, http: httpx.Client, document: Document, as_xml: bool) -> None:
        before = _customers(http)
        if as_xml:
            name, value = next(reversed(document.items()))
            response = http.post(f"{MERCHANT}/customers", content=_xml({name: value}), headers=XML)
        else:
            response = http.post(f"{MERCHANT}/customers", json=document)
        assert response.status_code == 403
        assert next(reversed(document)) in response.text
        assert _customers(http) == before

    def test_on_a_verb_without_parameters_changes_nothing(self, http: httpx.Client) -> None:
        sale = {"type": "sale", "amount": "1.00", "payment_method_token": "vaulted-card"}
        sold = _field(http.post(f"{MERCHANT}/transactions", json={"transaction": sale}), "id")
        path = f"{MERCHANT}/transactions/{sold}"
        assert http.put(f"{path}/void", json={"amount": "1.00"}).status_code == 403
        assert _field(http.get(path), "status") == "authorized"


def _customers(http: httpx.Client) -> int:
    return http.post(f"{MERCHANT}/customers/advanced_search_ids", json={"search": {}}).text.count("<item>")


def _field(response: httpx.Response, name: str) -> str | None:
    return ET.fromstring(response.content).findtext(name)


def _xml(document: Document) -> bytes:
    """Return the document as the SDK for Python writes it."""
    # The SDK knows no floats.
    known = json.loads(json.dumps(document), parse_float=Decimal)
    content = XmlUtil.xml_from_dict(known) if document else ""
    return str(content).encode("utf-8", "replace")
