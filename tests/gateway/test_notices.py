"""Webhooks and challenges: only those that the gateway has signed are accepted."""

from base64 import encodebytes
from uuid import uuid4

import pytest
from braintree.util.crypto import Crypto
from braintree.webhook_notification import WebhookNotification

from billing_api.gateway.braintree.client import BraintreeAdapter
from billing_api.gateway.failures import NoticeRefusedError
from billing_api.gateway.notices import Notice, NoticeSubject
from braintree_sandbox.testing import Sandbox

Kind = WebhookNotification.Kind
MERCHANT = "integration"


def signed(sandbox: Sandbox, kind: str, subject_id: str = "a-subject", *, merchant: str = MERCHANT) -> tuple[str, str]:
    """Signature and payload of a webhook, as the SDK makes samples."""
    sample = sandbox.gateway(merchant).webhook_testing.sample_notification(kind, subject_id)
    return sample["bt_signature"], sample["bt_payload"].decode()


def with_a_good_signature(payload: str) -> tuple[str, str]:
    """Return a webhook with a signature that needs the private key."""
    return f"{MERCHANT}_public_key|{Crypto.sha1_hmac_hash(f'{MERCHANT}_private_key', payload)}", payload


def other(kind: str) -> Notice:
    """A notice of a kind that the portal ignores."""
    return Notice(kind=kind, subject=NoticeSubject.OTHER)


def encoded(content: str) -> str:
    """A payload as it travels."""
    return encodebytes(content.encode()).decode()


@pytest.mark.parametrize("kind", [Kind.PaymentMethodRevokedByCustomer, Kind.PaymentMethodCustomerDataUpdated])
def test_a_change_of_a_stored_method_names_its_token(gateway: BraintreeAdapter, sandbox: Sandbox, kind: str) -> None:
    token = str(uuid4())
    notice = gateway.parse_notice(*signed(sandbox, kind, token))
    assert notice == Notice(kind=kind, subject=NoticeSubject.PAYMENT_METHOD, subject_id=token)


@pytest.mark.parametrize(
    "kind",
    [
        Kind.Check,
        Kind.SubscriptionCanceled,
        Kind.AccountUpdaterDailyReport,
    ],
)
def test_other_kinds_are_known_by_name(gateway: BraintreeAdapter, sandbox: Sandbox, kind: str) -> None:
    assert gateway.parse_notice(*signed(sandbox, kind)) == other(kind)


@pytest.mark.parametrize("kind", [Kind.TransactionSettled, Kind.TransactionSettlementDeclined, Kind.RefundFailed])
def test_a_webhook_of_a_transaction_names_it(gateway: BraintreeAdapter, sandbox: Sandbox, kind: str) -> None:
    notice = gateway.parse_notice(*signed(sandbox, kind, "a-transaction"))
    assert (notice.kind, notice.subject, notice.subject_id) == (kind, NoticeSubject.TRANSACTION, "a-transaction")


@pytest.mark.parametrize("kind", [Kind.DisputeOpened, Kind.DisputeWon, Kind.DisputeLost, Kind.DisputeExpired])
def test_a_webhook_of_a_dispute_names_its_transaction_too(
    gateway: BraintreeAdapter, sandbox: Sandbox, kind: str
) -> None:
    notice = gateway.parse_notice(*signed(sandbox, kind, "a-dispute"))
    assert (notice.subject, notice.subject_id) == (NoticeSubject.DISPUTE, "a-dispute")
    assert notice.facts["transaction_id"]


@pytest.mark.parametrize("kind", [Kind.Disbursement, Kind.DisbursementException])
def test_a_payout_is_another_kind(gateway: BraintreeAdapter, sandbox: Sandbox, kind: str) -> None:
    """A search finds payouts, also those whose webhooks are lost."""
    assert gateway.parse_notice(*signed(sandbox, kind, "a-payout")) == other(kind)


def test_a_kind_of_the_future_is_another_kind(gateway: BraintreeAdapter) -> None:
    content = "<notification><kind>a_new_kind</kind><subject><news>1</news></subject></notification>"
    assert gateway.parse_notice(*with_a_good_signature(encoded(content))) == other("a_new_kind")


