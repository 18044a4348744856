"""Mails from events: each event is told once to each reader, and to nobody who does not want it."""

import re
from email.message import EmailMessage
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from pydantic import SecretStr

from billing_api.core import Core
from billing_api.gateway.failures import Decline
from billing_api.payments.states import PaymentState
from billing_api.refunds.recording import RefundRecorder
from billing_api.refunds.states import RefundOutcome, RefundState
from billing_api.statements.mailing import MailStatements
from billing_api.statements.making import MakeStatement
from billing_api.statements.schemas import StatementCreate
from braintree_sandbox.testing import Sandbox
from tests.factories.invoices import apply_to_invoice, post_invoice, void_invoice
from tests.factories.payments import pay, record_offline, store_bank_account, store_card
from tests.factories.pdfs import text_of as pdf_text_of
from tests.factories.sessions import PASSWORD, sign_in
from tests.factories.users import Member, join, make_account, make_member
from tests.fixtures.clocked import in_days
from tests.fixtures.partners import Partner
from tests.fixtures.post import Post, html_of, text_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.refunds.conftest import WHOLE, refund, settle

PREFERENCES = "/v1/notification-preferences"


async def email_of(sql: Sql, user_id: UUID) -> str:
    """Return the address with which a user signs in."""
    return str(await sql.fetchval("SELECT email FROM user_emails WHERE user_id = $1", user_id))


@pytest.fixture
async def owner(portal: Portal, sql: Sql) -> str:
    """The address of the account's owner."""
    return await email_of(sql, portal.user_id)


async def record(services: Services, account_id: UUID, kind: str, subject_id: UUID, **data: Any) -> None:
    """Record an event, as the gateway's news would."""

    async def work() -> None:
        services.core.events.record(account_id, kind, subject_id, **data)

    await services.database.run(work)


def files_of(mail: EmailMessage) -> list[str]:
    """Return the names of the attachments."""
    return [str(part.get_filename()) for part in mail.iter_attachments()]


class TestInvoices:
    async def test_a_new_one_is_told_with_its_pdf(
        self, services: Services, portal: Portal, post: Post, owner: str
    ) -> None:
        due_on = in_days(30)
        invoice_id = await post_invoice(services, portal.account_id, 144_514, number="INV-7", issued_on=in_days(0))
        await post.tell()
        [mail] = await post.to(owner)
        assert mail["Subject"] == "Invoice INV-7 from Example Vendor: $1,445.14"
        assert mail["List-Unsubscribe"] == "<https://portal.example.com/notifications>"
        assert f"Due on {due_on:%B} {due_on.day}, {due_on.year}" in text_of(mail)
        assert f'href="https://portal.example.com/invoices/{invoice_id}"' in html_of(mail)
        [file] = mail.iter_attachments()
        assert (file.get_filename(), file.get_content_type()) == ("Invoice INV-7.pdf", "application/pdf")
        content = file.get_payload(decode=True)
        assert isinstance(content, bytes)
        assert "INV-7" in pdf_text_of(content)

    async def test_a_fee_says_what_it_is_for(self, services: Services, portal: Portal, post: Post, owner: str) -> None:
        words = "Fee for the returned payment PMT-000277: There was not enough money in the account."
        await post_invoice(
            services,
            portal.account_id,
            2_500,
            kind="fee",
            number="FEE-7",
            issued_on=in_days(0),
            lines=[{"description": words, "amount": 2_500}],
        )
        await post.tell()
        [mail] = await post.to(owner)
        assert f"Description: {words}" in text_of(mail)

    async def test_it_is_told_once(self, services: Services, portal: Portal, post: Post, owner: str) -> None:
        await post_invoice(services, portal.account_id, issued_on=in_days(0))
        for _ in range(3):
            await post.tell()
        assert len(await post.to(owner)) == 1

    async def test_one_that_was_voided_before_is_not(
        self, services: Services, portal: Portal, post: Post, owner: str, sql: Sql
    ) -> None:
        invoice_id = await post_invoice(services, portal.account_id, issued_on=in_days(0))
        await void_invoice(services, portal.account_id, invoice_id)
        await post.tell()
        assert await post.to(owner) == []
        query = "SELECT response FROM deliveries WHERE account_id = $1"
        assert await sql.fetchval(query, portal.account_id) == "The invoice was voided."

    async def test_the_past_that_is_imported_is_no_news(
        self, services: Services, portal: Portal, post: Post, owner: str
    ) -> None:
        await post_invoice(services, portal.account_id, issued_on=in_days(-31))
        await record_offline(services, portal.account_id, 500, received_on=in_days(-31).isoformat())
        await post.tell()
        assert await post.to(owner) == []

    async def test_one_that_is_dated_back_is_news_to_an_account_that_is_in_use(
        self, services: Services, portal: Portal, post: Post, owner: str, sql: Sql
    ) -> None:
        """Its reminders are not the first that the customer hears of it."""
        await sql.execute(
            "UPDATE accounts SET created_at = created_at - interval '2 days' WHERE id = $1", portal.account_id
        )
        await post_invoice(services, portal.account_id, number="INV-BACK", issued_on=in_days(-38))
        paid = await post_invoice(services, portal.account_id, 500, issued_on=in_days(-38))
        await apply_to_invoice(services, portal.account_id, paid, 500)
        await post.tell()
        [mail] = await post.to(owner)
        assert mail["Subject"] == "Invoice INV-BACK from Example Vendor: $100.00 · Overdue"


