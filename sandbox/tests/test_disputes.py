"""Disputes, by the unmodified SDK: opened by a test number or a bank, evidence, decisions."""

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from braintree import Dispute
from braintree.error_codes import ErrorCodes
from braintree.exceptions.not_found_error import NotFoundError
from braintree.test.credit_card_numbers import CreditCardNumbers
from braintree.test.nonces import Nonces

from braintree_sandbox.testing import Gateway, Sandbox

from .receiver import Receiver, receiving
from .terms import DisputeSearch

CODES = ErrorCodes.Dispute
PNG = b"\x89PNG\r\n\x1a\n and the rest"


def disputed_sale(gateway: Gateway, **more: object) -> Any:
    """Return a sale that is disputed at once."""
    card = {"number": CreditCardNumbers.Disputes.Chargeback, "expiration_date": "12/2030"}
    return gateway.transaction.sale({"amount": "100.00", "credit_card": card, **more}).transaction


def named(name: str, content: bytes) -> BytesIO:
    """Return a file as the SDK takes it."""
    file = BytesIO(content)
    file.name = f"/tmp/{name}"
    return file


def code(result: Any) -> str:
    """Return the one code of a refused request."""
    assert not result.is_success
    (error,) = result.errors.for_object("dispute")
    return str(error.code)


@pytest.fixture
def dispute(gateway: Gateway) -> Any:
    """Return an open dispute."""
    return disputed_sale(gateway).disputes[0]


@pytest.fixture
def document_id(gateway: Gateway) -> str:
    """Return a document that was uploaded."""
    params = {"kind": "evidence_document", "file": named("receipt.png", PNG)}
    return str(gateway.document_upload.create(params).document_upload.id)


