"""A mail that may have arrived is sent again as the same bytes, by the real writers, whatever has changed meanwhile."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest

from billing_api.deliveries.contents import DeliveryContents
from billing_api.deliveries.repository import DeliveryRepository
from billing_api.features import FEATURES
from billing_api.mail.letter import Action, Letter
from billing_api.payments.states import PaymentState
from tests.factories.invoices import apply_to_invoice, post_invoice
from tests.factories.payments import pay, store_card
from tests.factories.statements import make_statement
from tests.fixtures.later import Later
from tests.fixtures.post import Post, mail_settings, tasks_of
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.mail.servers import READY, Inbox, scripted

Change = Callable[[], Awaitable[Any]]
LOST = "The connection to the vendor's mail server was lost before it confirmed the mail."


def use_server(post: Post, port: int) -> None:
    """Send to another mail server from now on."""
    post.parts.settings = mail_settings(post.parts.settings, Inbox(port))
    post.tasks.update(tasks_of(post.parts, FEATURES))


async def mail_twice(portal: Portal, post: Post, sql: Sql, path: str, change: Change) -> tuple[bytes, bytes]:
    """Mail a document to a server that is lost after DATA, let a change be made, and mail it again."""
    working = post.box.port
    async with scripted(*READY) as (port, lines):
        use_server(post, port)
        response = await portal.post(path, json={"recipients": [f"{uuid4().hex}@example.com"]})
        assert response.status_code == 202, response.text
        assert await post.work() == ["failed"]
    [tried] = (await portal.get(path)).json()["data"]
    assert (tried["status"], tried["response"]) == ("queued", LOST)
    await change()
    use_server(post, working)
    await sql.execute(
        "UPDATE jobs SET run_at = now() - interval '1 minute' WHERE account_id = $1 AND state = 'waiting'",
        portal.account_id,
    )
    assert await post.work() == ["done"]
    [sent] = (await portal.get(path)).json()["data"]
    assert (sent["status"], sent["tries"], sent["message_id"]) == ("sent", 2, tried["message_id"])
    [envelope] = post.box.envelopes
    assert isinstance(envelope.content, bytes)
    return lines[-1].removesuffix(b".\r\n"), envelope.content


async def kept(sql: Sql, account_id: UUID) -> int:
    found: int = await sql.fetchval("SELECT count(*) FROM delivery_contents WHERE account_id = $1", account_id)
    return found


async def test_an_invoice_that_is_paid_meanwhile(services: Services, portal: Portal, post: Post, sql: Sql) -> None:
    invoice = await post_invoice(services, portal.account_id, 5_000)
    first, second = await mail_twice(
        portal,
        post,
        sql,
        f"/v1/invoices/{invoice}/emails",
        lambda: apply_to_invoice(services, portal.account_id, invoice, 5_000),
    )
    assert first == second
    assert await kept(sql, portal.account_id) == 0


async def test_a_receipt_whose_payment_is_returned_meanwhile(
    services: Services, portal: Portal, post: Post, sql: Sql
) -> None:
    invoice = await post_invoice(services, portal.account_id, 5_000)
    payment = (await pay(portal, await store_card(portal), invoice)).json()
    first, second = await mail_twice(
        portal,
        post,
        sql,
        f"/v1/payments/{payment['id']}/emails",
        lambda: services.returned_payments.record(portal.account_id, UUID(payment["id"]), PaymentState.RETURNED),
    )
    assert first == second


async def test_a_statement_of_a_vendor_who_has_another_name_meanwhile(
    services: Services, portal: Portal, post: Post, sql: Sql
) -> None:
    made = await make_statement(services, portal.account_id, services.clock.today())

    async def rename() -> None:
        post.parts.settings = post.parts.settings.model_copy(update={"vendor_name": "Another Vendor"})

    first, second = await mail_twice(portal, post, sql, f"/v1/statements/{made.id}/emails", rename)
    assert first == second


async def test_what_was_given_up_is_kept_for_an_operator_and_then_removed(
    services: Services, portal: Portal, post: Post, sql: Sql, later: Later
) -> None:
    invoice = await post_invoice(services, portal.account_id, 5_000)
    recipient = f"{uuid4().hex}@example.com"
    post.box.refused = {recipient: "451 later"}
    path = f"/v1/invoices/{invoice}/emails"
    assert (await portal.post(path, json={"recipients": [recipient]})).status_code == 202
    await sql.execute("UPDATE jobs SET attempts = 25 WHERE account_id = $1", portal.account_id)
    assert await post.work() == ["held"]
    contents = DeliveryContents(later.services.core, DeliveryRepository(later.services.database))
    later.clock.forward(days=29)
    await contents.prune()
    assert await kept(sql, portal.account_id) == 1
    later.clock.forward(days=2)
    await contents.prune()
    assert await kept(sql, portal.account_id) == 0


async def test_a_mail_that_is_refused_is_not_kept(services: Services, portal: Portal, post: Post, sql: Sql) -> None:
    invoice = await post_invoice(services, portal.account_id, 5_000)
    recipient = f"{uuid4().hex}@example.com"
    post.box.refused = {recipient: "550 no such user"}
    path = f"/v1/invoices/{invoice}/emails"
    assert (await portal.post(path, json={"recipients": [recipient]})).status_code == 202
    assert await post.work() == ["done"]
    assert await kept(sql, portal.account_id) == 0


async def test_no_row_has_a_token(portal: Portal, post: Post, sql: Sql) -> None:
    """A new address of the profile is confirmed by a link with a token."""
    profile = await portal.get("/v1/profile")
    recipient = f"{uuid4().hex}@example.com"
    post.box.refused = {recipient: "451 later"}
    changed = await portal.patch(
        "/v1/profile", json={"email": recipient}, headers={"If-Match": profile.headers["ETag"]}
    )
    assert changed.status_code == 200, changed.text
    assert "failed" in await post.work()
    rows = await sql.fetch(
        "SELECT d.kind FROM delivery_contents c JOIN deliveries d ON d.id = c.delivery_id WHERE d.account_id = $1",
        portal.account_id,
    )
    assert "email_confirmation" not in {row["kind"] for row in rows}


@pytest.mark.parametrize(
    ("letter", "has_token"),
    [
        (Letter(subject="", heading="", code="secret"), True),
        (Letter(subject="", heading="", action=Action("Go", "https://portal.example/x#token=secret")), True),
        (Letter(subject="", heading="", action=Action("Go", "https://portal.example/")), False),
        (Letter(subject="", heading=""), False),
    ],
)
def test_a_code_and_a_link_with_a_fragment_are_tokens(letter: Letter, has_token: bool) -> None:
    assert letter.has_token is has_token