class TestDisputes:
    async def test_an_objection_is_mailed_to_the_vendor_and_its_answer_to_its_author(
        self, services: Services, portal: Portal, payer: Portal, post: Post, owner: str, sql: Sql
    ) -> None:
        invoice_id = await post_invoice(services, portal.account_id, 10_000, number="INV-77")
        await post.tell()
        body = {"reason": "wrong_price", "text": "We agreed on 45.00.", "amount": 500}
        dispute = (await payer.post(f"/v1/invoices/{invoice_id}/disputes", json=body)).json()
        before = len(post.box.mails)
        await post.tell()
        [opened] = post.box.mails[before:]
        assert (opened["To"], opened["Subject"]) == ("billing@example.com", "Sunny Side Ltd contests invoice INV-77")
        assert "We agreed on 45.00." in text_of(opened)
        assert f"billing-api disputes resolve {dispute['id']}" in text_of(opened)
        assert "Reason: Wrong price" in text_of(opened)
        listed = (await portal.get(f"/v1/invoices/{invoice_id}/emails")).json()["data"]
        assert "billing@example.com" not in {one["recipient"] for one in listed}
        await services.invoice_disputes.resolve(UUID(dispute["id"]), "rejected", "The price of May counts.")
        before = len(post.box.mails)
        await post.tell()
        [answered] = post.box.mails[before:]
        assert answered["To"] == await email_of(sql, payer.user_id) != owner
        assert answered["Subject"] == "Your objection to invoice INV-77 was not accepted"
        assert "The price of May counts." in text_of(answered)


class TestReaders:
    async def test_users_by_their_choice_and_the_profiles_address(
        self, services: Services, portal: Portal, payer: Portal, viewer: Portal, post: Post, sql: Sql
    ) -> None:
        contact = f"{uuid4().hex}@customer.example"
        await sql.execute("UPDATE profiles SET email = $2 WHERE account_id = $1", portal.account_id, contact)
        choices = (await payer.get(PREFERENCES)).json() | {"new_invoice": False}
        choices.pop("version")
        assert (await payer.put(PREFERENCES, json=choices, headers={"If-Match": "*"})).status_code == 200
        await post_invoice(services, portal.account_id, issued_on=in_days(0))
        await post.tell()
        owner, other, third = [await email_of(sql, one.user_id) for one in (portal, payer, viewer)]
        assert [len(post.subjects(one)) for one in (contact, owner, other, third)] == [1, 1, 0, 0]

    async def test_an_address_that_is_both_gets_one_and_its_users_choice_counts(
        self, services: Services, portal: Portal, post: Post, owner: str, sql: Sql
    ) -> None:
        await sql.execute("UPDATE profiles SET email = $2 WHERE account_id = $1", portal.account_id, owner)
        await post_invoice(services, portal.account_id, issued_on=in_days(0))
        await post.tell()
        assert len(post.subjects(owner)) == 1
        choices = (await portal.get(PREFERENCES)).json() | {"new_invoice": False}
        choices.pop("version")
        await portal.put(PREFERENCES, json=choices, headers={"If-Match": "*"})
        await post_invoice(services, portal.account_id, issued_on=in_days(0))
        await post.tell()
        assert len(post.subjects(owner)) == 1

    async def test_a_disabled_user_gets_none(self, services: Services, portal: Portal, post: Post, owner: str) -> None:
        await services.members.disable(owner, disabled=True)
        await post_invoice(services, portal.account_id, issued_on=in_days(0))
        await post.tell()
        assert await post.to(owner) == []


