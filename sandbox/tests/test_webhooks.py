"""Webhooks: every kind that the SDK reads, on demand, and removals by others than the merchant."""

from collections.abc import Iterator

import braintree
import pytest
from braintree.exceptions.invalid_signature_error import InvalidSignatureError
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .conftest import Unique
from .receiver import Receiver, receiving

KINDS = sorted(value for name, value in vars(braintree.WebhookNotification.Kind).items() if not name.startswith("_"))


@pytest.fixture
def receiver(sandbox: Sandbox, gateway: Gateway) -> Iterator[Receiver]:
    """Return a server that the exempt merchant has registered for one kind, which no other test sends."""
    with receiving(gateway) as running:
        body = {"url": running.url, "kinds": ["payment_method_revoked_by_customer", "check"]}
        endpoint = sandbox.control("POST", "/webhook-endpoints", body)
        assert endpoint["verified"]
        yield running
        sandbox.control("DELETE", f"/webhook-endpoints/{endpoint['id']}")


class TestOnDemand:
    def test_the_list_of_kinds_is_the_sdks(self, sandbox: Sandbox) -> None:
        assert sandbox.control("GET", "/webhooks/kinds")["kinds"] == KINDS

    @pytest.mark.parametrize("kind", KINDS)
    def test_the_sdk_reads_every_kind(self, sandbox: Sandbox, gateway: Gateway, kind: str) -> None:
        form = sandbox.control("POST", "/webhooks", {"kind": kind, "id": "subject", "source_merchant_id": "other"})
        told = gateway.webhook_notification.parse(form["bt_signature"], form["bt_payload"])
        assert (told.kind, told.source_merchant_id) == (kind, "other")
        sample = gateway.webhook_testing.sample_notification(kind, "subject")
        expected = gateway.webhook_notification.parse(sample["bt_signature"], sample["bt_payload"])
        assert set(vars(told)) == set(vars(expected))

    def test_it_tells_of_the_record_with_that_id(self, sandbox: Sandbox, gateway: Gateway, card_token: str) -> None:
        sale = gateway.transaction.sale({"amount": "12.34", "payment_method_token": card_token}).transaction
        form = sandbox.control("POST", "/webhooks", {"kind": "transaction_settled", "id": sale.id})
        told = gateway.webhook_notification.parse(form["bt_signature"], form["bt_payload"])
        assert (told.transaction.id, str(told.transaction.amount)) == (sale.id, "12.34")

    def test_each_merchant_has_its_own_signature(self, sandbox: Sandbox, gateway: Gateway) -> None:
        form = sandbox.control("POST", "/webhooks", {"kind": "check", "merchant_id": "integration2_merchant_id"})
        assert sandbox.gateway("integration2").webhook_notification.parse(form["bt_signature"], form["bt_payload"])
        with pytest.raises(InvalidSignatureError, match="no matching public key"):
            gateway.webhook_notification.parse(form["bt_signature"], form["bt_payload"])

    def test_a_bad_signature_can_be_asked_for(self, sandbox: Sandbox, gateway: Gateway) -> None:
        form = sandbox.control("POST", "/webhooks", {"kind": "check", "trouble": "bad_signature"})
        with pytest.raises(InvalidSignatureError, match="one has been modified"):
            gateway.webhook_notification.parse(form["bt_signature"], form["bt_payload"])

    @pytest.mark.parametrize(
        ("body", "status"),
        [
            ({"kind": "no_such_thing"}, 400),
            ({"kind": "check", "colour": "red"}, 400),
            ({"kind": "check", "id": 1}, 400),
            ({"kind": "check", "trouble": "much"}, 400),
            ({"kind": "check", "merchant_id": "nobody"}, 404),
            ({"kind": "check", "deliver": True, "merchant_id": "processing_rules_merchant_id"}, 409),
        ],
    )
    def test_refuses_what_makes_no_sense(self, sandbox: Sandbox, body: dict[str, object], status: int) -> None:
        with pytest.raises(AssertionError, match=str(status)):
            sandbox.control("POST", "/webhooks", body)


