"""Sign-ins as a browser makes them, and what the audit log tells of them."""

from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import bindparam, select

from billing_api.audit.model import AuditEntry, audit_log
from billing_api.db.statements import Statement, columns_of
from tests.factories.users import Member
from tests.fixtures.services import Services

PASSWORD = "a quiet river at dawn"
ORIGIN = "https://portal.example.com"
OWN_PAGE = {"Origin": ORIGIN, "X-Requested-With": "fetch"}


async def sign_in(browser: httpx.AsyncClient, member: Member, **fields: Any) -> httpx.Response:
    """Sign in with PASSWORD."""
    return await browser.post("/v1/sessions", json={"email": member.email, "password": PASSWORD, **fields})


async def tokens_in_body(browser: httpx.AsyncClient, member: Member) -> dict[str, Any]:
    """Sign in as a portal on another site does."""
    response = await sign_in(browser, member, refresh_token_in="body")
    assert response.status_code == 201, response.text
    body: dict[str, Any] = response.json()
    return body


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    """The header of a request with these tokens."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


_AUDIT = Statement(
    select(*columns_of(audit_log, AuditEntry))
    .where(audit_log.c.account_id == bindparam("account_id"), audit_log.c.action == bindparam("action"))
    .order_by(audit_log.c.id),
    AuditEntry,
)


async def audit_of(services: Services, account_id: UUID, action: str) -> list[AuditEntry]:
    """The account's entries of one action, oldest first."""
    return await services.database.fetch(_AUDIT, account_id=account_id, action=action)