class TestPayments:
    async def test_a_receipt(self, services: Services, portal: Portal, post: Post, owner: str) -> None:
        card = await store_card(portal)
        invoice = await post_invoice(services, portal.account_id, 10_000)
        payment = (await pay(portal, card, invoice)).json()
        await post.tell()
        [mail] = await post.to(owner)
        assert mail["Subject"] == "Receipt for your payment of $100.00 to Example Vendor"
        assert f"Payment: {payment['number']}" in text_of(mail)
        assert "•••• 1881" in text_of(mail)
        assert files_of(mail) == [f"Receipt {payment['number']}.pdf"]

    async def test_a_declined_one(self, services: Services, portal: Portal, post: Post, owner: str) -> None:
        card = await store_card(portal)
        invoice = await post_invoice(services, portal.account_id, 200_000)
        assert (await pay(portal, card, invoice)).status_code == 402
        await post.tell()
        [mail] = await post.to(owner)
        assert mail["Subject"] == "Your payment of $2,000.00 did not go through"
        text = text_of(mail)
        assert "The bank declined the payment. Nothing was charged." in text
        assert "Reason: " in text
        assert ", $2,000.00" in text  # its invoice

    async def test_one_that_the_gateway_refused(
        self, services: Services, portal: Portal, post: Post, owner: str
    ) -> None:
        """Its own checks did, and not the bank."""
        invoice = await post_invoice(services, portal.account_id, 500_100)
        assert (await pay(portal, await store_card(portal), invoice)).json()["decline_code"] == "gateway_rejected"
        await post.tell()
        [mail] = await post.to(owner)
        text = text_of(mail)
        assert "The payment was refused. Nothing was charged." in text
        assert "Reason: A security check refused the payment." in text
        assert "bank declined" not in text

    async def test_a_returned_one(self, services: Services, portal: Portal, post: Post, owner: str) -> None:
        payment_id = await record_offline(services, portal.account_id, 500, received_on=in_days(0).isoformat())
        await record(services, portal.account_id, "payment.returned", payment_id, status="returned")
        await post.tell()
        assert "Your payment of $5.00 was returned" in post.subjects(owner)
        text = text_of((await post.to(owner))[-1])
        assert "Your bank has taken this payment back." in text
        assert "invoices it paid" not in text

    async def test_a_returned_one_names_its_invoices(
        self, services: Services, portal: Portal, post: Post, owner: str
    ) -> None:
        invoice = await post_invoice(services, portal.account_id, 500, number="INV-BACK", issued_on=in_days(0))
        payment_id = await record_offline(
            services,
            portal.account_id,
            500,
            received_on=in_days(0).isoformat(),
            allocations=[{"invoice_id": str(invoice), "amount": 500}],
        )
        await record(services, portal.account_id, "payment.returned", payment_id, status="returned")
        await post.tell()
        text = text_of((await post.to(owner))[-1])
        assert "the invoices it paid are open again" in text
        assert "INV-BACK, $5.00" in text

    async def test_a_refunded_one(
        self, services: Services, portal: Portal, partner: Partner, post: Post, owner: str
    ) -> None:
        """One mail, although the payment is cancelled, too: it has not settled."""
        invoice = await post_invoice(services, portal.account_id, 10_000)
        payment = (await pay(portal, await store_card(portal), invoice)).json()
        await post.tell()
        made = await refund(partner, portal, payment, WHOLE, reason="Ordered twice")
        assert (made.status_code, made.json()["method"]) == (201, "void")
        await post.tell()
        mail = (await post.to(owner))[-1]
        assert mail["Subject"] == "Refund of $100.00 from Example Vendor"
        assert "Reason: Ordered twice" in text_of(mail)
        assert "your bank does not take the money" in text_of(mail)
        assert len(await post.to(owner)) == 2

    async def test_a_refund_of_a_payment_that_was_returned_as_well(
        self, services: Services, portal: Portal, partner: Partner, post: Post, owner: str, sandbox: Sandbox, sql: Sql
    ) -> None:
        bank_account = await store_bank_account(portal)
        payment = (await pay(portal, bank_account, await post_invoice(services, portal.account_id))).json()
        charge_id = await settle(sandbox, sql, payment)
        made = (await refund(partner, portal, payment, WHOLE)).json()
        reason = Decline("R01", "Insufficient Funds", soft=True)
        payment_id = UUID(payment["id"])
        await services.returned_payments.record(portal.account_id, payment_id, PaymentState.RETURNED, reason)
        (credit,) = [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == charge_id]
        gone = RefundOutcome(state=RefundState.SUCCEEDED, transaction_id=str(credit["id"]))
        await services.refund_recorder.record(portal.account_id, UUID(made["id"]), gone)
        await post.tell()
        mails = {str(one["Subject"]): text_of(one) for one in await post.to(owner)}
        refunded = mails["Refund of $100.00 from Example Vendor"]
        assert "you have this money twice" in refunded
        assert "are open again by these amounts" not in refunded
        assert any("which your bank has returned as well" in text for text in mails.values())

    async def test_a_refund_that_did_not_arrive(
        self, services: Services, portal: Portal, partner: Partner, post: Post, owner: str, sandbox: Sandbox, sql: Sql
    ) -> None:
        """One that failed at once was never announced, and has no mail."""
        payment = (await pay(portal, await store_card(portal), await post_invoice(services, portal.account_id))).json()
        charge_id = await settle(sandbox, sql, payment)
        made = (await refund(partner, portal, payment, WHOLE)).json()
        await record(services, portal.account_id, "refund.failed", UUID(made["id"]), decline_code="2000")
        await post.tell()
        before = len(await post.to(owner))
        (credit,) = [one for one in sandbox.transactions(type="credit") if one["refunded_transaction_id"] == charge_id]
        failed = RefundOutcome(state=RefundState.FAILED, transaction_id=str(credit["id"]))
        await post.parts[RefundRecorder].record(portal.account_id, UUID(made["id"]), failed)
        await post.tell()
        mails = await post.to(owner)
        assert [str(one["Subject"]) for one in mails[before:]] == ["Your refund of $100.00 did not reach you"]
        assert "how you would like to get the money" in text_of(mails[-1])


