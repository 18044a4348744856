"""Every notification in every language, from real rows; their HTML is kept under build/mails, to be looked at."""

import asyncio
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from billing_api.deliveries.writers import Writers
from billing_api.gateway.notices import GatewayDisputeStatus
from billing_api.kit.idempotency import IdempotencyKey
from billing_api.locales.language import language
from billing_api.mail.letter import Occasion
from billing_api.mail.rendering import Stationery
from billing_api.notifications.feature import FEATURE
from billing_api.refunds.schemas import RefundCreate
from tests.factories.disputes import dispute_of
from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, pay, record_offline, store_bank_account, store_card
from tests.fixtures.clocked import in_days
from tests.fixtures.post import Post
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

LOCALES = ("en-US", "en-GB", "de-DE", "es-ES", "fr-FR", "ja-JP")
_BUILD = Path("build") / "mails"


async def occasions(services: Services, portal: Portal) -> dict[str, tuple[UUID | None, dict[str, Any]]]:
    """Return a subject and the facts for each kind of mail."""
    account_id = portal.account_id
    invoice = await post_invoice(
        services, account_id, 144_514, number="INV-1042", issued_on=in_days(0), po_number="PO-2291-A"
    )
    paid = await post_invoice(services, account_id, 25_000)
    contested = await post_invoice(services, account_id, 5_000, number="INV-1044")
    card, bank = await store_card(portal), await store_bank_account(portal)
    payment = (await pay(portal, card, paid)).json()
    refund = await refunded(services, account_id, contested)
    chargeback = await won_back(services, portal, payment)
    later: dict[str, Any] = {"scheduled_on": in_days(7).isoformat()}
    waiting = (await pay(portal, card, contested, **later)).json()
    today, due_on = in_days(0).isoformat(), in_days(30).isoformat()
    new = {"number": "INV-1042", "currency": "USD", "total": 144_514, "issued_on": today, "due_on": due_on}
    listed = {"id": str(invoice), "number": "INV-1042", "currency": "USD", "due_on": due_on, "amount_due": 144_514}
    reminder = {"invoices": [listed, listed | {"number": "INV-1043"}], "today": today}
    money = {"received_on": today, "status": "declined"}
    expiry = {"expires_on": "2026-12-31", "was_default": True}
    body = {"reason": "wrong_price", "text": "We agreed on 45.00 for each.", "amount": 500}
    dispute = (await portal.post(f"/v1/invoices/{contested}/disputes", json=body)).json()
    about = {"dispute_id": dispute["id"], "about": str(contested), "number": "INV-1044"}
    consent = {"text": "I authorize Example Vendor to debit this account.", "accepted_at": "2026-11-02T09:30:00Z"}
    on = {"enabled": True, "payment_method_id": bank["id"], "limit": 50_000, "consent": consent}
    assert (await portal.put("/v1/autopay", json=on, headers={"If-Match": '"1"'})).status_code == 200
    ids = {"invoice": invoice, "payment": UUID(payment["id"]), "card": UUID(card["id"]), "bank": UUID(bank["id"])}
    return {
        "new_invoice": (ids["invoice"], new),
        "due_soon": (None, reminder),
        "overdue": (ids["invoice"], reminder | {"invoices": [listed]}),
        "payment_receipt": (ids["payment"], money),
        "payment_failed": (ids["payment"], money),
        "payment_returned": (ids["payment"], money),
        "payment_refunded": (refund, {}),
        "refund_failed": (refund, {}),
        "chargeback_opened": (chargeback, {}),
        "chargeback_won": (chargeback, {}),
        "payment_scheduled": (UUID(waiting["id"]), {}),
        "payment_upcoming": (UUID(waiting["id"]), {}),
        "autopay_switched_on": (account_id, {}),
        "autopay_failed": (ids["payment"], {"next_try_on": today}),
        "autopay_switched_off": (ids["payment"], {"code": "declined"}),
        "autopay_above_limit": (account_id, {"limit": 5_000, "currency": "USD", "invoices": [listed, listed]}),
        "scheduled_payment_cancelled": (UUID(waiting["id"]), {"reason": "nothing_payable"}),
        "card_expires_soon": (ids["card"], expiry),
        "card_expired": (ids["card"], expiry),
        "payment_method_removed": (ids["card"], expiry),
        "bank_account_verified": (ids["bank"], {}),
        "bank_account_refused": (ids["bank"], {}),
        "dispute_answered": (contested, about),
        "dispute_opened": (None, about),
        "password_changed": (portal.user_id, {"changed_at": datetime.now(UTC).isoformat()}),
        "new_device": (portal.session_id, {}),
    }


async def won_back(services: Services, portal: Portal, payment: Json) -> UUID:
    """Have a payment disputed and the money come back, and return the chargeback's id."""
    dispute = await dispute_of(services, portal.account_id, UUID(payment["id"]), amount=10_000)
    won = replace(dispute, status=GatewayDisputeStatus.WON, gateway_status="won", amount_won=10_000)
    for one in (dispute, won):
        await services.record_disputes.record(portal.account_id, UUID(payment["id"]), one)
    return UUID((await portal.get("/v1/chargebacks")).json()["data"][0]["id"])


async def refunded(services: Services, account_id: UUID, invoice: UUID) -> UUID:
    """Refund a check that paid a part of an invoice, and return the refund's id."""
    part = {"invoice_id": str(invoice), "amount": 1_000}
    payment_id = await record_offline(services, account_id, 1_500, allocations=[part])
    wanted = RefundCreate.model_validate({"refund": {"type": "whole"}, "reason": "Ordered twice"})
    key = IdempotencyKey(str(payment_id), "POST", "/v1/refunds", "digest")
    return (await services.refunds.refund(account_id, payment_id, wanted, key)).id


async def test_every_mail_in_every_language(services: Services, portal: Portal, post: Post) -> None:
    known = await occasions(services, portal)
    assert known.keys() == FEATURE.mails.keys()
    stationery = Stationery.of(post.parts.settings)
    texts: dict[str, str] = {}
    for kind, (subject_id, facts) in known.items():
        occasion = Occasion(
            account_id=portal.account_id,
            subject_id=subject_id,
            user_id=portal.user_id,
            recipient="pat@customer.example",
            facts=facts | {"company": "Sunny Side Bakery Ltd"},
            created_at=datetime.now(UTC),
        )
        subjects = set()
        for tag in LOCALES:
            words = language(tag)
            content = stationery.render(await post.parts[Writers][kind](occasion, words), words)
            for text in (content.subject, content.text, content.html):
                assert not re.search(r"\{\w*\}", re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)), text
            assert f'<html lang="{tag}"' in content.html
            assert "\n" not in content.subject
            subjects.add(content.subject)
            texts[f"{kind}-{tag}"] = content.html
        assert len(subjects) >= len(LOCALES) - 1  # the two kinds of English may be the same
    await asyncio.to_thread(_keep, texts)


def _keep(texts: dict[str, str]) -> None:
    _BUILD.mkdir(parents=True, exist_ok=True)
    for name, html in texts.items():
        (_BUILD / f"{name}.html").write_text(html)


@pytest.mark.parametrize(
    ("color", "ink"), [("#1f4fd8", "#ffffff"), ("#ffd54f", "#111111"), ("#000000", "#ffffff"), ("#ffffff", "#111111")]
)
def test_a_buttons_words_can_be_read_on_every_colour(color: str, ink: str) -> None:
    assert Stationery("Vendor", color, "", "help@vendor.example", "").on_color == ink
