"""An account whose invoices are paid automatically."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.factories.invoices import post_invoice
from tests.factories.payments import Json, store_card
from tests.fixtures.clocked import EVENING, ClockedWorker, in_days
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal

PATH = "/v1/autopay"


async def choose(portal: Portal, **fields: Any) -> httpx.Response:
    """The response to a choice, on the version that there is."""
    version = (await portal.get(PATH)).json()["version"]
    return await portal.put(PATH, json={"enabled": True} | fields, headers={"If-Match": f'"{version}"'})


@dataclass(frozen=True)
class Customer:
    """The account's users, its invoices and its automatic payments."""

    portal: Portal
    services: Services
    worker: ClockedWorker
    email: str

    async def enable(self, method: Json, **fields: Any) -> Json:
        response = await choose(self.portal, payment_method_id=method["id"], **fields)
        assert response.status_code == 200, response.text
        body: Json = response.json()
        return body

    async def autopay(self) -> Json:
        body: Json = (await self.portal.get(PATH)).json()
        return body

    async def owes(self, total: int, days: int, **fields: Any) -> UUID:
        """An invoice that is due in so many days."""
        return await post_invoice(
            self.services, self.portal.account_id, total, issued_on=in_days(0), due_on=in_days(days), **fields
        )

    async def upcoming(self) -> list[Json]:
        found: list[Json] = (await self.portal.get(f"{PATH}/upcoming")).json()["data"]
        return found

    async def statuses(self) -> list[tuple[str, str | None, int]]:
        """The status, day and attempt of each open invoice, by due date; as the worker's clock has them."""
        found = (await self.services_later.autopay.upcoming(self.portal.account_id)).data
        return [(one.status, None if one.pay_on is None else str(one.pay_on), one.attempt) for one in found]

    async def payments(self) -> list[Json]:
        """The payments, oldest first."""
        found: list[Json] = (await self.portal.get("/v1/payments")).json()["data"]
        return found[::-1]

    async def contest(self, invoice_id: UUID) -> Json:
        body = {"reason": "wrong_price", "text": "We agreed on less."}
        response = await self.portal.post(f"/v1/invoices/{invoice_id}/disputes", json=body)
        assert response.status_code == 201, response.text
        dispute: Json = response.json()
        return dispute

    def subjects(self) -> list[str]:
        """The subjects of the owner's mails, but for those of new invoices and receipts."""
        return [
            one
            for one in self.worker.post.subjects(self.email)
            if not one.startswith(("Invoice INV", "Receipt", "New ")) or "limit" in one
        ]

    @property
    def services_later(self) -> Services:
        return self.worker.services


@pytest.fixture
async def card(portal: Portal) -> Json:
    return await store_card(portal)


@pytest.fixture
async def customer(portal: Portal, services: Services, worker: ClockedWorker, sql: Sql) -> Customer:
    email = await sql.fetchval("SELECT email FROM user_emails WHERE user_id = $1", portal.user_id)
    worker.move_to(0, EVENING)
    return Customer(portal, services, worker, str(email))