class TestMethods:
    @pytest.mark.parametrize(
        ("fact", "data", "subject"),
        [
            ("expires_soon", {"expires_on": "2030-12-31"}, "Your card ending in 1881 expires soon"),
            ("expired", {"expires_on": "2026-01-31"}, "Your card ending in 1881 has expired"),
            ("removed", {"was_default": True}, "Card ending in 1881 was removed"),
        ],
    )
    async def test_a_card(
        self, services: Services, portal: Portal, post: Post, owner: str, fact: str, data: dict[str, Any], subject: str
    ) -> None:
        card = await store_card(portal)
        await record(services, portal.account_id, f"payment_method.{fact}", UUID(card["id"]), type="card", **data)
        await post.tell()
        [mail] = await post.to(owner)
        assert mail["Subject"] == subject

    @pytest.mark.parametrize(
        ("fact", "words"),
        [("verified", "is verified"), ("verification_failed", "could not be verified"), ("removed", "was removed")],
    )
    async def test_a_bank_account(
        self, services: Services, portal: Portal, post: Post, owner: str, fact: str, words: str
    ) -> None:
        account = await store_bank_account(portal)
        await post.tell()
        before = len(post.subjects(owner))
        await record(services, portal.account_id, f"payment_method.{fact}", UUID(account["id"]), type="us_bank_account")
        await post.tell()
        [subject] = post.subjects(owner)[before:]
        assert subject == f"Bank account ending in {account['last4']} {words}"