class TestRegistration:
    def test_asks_for_the_challenge(self, sandbox: Sandbox, gateway: Gateway) -> None:
        with receiving(gateway) as running:
            running.answers_challenges = False
            with pytest.raises(AssertionError, match=r"422.*something else than its signature"):
                sandbox.control("POST", "/webhook-endpoints", {"url": running.url})
            wanted = {"url": running.url, "verify": False, "kinds": ["check"]}
            endpoint = sandbox.control("POST", "/webhook-endpoints", wanted)
        listed = sandbox.control("GET", "/webhook-endpoints")["endpoints"]
        assert [one["verified"] for one in listed if one["id"] == endpoint["id"]] == [None]
        sandbox.control("DELETE", f"/webhook-endpoints/{endpoint['id']}")
        with pytest.raises(AssertionError, match="404"):
            sandbox.control("DELETE", f"/webhook-endpoints/{endpoint['id']}")

    def test_of_a_server_that_is_not_there_fails(self, sandbox: Sandbox, gateway: Gateway) -> None:
        with receiving(gateway) as gone:
            pass
        with pytest.raises(AssertionError, match=r"422.*did not answer"):
            sandbox.control("POST", "/webhook-endpoints", {"url": gone.url})

    @pytest.mark.parametrize("url", ["http://192.0.2.1/x", "http://example.com/x", "ftp://127.0.0.1/x", "nowhere"])
    def test_is_for_addresses_of_this_machine(self, sandbox: Sandbox, url: str) -> None:
        with pytest.raises(AssertionError, match="422"):
            sandbox.control("POST", "/webhook-endpoints", {"url": url, "verify": False})

    @pytest.mark.parametrize("body", [{}, {"url": "http://127.0.0.1", "kinds": ["no_such_thing"]}])
    def test_refuses_what_makes_no_sense(self, sandbox: Sandbox, body: dict[str, object]) -> None:
        with pytest.raises(AssertionError, match="400"):
            sandbox.control("POST", "/webhook-endpoints", body)


class TestChangesByOthers:
    @pytest.mark.parametrize("nonce", [Nonces.Transactable, Nonces.UsBankAccount])
    def test_a_customer_revokes_a_method(
        self, sandbox: Sandbox, gateway: Gateway, customer_id: str, receiver: Receiver, nonce: str
    ) -> None:
        vaulted = gateway.payment_method.create({"customer_id": customer_id, "payment_method_nonce": nonce})
        token = vaulted.payment_method.token
        sandbox.control("POST", f"/payment-methods/{token}/revoke")
        with pytest.raises(NotFoundError):
            gateway.payment_method.find(token)
        told = receiver.notification()
        assert told.kind == braintree.WebhookNotification.Kind.PaymentMethodRevokedByCustomer
        metadata = told.revoked_payment_method_metadata
        assert (metadata.token, metadata.customer_id) == (token, customer_id)
        assert type(metadata.revoked_payment_method) is type(vaulted.payment_method)

    def test_a_method_is_deleted_without_a_webhook(
        self, sandbox: Sandbox, gateway: Gateway, card_token: str, receiver: Receiver
    ) -> None:
        sandbox.control("DELETE", f"/payment-methods/{card_token}")
        with pytest.raises(NotFoundError):
            gateway.payment_method.find(card_token)
        # Deliveries keep their order, so nothing was sent before this one.
        sandbox.control("POST", "/webhooks", {"kind": "check", "deliver": True})
        assert receiver.notification().kind == "check"

    def test_a_method_that_is_not_there_is_not_found(self, sandbox: Sandbox, unique: Unique) -> None:
        with pytest.raises(AssertionError, match="404"):
            sandbox.control("POST", f"/payment-methods/{unique('card')}/revoke")