class TestOpening:
    def test_by_the_test_number(self, gateway: Gateway) -> None:
        sale = disputed_sale(gateway, options={"submit_for_settlement": True}, order_id="order-9")
        (opened,) = sale.disputes
        today = opened.created_at.date()
        assert (opened.status, opened.kind, opened.reason) == ("open", "chargeback", "fraud")
        assert (opened.amount_disputed, opened.amount_won) == (Decimal("100.00"), Decimal("0.00"))
        assert (opened.received_date, opened.reply_by_date) == (today, today + timedelta(days=10))
        assert (opened.transaction.id, opened.transaction.order_id) == (sale.id, "order-9")
        assert opened.protection_level == Dispute.ProtectionLevel.NoProtection
        found = gateway.dispute.find(opened.id)
        assert [event.status for event in found.status_history] == ["open"]
        assert found.transaction.payment_instrument_subtype == "Visa"
        assert gateway.transaction.find(sale.id).disputes[0].id == opened.id

    def test_not_of_a_sale_that_was_declined(self, gateway: Gateway) -> None:
        assert disputed_sale(gateway, amount="2000.00").disputes == []

    def test_can_be_done_for_a_bank(self, sandbox: Sandbox, gateway: Gateway) -> None:
        sale = gateway.transaction.sale({"amount": "50.00", "payment_method_nonce": Nonces.Transactable}).transaction
        complaint = {
            "kind": "retrieval",
            "reason": "product_not_received",
            "amount": "20.00",
            "reply_by_date": "2040-01-31",
            "pre_dispute_program": "visa_rdr",
        }
        opened = sandbox.control("POST", f"/transactions/{sale.id}/dispute", complaint)
        found = gateway.dispute.find(opened["id"])
        assert (found.kind, found.reason, found.amount) == ("retrieval", "product_not_received", Decimal("20.00"))
        assert (found.reply_by_date, found.pre_dispute_program) == (date(2040, 1, 31), "visa_rdr")

    def test_can_be_in_another_currency(self, sandbox: Sandbox, gateway: Gateway) -> None:
        sale = gateway.transaction.sale({"amount": "50.00", "payment_method_nonce": Nonces.Transactable}).transaction
        complaint = {"amount": "61.25", "currency": "CAD"}
        opened = sandbox.control("POST", f"/transactions/{sale.id}/dispute", complaint)
        found = gateway.dispute.find(opened["id"])
        assert (found.amount_disputed, found.currency_iso_code) == (Decimal("61.25"), "CAD")

    @pytest.mark.parametrize(
        "complaint",
        [
            {"kind": "quarrel"},
            {"currency": "dollars"},
            {"amount": "10.01"},
            {"reply_by_date": "soon"},
            {"protection": "full"},
            {"colour": "red"},
        ],
    )
    def test_by_a_bank_must_make_sense(self, sandbox: Sandbox, gateway: Gateway, complaint: dict[str, str]) -> None:
        sale = gateway.transaction.sale({"amount": "10.00", "payment_method_nonce": Nonces.Transactable}).transaction
        with pytest.raises(AssertionError, match="400"):
            sandbox.control("POST", f"/transactions/{sale.id}/dispute", complaint)

    def test_needs_a_sale_that_was_approved(self, sandbox: Sandbox, gateway: Gateway) -> None:
        sale = {"amount": "2000.00", "payment_method_nonce": Nonces.Transactable}
        declined = gateway.transaction.sale(sale).transaction
        with pytest.raises(AssertionError, match="409"):
            sandbox.control("POST", f"/transactions/{declined.id}/dispute", {})
        with pytest.raises(AssertionError, match="404"):
            sandbox.control("POST", "/transactions/nothing/dispute", {})

    def test_some_are_there_from_the_start(self, gateway: Gateway, compliant: Gateway) -> None:
        found = gateway.dispute.find("open_dispute")
        assert (found.status, found.amount_disputed, found.amount_won) == ("open", Decimal("31.00"), Decimal("0.00"))
        assert gateway.transaction.find(found.transaction.id).disputes[0].id == "open_dispute"
        with pytest.raises(NotFoundError):
            compliant.dispute.find("open_dispute")
        (won,) = gateway.transaction.find("disputedtransaction").disputes
        assert (won.status, won.amount, won.reply_by_date) == ("won", Decimal("250.00"), date(2014, 3, 21))
        assert (won.date_opened, won.date_won) == (date(2014, 3, 1), date(2014, 3, 7))
        assert len(gateway.transaction.find("2disputetransaction").disputes) == 2
        assert gateway.transaction.find("retrievaltransaction").disputes[0].reason == Dispute.Reason.Retrieval

    def test_what_is_there_from_the_start_can_change(self, clockwork: Sandbox) -> None:
        clockwork.control("POST", "/reset")
        gateway = clockwork.gateway()
        assert gateway.dispute.accept("open_dispute").is_success
        assert gateway.dispute.find("open_dispute").status == "accepted"
        assert [one["id"] for one in clockwork.transactions()] == ["open_disputed_transaction"]
        by_id = gateway.dispute.search(DisputeSearch.id == "open_dispute").disputes.items
        assert [found.status for found in by_id] == ["accepted"]

    def test_two_of_one_transaction_change_apart(self, clockwork: Sandbox) -> None:
        clockwork.control("POST", "/reset")
        gateway = clockwork.gateway()
        sale = disputed_sale(gateway)
        first = sale.disputes[0].id
        second = clockwork.control("POST", f"/transactions/{sale.id}/dispute", {"kind": "pre_arbitration"})["id"]
        gateway.dispute.accept(first)
        gateway.dispute.finalize(second)
        statuses = {dispute.id: dispute.status for dispute in gateway.transaction.find(sale.id).disputes}
        assert statuses == {first: "accepted", second: "disputed"}


class TestOfTheSaleOnly:
    def test_what_is_made_from_it_is_not_disputed(self, gateway: Gateway) -> None:
        sale = disputed_sale(gateway, options={"submit_for_settlement": True})
        gateway.testing.settle_transaction(sale.id)
        assert gateway.transaction.refund(sale.id).transaction.disputes == []
        again = {"amount": "5.00", "options": {"submit_for_settlement": False}}
        assert gateway.transaction.clone_transaction(sale.id, again).transaction.disputes == []
        assert len(gateway.transaction.find(sale.id).disputes) == 1