class TestStatements:
    async def test_a_scheduled_one_reaches_users_too_and_each_address_once(
        self, services: Services, portal: Portal, payer: Portal, post: Post, owner: str, sql: Sql
    ) -> None:
        wanted = StatementCreate(type="activity", date_to=in_days(0))

        async def make(*, scheduled: bool) -> None:
            account = await post.parts[Core].accounts.lock(portal.account_id)
            making = post.parts[MakeStatement]
            made = await making.make(account, wanted, scheduled_on=in_days(0) if scheduled else None)
            if scheduled:
                await post.parts[MailStatements].queue(account, made.statement, [owner])

        await post.parts[Core].db.run(lambda: make(scheduled=False))
        await post.tell()
        assert post.subjects(owner) == []
        await post.parts[Core].db.run(lambda: make(scheduled=True))
        await post.tell()
        other = await email_of(sql, payer.user_id)
        assert [len(post.subjects(one)) for one in (owner, other)] == [1, 1]


class TestSignIns:
    async def test_a_changed_password_is_told_to_its_owner_once(
        self, services: Services, browser: httpx.AsyncClient, member: Member, post: Post
    ) -> None:
        """At once, with the time, and whatever the number of accounts."""
        await join(services, member, await make_account(services))
        token = (await sign_in(browser, member)).json()["access_token"]
        body = {"current_password": PASSWORD, "new_password": "another-horse-battery-9"}
        done = await browser.put("/v1/profile/password", json=body, headers={"Authorization": f"Bearer {token}"})
        assert done.status_code == 204, done.text
        await post.tell()
        [mail] = await post.to(member.email)
        assert mail["Subject"] == "Your password for Example Vendor was changed"
        assert "Time: " in text_of(mail)
        assert "List-Unsubscribe" not in mail

    async def test_a_reset_password_is_told_to_its_owner_once(
        self, services: Services, member: Member, post: Post
    ) -> None:
        await join(services, member, await make_account(services))
        password = await services.passwords.accept(
            SecretStr("another-horse-battery-9"), pointer="/new_password", own_words=()
        )

        async def reset() -> None:
            user = await services.users.lock(member.user_id)
            assert user is not None
            await services.password_resets.set_password(user, password)

        await services.database.run(reset)
        await post.tell()
        assert post.subjects(member.email) == ["Your password for Example Vendor was changed"]

    async def test_a_second_device_is_told_to_its_user_alone(
        self, services: Services, browser: httpx.AsyncClient, member: Member, post: Post
    ) -> None:
        other = await make_member(services, member.account_id)
        first = await sign_in(browser, member, refresh_token_in="body")
        await post.tell()
        assert post.subjects(member.email) == []  # the first sign-in of all
        known = {"device_token": first.json()["device_token"], "refresh_token_in": "body"}
        assert (await sign_in(browser, member, **known)).status_code == 201
        await post.tell()
        assert post.subjects(member.email) == []
        browser.cookies.clear()
        agent = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0"
        body = {"email": member.email, "password": PASSWORD, "refresh_token_in": "body"}
        assert (await browser.post("/v1/sessions", json=body, headers={"User-Agent": agent})).status_code == 201
        await post.tell()
        [mail] = await post.to(member.email)
        assert mail["Subject"] == "New sign-in to Example Vendor"
        assert "Device: Chrome, Windows" in text_of(mail)
        assert re.search(r"IP address: [\da-f.:]+", text_of(mail))
        assert "List-Unsubscribe" not in mail
        assert post.subjects(other.email) == []
