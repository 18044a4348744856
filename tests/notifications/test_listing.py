"""Lists of many invoices in letters: twelve are named, and the others are counted."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from billing_api.deliveries.writers import Writers
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.locales.language import language
from billing_api.mail.letter import Letter, Occasion
from billing_api.refunds.schemas import RefundCreate
from tests.factories.disputes import dispute_of
from tests.factories.invoices import post_invoice
from tests.factories.payments import of_invoices, pay, record_offline, store_card
from tests.fixtures.clocked import in_days
from tests.fixtures.post import Post
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

MANY, EACH = 15, 1_000


async def test_twelve_invoices_are_named_and_the_others_counted(services: Services, portal: Portal, post: Post) -> None:
    known = await occasions(services, portal)
    for kind, (subject_id, facts) in known.items():
        letter = await written(post, portal, kind, subject_id, facts)
        label = "Payment" if kind == "payment_method_removed" else "Invoice"
        assert len([name for name, _ in letter.facts if name == label]) == 12, kind
        assert [note for note in letter.notes if "more" in note] == ["And 3 more."], kind


async def test_contested_invoices_are_counted_too(services: Services, portal: Portal, post: Post) -> None:
    """Two of them pay their contested part; each sentence has its own count."""
    card, invoices = await store_card(portal), await posted(services, portal)
    later: dict[str, Any] = {"scheduled_on": in_days(7).isoformat()}
    for invoice in invoices:
        dispute = {"reason": "wrong_price", "text": "We agreed on less.", "amount": 400}
        assert (await portal.post(f"/v1/invoices/{invoice}/disputes", json=dispute)).status_code == 201
    whole, parts = [{"invoice_id": str(one)} for one in invoices], [(one, EACH - 400) for one in invoices]
    for items, sentence in (
        (whole, "which this payment pays all the same. And 3 more."),
        ([{"invoice_id": str(one), "amount": amount} for one, amount in parts], "which is left out. And 3 more."),
    ):
        body = {"currency": "USD", "pay": of_invoices(*items), "payment_method_id": card["id"], **later}
        made = await portal.post(
            "/v1/payments", json=body, headers={"Idempotency-Key": f"listing-{sentence[:20]:x<20}"}
        )
        assert made.status_code == 201, made.text
        letter = await written(post, portal, "payment_upcoming", UUID(made.json()["id"]), {})
        [contested] = [note for note in letter.notes if note.startswith("You contest")]
        assert contested.endswith(sentence)


async def posted(services: Services, portal: Portal) -> list[UUID]:
    return [await post_invoice(services, portal.account_id, EACH) for _ in range(MANY)]


async def occasions(services: Services, portal: Portal) -> dict[str, tuple[UUID, dict[str, Any]]]:
    """Return a subject and the facts of each letter that lists invoices, or payments."""
    account_id, card = portal.account_id, await store_card(portal)
    invoices = await posted(services, portal)
    waiting = UUID((await pay(portal, card, *invoices, scheduled_on=in_days(7).isoformat())).json()["id"])
    payment = UUID((await pay(portal, card, *invoices)).json()["id"])
    await services.record_disputes.record(
        account_id, payment, await dispute_of(services, account_id, payment, amount=MANY * EACH)
    )
    chargeback = UUID((await portal.get("/v1/chargebacks")).json()["data"][0]["id"])
    parts = [{"invoice_id": str(one), "amount": EACH} for one in await posted(services, portal)]
    check = await record_offline(services, account_id, MANY * EACH, allocations=parts)
    wanted = RefundCreate.model_validate({"refund": {"type": "whole"}, "reason": "Ordered twice"})
    key = IdempotencyKey(str(check), "POST", "/v1/refunds", "digest")
    refund = (await services.refunds.refund(account_id, check, wanted, key)).id
    above = {"limit": 500, "currency": "USD", "invoices": [{"number": f"INV-{n}"} for n in range(MANY)]}
    cancelled = {"payment_number": "PMT-000042", "scheduled_on": "2026-12-15", "currency": "USD", "amount": EACH}
    return {
        "payment_scheduled": (waiting, {}),
        "payment_upcoming": (waiting, {}),
        "payment_failed": (payment, {"status": "declined"}),
        "payment_returned": (payment, {}),
        "autopay_failed": (payment, {"next_try_on": None}),
        "autopay_switched_off": (payment, {}),
        "autopay_above_limit": (account_id, above),
        "chargeback_opened": (chargeback, {}),
        "payment_refunded": (refund, {}),
        "refund_failed": (refund, {}),
        "payment_method_removed": (UUID(card["id"]), {"cancelled_payments": [cancelled] * MANY}),
    }


async def written(post: Post, portal: Portal, kind: str, subject_id: UUID, facts: dict[str, Any]) -> Letter:
    occasion = Occasion(
        account_id=portal.account_id,
        subject_id=subject_id,
        user_id=portal.user_id,
        recipient="pat@customer.example",
        facts=facts | {"company": "Sunny Side Bakery Ltd"},
        created_at=datetime.now(UTC),
    )
    return await post.parts[Writers][kind](occasion, language("en-US"))