class TestAnswering:
    def test_by_accepting(self, gateway: Gateway, dispute: Any) -> None:
        assert gateway.dispute.accept(dispute.id).is_success
        found = gateway.dispute.find(dispute.id)
        assert [event.status for event in found.status_history] == ["open", "accepted"]
        assert gateway.transaction.find(dispute.transaction.id).disputes[0].status == Dispute.Status.Accepted

    def test_by_disputing(self, gateway: Gateway, dispute: Any) -> None:
        gateway.dispute.add_text_evidence(dispute.id, "It was a gift.")
        assert gateway.dispute.finalize(dispute.id).is_success
        found = gateway.dispute.find(dispute.id)
        assert found.status == Dispute.Status.Disputed
        assert found.evidence[0].sent_to_processor_at is not None

    def test_only_while_it_is_open(self, gateway: Gateway, dispute: Any, document_id: str) -> None:
        evidence_id = gateway.dispute.add_text_evidence(dispute.id, "text").evidence.id
        gateway.dispute.accept(dispute.id)
        assert code(gateway.dispute.accept(dispute.id)) == CODES.CanOnlyAcceptOpenDispute
        assert code(gateway.dispute.finalize("wells_dispute")) == CODES.CanOnlyFinalizeOpenDispute
        assert code(gateway.dispute.add_text_evidence(dispute.id, "x")) == CODES.CanOnlyAddEvidenceToOpenDispute
        added = gateway.dispute.add_file_evidence(dispute.id, document_id)
        assert code(added) == CODES.CanOnlyAddEvidenceToOpenDispute
        removed = gateway.dispute.remove_evidence(dispute.id, evidence_id)
        assert code(removed) == CODES.CanOnlyRemoveEvidenceFromOpenDispute

    def test_an_unknown_dispute_is_not_found(self, gateway: Gateway, dispute: Any) -> None:
        for call in (gateway.dispute.find, gateway.dispute.accept, gateway.dispute.finalize):
            with pytest.raises(NotFoundError, match="'nothing' not found"):
                call("nothing")
        for dispute_id in ("nothing", dispute.id):
            with pytest.raises(NotFoundError):
                gateway.dispute.remove_evidence(dispute_id, "nothing")
            with pytest.raises(NotFoundError):
                gateway.dispute.add_file_evidence(dispute_id, "nothing")


