"""Authentication, and the form of a request."""

import gzip
from xml.etree import ElementTree as ET

import braintree
import httpx
import pytest
from braintree.exceptions.authentication_error import AuthenticationError
from braintree.exceptions.authorization_error import AuthorizationError
from braintree.exceptions.not_found_error import NotFoundError
from braintree.exceptions.upgrade_required_error import UpgradeRequiredError

from braintree_sandbox.testing import Gateway, Sandbox
from braintree_sandbox.wire.http import MAX_BODY, MAX_DOCUMENT

from .receiver import PATIENCE_SECONDS

MERCHANT = "/merchants/integration_merchant_id"


@pytest.fixture
def http(sandbox: Sandbox) -> httpx.Client:
    """Return a client with the right keys."""
    return httpx.Client(
        base_url=sandbox.url,
        auth=("integration_public_key", "integration_private_key"),
        headers={"x-apiversion": "6", "content-type": "application/xml"},
        trust_env=False,
        timeout=PATIENCE_SECONDS,
    )


def _gateway(sandbox: Sandbox, merchant_id: str, public_key: str, private_key: str) -> Gateway:
    return braintree.BraintreeGateway(
        braintree.Configuration(
            environment=sandbox.environment, merchant_id=merchant_id, public_key=public_key, private_key=private_key
        )
    )


class TestKeys:
    @pytest.mark.parametrize(
        ("public_key", "private_key"),
        [("integration_public_key", "wrong"), ("nobody", "integration_private_key")],
    )
    def test_wrong_keys_are_refused(self, sandbox: Sandbox, public_key: str, private_key: str) -> None:
        stranger = _gateway(sandbox, "integration_merchant_id", public_key, private_key)
        with pytest.raises(AuthenticationError):
            stranger.customer.create({})
        stranger.config.close()

    def test_of_another_merchant_are_not_authorised(self, sandbox: Sandbox) -> None:
        other = _gateway(sandbox, "integration_merchant_id", "integration2_public_key", "integration2_private_key")
        with pytest.raises(AuthorizationError):
            other.customer.create({})
        other.config.close()

    def test_are_checked_before_everything_else(self, sandbox: Sandbox) -> None:
        response = httpx.get(f"{sandbox.url}/nowhere", trust_env=False, timeout=PATIENCE_SECONDS)
        assert response.status_code == 401


class TestVersion:
    @pytest.mark.parametrize("version", ["1", "7"])
    def test_another_version_is_refused(self, gateway: Gateway, monkeypatch: pytest.MonkeyPatch, version: str) -> None:
        monkeypatch.setattr(braintree.configuration.Configuration, "api_version", staticmethod(lambda: version))
        with pytest.raises(UpgradeRequiredError):
            gateway.customer.create({})

    def test_a_request_without_a_version_is_refused(self, http: httpx.Client) -> None:
        with http:
            del http.headers["x-apiversion"]
            assert http.post(f"{MERCHANT}/customers").status_code == 426


class TestPaths:
    def test_that_do_not_exist_are_not_found(self, gateway: Gateway) -> None:
        with pytest.raises(NotFoundError):
            gateway.config.http().get(f"{MERCHANT}/no/such/thing")


class TestAnswers:
    def test_without_a_document_are_a_space(self, http: httpx.Client) -> None:
        """As Rails writes them: the library for Node.js breaks over no bytes at all, after the change was made."""
        with http:
            made = ET.fromstring(http.post(f"{MERCHANT}/customers", content=b"<customer/>").content)
            response = http.delete(f"{MERCHANT}/customers/{made.findtext('id')}")
        assert (response.status_code, response.content) == (200, b" ")


class TestGzip:
    def test_goes_both_ways(self, http: httpx.Client) -> None:
        body = gzip.compress(b"<customer><first-name>Packed</first-name></customer>")
        with http:
            packed = http.post(f"{MERCHANT}/customers", content=body, headers={"content-encoding": "gzip"})
            plain = http.post(f"{MERCHANT}/customers", content=b"", headers={"accept-encoding": "identity"})
        assert (packed.status_code, packed.headers["content-encoding"]) == (201, "gzip")
        assert "<first-name>Packed</first-name>" in packed.text
        assert (plain.status_code, "content-encoding" in plain.headers) == (201, False)

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            pytest.param(b"not gzip", 400, id="something else"),
            pytest.param(gzip.compress(b"<customer/>")[:-5], 400, id="cut off"),
            pytest.param(gzip.compress(b"<customer/>") + b"more", 400, id="something behind it"),
            pytest.param(gzip.compress(b"<a>" + b" " * MAX_DOCUMENT + b"</a>"), 413, id="a bomb"),
        ],
    )
    def test_that_is_broken_or_a_bomb_is_refused(self, http: httpx.Client, body: bytes, status: int) -> None:
        with http:
            response = http.post(f"{MERCHANT}/customers", content=body, headers={"content-encoding": "gzip"})
        assert response.status_code == status
        assert "<api-error-response>" in response.text

    def test_of_nothing_is_nothing(self, http: httpx.Client) -> None:
        with http:
            response = http.post(f"{MERCHANT}/customers", content=b"", headers={"content-encoding": "gzip"})
        assert response.status_code == 201


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"<customer>",
            b"{}",
            b"\xff\xfe",
            b"<customer><id type='integer'>x</id></customer>",
            b"<customer>just text</customer>",
            b"<customer><first-name><nested>x</nested></first-name></customer>",
            b"<a>" * 100 + b"</a>" * 100,
            b'<!DOCTYPE a [<!ENTITY b "b">]><customer><first-name>&b;</first-name></customer>',
            b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]><customer><company>&f;</company></customer>',
        ],
    )
    def test_that_cannot_be_read_are_refused(self, http: httpx.Client, body: bytes) -> None:
        with http:
            response = http.post(f"{MERCHANT}/customers", content=body)
        assert (response.status_code, "root:" in response.text) == (400, False)

    @pytest.mark.parametrize("size", [MAX_DOCUMENT, MAX_BODY])
    def test_that_are_too_large_are_refused(self, http: httpx.Client, size: int) -> None:
        with http:
            response = http.post(f"{MERCHANT}/customers", content=b"<a>" + b"x" * size + b"</a>")
        assert response.status_code == 413