def test_one_of_several_signatures_is_enough(gateway: BraintreeAdapter, sandbox: Sandbox) -> None:
    """While keys are rotated the gateway signs with each of them."""
    signature, payload = signed(sandbox, Kind.Check)
    assert gateway.parse_notice(f"old_public_key|0000&{signature}", payload) == other(Kind.Check)


class TestRefused:
    def test_a_payload_that_was_changed(self, gateway: BraintreeAdapter, sandbox: Sandbox) -> None:
        signature, payload = signed(sandbox, Kind.PaymentMethodRevokedByCustomer)
        _, other = signed(sandbox, Kind.PaymentMethodRevokedByCustomer, "another-token")
        for changed in (other, payload[4:], payload + "AAAA", payload[0].swapcase() + payload[1:]):
            with pytest.raises(NoticeRefusedError):
                gateway.parse_notice(signature, changed)

    def test_another_merchants_signature(self, gateway: BraintreeAdapter, sandbox: Sandbox) -> None:
        signature, payload = signed(sandbox, Kind.Check, merchant="integration2")
        with pytest.raises(NoticeRefusedError):
            gateway.parse_notice(signature, payload)
        _, digest = signature.split("|")
        with pytest.raises(NoticeRefusedError):
            gateway.parse_notice(f"{MERCHANT}_public_key|{digest}", payload)

    @pytest.mark.parametrize(
        "signature",
        [
            "",
            "|",
            "&",
            "&&&&||||",
            "a|b|c",
            f"{MERCHANT}_public_key",
            f"{MERCHANT}_public_key|",
            f"{MERCHANT}_public_key|a|b",
            f"{MERCHANT}_public_key|\u00e9\u65e5\U0001f40d",
            "\ud800|\x00",
            "x|y&" * 10_000,
        ],
        ids=range(11),
    )
    def test_a_signature_that_is_none(self, gateway: BraintreeAdapter, sandbox: Sandbox, signature: str) -> None:
        _, payload = signed(sandbox, Kind.Check)
        with pytest.raises(NoticeRefusedError):
            gateway.parse_notice(signature, payload)

    @pytest.mark.parametrize("payload", ["", "\n", "====", "<notification/>", "caf\u00e9", "\ud800", "\x00", "a|b&c"])
    def test_a_payload_that_is_none(self, gateway: BraintreeAdapter, sandbox: Sandbox, payload: str) -> None:
        signature, _ = signed(sandbox, Kind.Check)
        with pytest.raises(NoticeRefusedError):
            gateway.parse_notice(signature, payload)

    @pytest.mark.parametrize(
        "content",
        [
            "",
            "no xml",
            "<notification>",
            "<other/>",
            "<notification/>",
            "<notification><kind>check</kind></notification>",
            "<notification><subject><check type='boolean'>true</check></subject></notification>",
            "<notification><kind>payment_method_revoked_by_customer</kind><subject/></notification>",
            "<notification><kind>payment_method_customer_data_updated</kind><subject><x>1</x></subject></notification>",
        ],
    )
    def test_a_signed_payload_that_can_not_be_read(self, gateway: BraintreeAdapter, content: str) -> None:
        with pytest.raises(NoticeRefusedError):
            gateway.parse_notice(*with_a_good_signature(encoded(content)))

    @pytest.mark.parametrize("challenge", ["0" * 20, "0123456789abcdef" * 2])
    def test_the_response_to_a_challenge_is_no_signature_of_a_webhook(
        self, gateway: BraintreeAdapter, challenge: str
    ) -> None:
        """Anyone may send a challenge, and the response signs it as it would sign a payload."""
        with pytest.raises(NoticeRefusedError):
            gateway.parse_notice(gateway.answer_challenge(challenge), challenge)


class TestChallenges:
    def test_a_challenge_gets_its_signed_digest(self, gateway: BraintreeAdapter) -> None:
        challenge = "20f9f8ed05f77439fe955c977e4c8a53"
        assert gateway.answer_challenge(challenge) == with_a_good_signature(challenge)[0]

    @pytest.mark.parametrize(
        "challenge", ["", "0" * 19, "0" * 33, "g" * 20, "A" * 20, "0" * 20 + "\n", "0" * 10 + "\u0663" * 10, "<script>"]
    )
    def test_an_invalid_challenge_is_refused(self, gateway: BraintreeAdapter, challenge: str) -> None:
        with pytest.raises(NoticeRefusedError):
            gateway.answer_challenge(challenge)