class TestEvidence:
    def test_can_be_a_text(self, gateway: Gateway, dispute: Any) -> None:
        plain = gateway.dispute.add_text_evidence(dispute.id, "text").evidence
        tracked = {"content": "UPS", "category": "CARRIER_NAME", "sequence_number": "0"}
        carrier = gateway.dispute.add_text_evidence(dispute.id, tracked).evidence
        assert (plain.comment, plain.category, plain.url, plain.sequence_number) == ("text", None, None, None)
        assert len(plain.id) >= 16
        assert plain.sent_to_processor_at is None
        assert (carrier.comment, carrier.category, carrier.tag, carrier.sequence_number) == (
            "UPS", "CARRIER_NAME", "CARRIER_NAME", 0,
        )  # fmt: skip
        assert [entry.id for entry in gateway.dispute.find(dispute.id).evidence] == [plain.id, carrier.id]

    def test_can_be_a_document(self, gateway: Gateway, dispute: Any, document_id: str) -> None:
        plain = gateway.dispute.add_file_evidence(dispute.id, document_id).evidence
        sorted_in = {"document_id": document_id, "category": "PROOF_OF_DELIVERY"}
        delivery = gateway.dispute.add_file_evidence(dispute.id, sorted_in).evidence
        assert (plain.comment, plain.category, delivery.category) == (None, None, "PROOF_OF_DELIVERY")
        assert plain.url.endswith("receipt.png")

    def test_documents_use_up_the_storage(self, gateway: Gateway, dispute: Any, document_id: str) -> None:
        before = gateway.dispute.find(dispute.id).remaining_file_evidence_storage
        gateway.dispute.add_text_evidence(dispute.id, "text")
        file = gateway.dispute.add_file_evidence(dispute.id, document_id).evidence
        assert gateway.dispute.find(dispute.id).remaining_file_evidence_storage == before - len(PNG)
        gateway.dispute.remove_evidence(dispute.id, file.id)
        assert gateway.dispute.find(dispute.id).remaining_file_evidence_storage == before

    def test_is_taken_back(self, gateway: Gateway, dispute: Any) -> None:
        evidence = gateway.dispute.add_text_evidence(dispute.id, "text").evidence
        assert gateway.dispute.remove_evidence(dispute.id, evidence.id).is_success
        assert gateway.dispute.find(dispute.id).evidence == []

    @pytest.mark.parametrize(
        ("category", "content", "wrong"),
        [
            ("NO_SUCH_CATEGORY", "x", CODES.CanOnlyCreateEvidenceWithValidCategory),
            ("MERCHANT_WEBSITE_OR_APP_ACCESS", "x", CODES.EvidenceCategoryDocumentOnly),
            ("DOWNLOAD_DATE_TIME", "yesterday", CODES.EvidenceContentDateInvalid),
            ("REFUND_ID", "x" * 501, CODES.EvidenceContentTooLong),
            ("RECURRING_TRANSACTION_ARN", "1" * 24, CODES.EvidenceContentARNTooLong),
            ("PRIOR_NON_DISPUTED_TRANSACTION_PHONE_NUMBER", "1" * 16, CODES.EvidenceContentPhoneTooLong),
            ("PURCHASER_EMAIL_ADDRESS", "ann at home", CODES.EvidenceContentEmailInvalid),
        ],
    )
    def test_of_a_category_must_fit_it(
        self, gateway: Gateway, dispute: Any, category: str, content: str, wrong: str
    ) -> None:
        sent = {"category": category, "content": content}
        assert code(gateway.dispute.add_text_evidence(dispute.id, sent)) == wrong

    def test_of_a_text_category_is_no_document(self, gateway: Gateway, dispute: Any, document_id: str) -> None:
        sent = {"document_id": document_id, "category": "DEVICE_ID"}
        assert code(gateway.dispute.add_file_evidence(dispute.id, sent)) == CODES.EvidenceCategoryTextOnly

    def test_of_a_category_comes_once_for_each_number(self, gateway: Gateway, dispute: Any) -> None:
        for number in ("0", "1"):
            sent = {"content": "3", "category": "TRACKING_NUMBER", "sequence_number": number}
            assert gateway.dispute.add_text_evidence(dispute.id, {**sent}).is_success
        assert code(gateway.dispute.add_text_evidence(dispute.id, sent)) == CODES.EvidenceCategoryDuplicate

    def test_may_be_a_time_in_any_iso_form(self, gateway: Gateway, dispute: Any) -> None:
        for number, moment in enumerate(("2018-10-20T18:00:00-0500", "2018-10-20T18:00:00Z")):
            sent = {"category": "DOWNLOAD_DATE_TIME", "content": moment, "sequence_number": str(number)}
            assert gateway.dispute.add_text_evidence(dispute.id, sent).is_success

    @pytest.mark.parametrize(
        ("given", "wrong"),
        [
            ({"DEVICE_ID": "x"}, {CODES.DigitalGoodsMissingDownloadDate, CODES.DigitalGoodsMissingEvidence}),
            ({"DOWNLOAD_DATE_TIME": "2018-10-20"}, {CODES.DigitalGoodsMissingEvidence}),
            (
                {"PRIOR_NON_DISPUTED_TRANSACTION_ARN": "123"},
                {CODES.NonDisputedPriorTransactionEvidenceMissingDate},
            ),
            (
                {"PRIOR_NON_DISPUTED_TRANSACTION_DATE_TIME": "2018-10-20"},
                {CODES.NonDisputedPriorTransactionEvidenceMissingARN},
            ),
            ({"RECURRING_TRANSACTION_ARN": "123"}, {CODES.RecurringTransactionEvidenceMissingDate}),
            ({"RECURRING_TRANSACTION_DATE_TIME": "2018-10-20"}, {CODES.RecurringTransactionEvidenceMissingARN}),
        ],
    )
    def test_must_be_complete(self, gateway: Gateway, dispute: Any, given: dict[str, str], wrong: set[str]) -> None:
        for category, content in given.items():
            gateway.dispute.add_text_evidence(dispute.id, {"category": category, "content": content})
        result = gateway.dispute.finalize(dispute.id)
        assert {error.code for error in result.errors.for_object("dispute")} == wrong
        assert gateway.dispute.find(dispute.id).status == "open"

    def test_of_digital_goods_can_be_complete(self, gateway: Gateway, dispute: Any) -> None:
        texts = {
            "DOWNLOAD_DATE_TIME": "2018-10-20",
            "DEVICE_ID": "1",
            "DEVICE_NAME": "Ann's phone",
            "PURCHASER_IP_ADDRESS": "192.0.2.1",
            "GEOGRAPHICAL_LOCATION": "Chicago",
        }
        for category, content in texts.items():
            assert gateway.dispute.add_text_evidence(dispute.id, {"category": category, "content": content}).is_success
        assert gateway.dispute.finalize(dispute.id).is_success


class TestDecisions:
    @pytest.mark.parametrize(
        ("decision", "status", "won"),
        [("win", "won", "100.00"), ("lose", "lost", "0.00"), ("expire", "expired", "0.00")],
    )
    def test_change_the_status_and_the_amount_won(
        self, sandbox: Sandbox, gateway: Gateway, dispute: Any, decision: str, status: str, won: str
    ) -> None:
        sandbox.control("POST", f"/disputes/{dispute.id}/{decision}")
        found = gateway.dispute.find(dispute.id)
        assert (found.status, found.amount_won) == (status, Decimal(won))
        assert (found.date_won is not None) == (status == "won")
        with pytest.raises(AssertionError, match="409"):
            sandbox.control("POST", f"/disputes/{dispute.id}/{decision}")

    def test_unknown_decisions_and_disputes_are_refused(self, sandbox: Sandbox, dispute: Any) -> None:
        for path in (f"/disputes/{dispute.id}/forget", "/disputes/nothing/win"):
            with pytest.raises(AssertionError, match="404"):
                sandbox.control("POST", path)

    def test_are_in_the_list(self, sandbox: Sandbox, gateway: Gateway, dispute: Any) -> None:
        gateway.dispute.add_text_evidence(dispute.id, "text")
        query = {"merchant_id": "integration_merchant_id"}
        listed = sandbox.control("GET", "/disputes", query=query)["disputes"]
        (entry,) = [one for one in listed if one["id"] == dispute.id]
        assert (entry["status"], entry["transaction_id"]) == ("open", dispute.transaction.id)
        assert entry["evidence"] == [{"comment": "text", "url": None, "category": None}]


@pytest.fixture
def receiver(clockwork: Sandbox) -> Iterator[Receiver]:
    """Return a server that has everything of the exempt merchant sent, in a sandbox with a clock of its own."""
    clockwork.control("POST", "/reset")
    with receiving(clockwork.gateway()) as running:
        clockwork.control("POST", "/webhook-endpoints", {"url": running.url})
        yield running


class TestWebhooks:
    def test_are_sent_at_each_step(self, clockwork: Sandbox, receiver: Receiver) -> None:
        gateway = clockwork.gateway()
        dispute = disputed_sale(gateway).disputes[0]
        gateway.dispute.finalize(dispute.id)
        for decision in ("review", "win"):
            clockwork.control("POST", f"/disputes/{dispute.id}/{decision}")
        told = [receiver.notification() for _ in range(4)]
        assert [one.kind for one in told] == [
            "dispute_opened", "dispute_disputed", "dispute_under_review", "dispute_won",
        ]  # fmt: skip
        assert {one.dispute.id for one in told} == {dispute.id}
        assert [one.dispute.status for one in told] == ["open", "disputed", "under_review", "won"]

    def test_are_sent_when_no_reply_came(self, clockwork: Sandbox, receiver: Receiver) -> None:
        disputed_sale(clockwork.gateway())
        assert receiver.notification().kind == "dispute_opened"
        clockwork.advance(days=10)
        clockwork.advance(days=1)
        assert receiver.notification().kind == "dispute_expired"

    def test_on_demand_tell_of_the_dispute(self, sandbox: Sandbox, gateway: Gateway, dispute: Any) -> None:
        form = sandbox.control("POST", "/webhooks", {"kind": "dispute_opened", "id": dispute.id})
        told = gateway.webhook_notification.parse(form["bt_signature"], form["bt_payload"])
        assert told.dispute.transaction.id == dispute.transaction.id
