"""One customer, the API, the gateway and the time: all that a random order of events needs, each event one call."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import httpx
import requests

from billing_api.parts import Parts
from billing_api.reconciliation.service import Reconciliation
from braintree_sandbox.testing import Sandbox
from tests.factories.clock import MovableClock
from tests.factories.payments import MANDATE, Json, new_key
from tests.factories.users import Member, open_session
from tests.fixtures.books import breaches
from tests.fixtures.queries import Sql
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal
from tests.fixtures.waiting import looks
from tests.payments.asked import REFUSALS, Paused, Request
from tests.payments.clockwork import Clockwork
from tests.payments.gateway_books import Sale, differences, doubles, sales_of
from tests.payments.office import Office, pick

AUTOPAY = "/v1/autopay"
_NO_AUTOPAY = {"payment_method_removed", "payment_method_blocked", "too_many_declines"}
PAYMENTS, WEBHOOKS = "/v1/payments", "/v1/gateway-webhooks/braintree"
# Two empty searches, and then the days that a bank takes: again for what a refund or a scheduled payment has begun.
_SOME_DAYS = 80
_UNTIL_REST = (0.2, 1.5, *([_SOME_DAYS] * 8))
_OPEN = """
    SELECT number, state FROM payments
     WHERE account_id = $1 AND state IN ('submitting', 'unknown', 'cancelling', 'processing', 'scheduled')
    UNION ALL SELECT payment_number, state FROM refunds
     WHERE account_id = $1 AND state NOT IN ('succeeded', 'failed')
"""
_HALF_STORED = """
    SELECT id, status FROM payment_methods WHERE account_id = $1 AND status IN ('vaulting', 'discarding')
"""


@dataclass
class World:
    """An account that is paid for; `clock` is the API's, which moves together with the gateway's."""

    parts: Parts
    services: Services
    sandbox: Sandbox
    clock: MovableClock
    sql: Sql
    portal: Portal
    office: Office
    worker: Clockwork
    began_at: datetime
    methods: list[Json] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    paused: list[Paused] = field(default_factory=list)
    webhooks: list[dict[str, str]] = field(default_factory=list)

    @property
    def account_id(self) -> UUID:
        """The customer."""
        return self.portal.account_id

    # Paying

    async def pay(self, body: Json, *, method: int, trouble: Json | None = None) -> None:
        """Pay once, while the gateway has this trouble with the sale."""
        request = self._new_request(body, method)
        fault = None if trouble is None else self._fault(trouble, request)
        await self.send(request)
        if fault is not None:
            self.sandbox.control("DELETE", f"/faults/{fault}")

    async def pay_at_once(self, body: Json, *, method: int, keys: int, times: int) -> None:
        """Pay several times at once, with so many different keys; each is charged once at most."""
        requests = [self._new_request(body, method) for _ in range(keys)]
        await asyncio.gather(*(self.send(request) for _ in range(times) for request in requests))

    async def pause(self, body: Json, *, method: int, commit: bool) -> None:
        """Begin a payment whose sale is held: before it is made, or (`commit`) before its response."""
        request = self._new_request(body, method)
        fault = self._fault({"kind": "hold", "commit": commit}, request)
        task = asyncio.create_task(self.send(request))
        for _ in looks("the sale is held, or the request has ended"):
            if task.done() or (await asyncio.to_thread(self.sandbox.hits, fault)) > 0:
                break
        if task.done():
            self.sandbox.control("DELETE", f"/faults/{fault}")
            await task
        else:
            self.paused.append(Paused(request, task, fault))

    async def go_on(self, one: Paused) -> None:
        """Let a held sale go on, and wait for the response to its request."""
        self.paused.remove(one)
        await asyncio.to_thread(self.sandbox.release, one.fault)
        await one.task

    async def send(self, request: Request) -> httpx.Response:
        """Send a request to pay, and compare the response with an earlier one of the same key."""
        response = await self.portal.post(PAYMENTS, json=request.body, headers=request.key)
        code = response.json().get("code")
        assert response.status_code in {201, 202} or code in REFUSALS.get(response.status_code, ()), response.text
        first = request.response
        if first is None or first.status_code not in {201, 402} or first.json().get("status") == "processing":
            request.response = response
        elif self.clock.now() - request.sent_at < timedelta(hours=24):
            # A held request has its own response late, under its own id, where a repeat had the stored one meanwhile.
            assert (response.status_code, _without_id(response)) == (first.status_code, _without_id(first))
        else:  # the key may be forgotten, and this is another payment then
            request.response, request.sent_at = response, self.clock.now()
        return response

    async def quote(self, body: Json) -> str | None:
        """The version of the quote for this choice; None when it is refused."""
        quote: Json = (await self.portal.post(f"{PAYMENTS}/quote", json=body)).json()
        return quote.get("quote_version")

    async def switch_autopay(self, method: int | None, *, limit: int | None = None, credits_: bool = False) -> None:
        """Have the invoices paid automatically by a method, or, without one, by hand."""
        version = (await self.portal.get(AUTOPAY)).json()["version"]
        body: Json = {"enabled": method is not None, "limit": limit, "use_credits": credits_}
        if method is not None:
            body |= {"payment_method_id": self.methods[method]["id"], "consent": MANDATE}
        response = await self.portal.put(AUTOPAY, json=body, headers={"If-Match": f'"{version}"'})
        assert response.status_code == 200 or response.json()["code"] in _NO_AUTOPAY, response.text

    async def count_automatic(self) -> int:
        """The number of automatic payments that were sent."""
        sent = "SELECT count(*) FROM payments WHERE account_id = $1 AND is_autopay AND submitted_at IS NOT NULL"
        count: int = await self.sql.fetchval(sent, self.account_id)
        return count

    def _new_request(self, body: Json, method: int) -> Request:
        if method < len(self.methods):
            way, mark = {"payment_method_id": self.methods[method]["id"]}, self.tokens[method]
        else:  # another card by its nonce, which is stored or not
            mark = self.sandbox.card_nonce("5555555555554444", expiration_date="12/2045")
            way = {"payment_method": {"type": "card", "nonce": mark, "store": len(self.requests) % 2 == 0}}
        request = Request(body | {"currency": "USD"} | way, new_key(), self.clock.now(), mark)
        self.requests.append(request)
        return request

    def _fault(self, trouble: Json, request: Request) -> str:
        return self.sandbox.fault(**trouble, match={"path": "^/transactions$", "body": request.mark})

    # The gateway

    def sales(self) -> list[Sale]:
        """The sales that the gateway has for the customer."""
        return sales_of(self.sandbox.transactions(customer_id=self.customer_id))

    @property
    def customer_id(self) -> str:
        """The customer's id at the gateway."""
        return str(self.methods[0]["customer_id"])

    def spoil(self, trouble: Json, *, path: str = "^/transactions$") -> None:
        """Have the gateway's next call of this sort go wrong."""
        self.sandbox.fault(**trouble, match={"path": path})

    def move(self, sale: Sale, step: str, body: Json | None = None) -> None:
        """Have the bank settle or return a transaction, if it can be."""
        with suppress(AssertionError):  # the sandbox refuses it: it is of a card, or has ended
            self.sandbox.control("POST", f"/transactions/{sale.id}/{step}", body or {})

    async def refund_in_vain(self, sale: Sale, amount: int) -> None:
        """Give a part of a settled charge back, and have the settlement of that refund refused, if it can be."""
        self.move(sale, "settle")
        await self.office.refund_payment(UUID(sale.order_id), {"type": "amount", "amount": amount})
        for one in self.sandbox.transactions(type="credit"):
            if one["refunded_transaction_id"] == sale.id:
                with suppress(requests.ConnectionError):  # a fault that was meant for another call
                    self.sandbox.gateway().testing.settlement_decline_transaction(one["id"])

    def dispute(self, sale: Sale, amount: str | None) -> None:
        """Have a card's bank dispute a charge, or a part of it, if it can be."""
        body = {"reason": "fraud"} | ({} if amount is None else {"amount": amount})
        self.move(sale, "dispute", body)

    def decide(self, place: int, step: str) -> None:
        """Have the bank decide on one of the customer's disputes."""
        own = {sale.id for sale in self.sales()}
        disputes = [one for one in self.sandbox.control("GET", "/disputes")["disputes"] if one["transaction_id"] in own]
        if disputes:
            with suppress(AssertionError):  # it is decided already
                self.sandbox.control("POST", f"/disputes/{pick(disputes, place)['id']}/{step}", {})

    async def void(self, sale: Sale) -> None:
        """Have a person void a transaction at the gateway, if it can be."""
        with suppress(requests.ConnectionError):  # a fault that was meant for another call
            await asyncio.to_thread(self.sandbox.gateway().transaction.void, sale.id)

    def sign(self, sale: Sale, kind: str) -> None:
        """Have the gateway sign a webhook about a transaction, true or not; it comes later, if at all."""
        form = self.sandbox.control("POST", "/webhooks", {"kind": kind, "id": sale.id})
        self.webhooks.append({name: form[name] for name in ("bt_signature", "bt_payload")})

    async def deliver(self, form: dict[str, str]) -> None:
        """Have a webhook arrive, perhaps not for the first time."""
        response = await self.portal.post(WEBHOOKS, data=form)
        assert response.status_code in {200, 204}, response.text

    # The time

    async def wait(self, **by: float) -> None:
        """Move the time on, here and at the gateway."""
        self.clock.forward(**by)
        self.sandbox.advance(**by)
        member = Member(self.account_id, self.portal.user_id, "", "owner")
        grant = await open_session(self.services, member)
        self.portal.headers["Authorization"] = f"Bearer {grant.access_token}"

    # Comparing

    async def check(self) -> None:
        """Compare the books with themselves, and with the sales: this holds at any time."""
        found = await breaches(self.sql, self.account_id) + doubles(self.sales())
        assert not found, found

    async def come_to_rest(self) -> None:
        """Let everything end: what is held goes on, webhooks come, checks are made until none is due."""
        while self.paused:
            await self.go_on(self.paused[0])
        self.sandbox.control("DELETE", "/faults")
        for form in self.webhooks:
            await self.deliver(form)
        for _ in range(2):  # automatic payments are made, and the first retries of those that are declined
            await self.worker.round()
            await self.wait(hours=_SOME_DAYS)
        await self.switch_autopay(None)
        for hours in _UNTIL_REST:
            await self.worker.round()
            await self.wait(hours=hours)
            if hours == _SOME_DAYS and not await self.sql.fetch(_OPEN, self.account_id):
                break
        await self.worker.round()

    async def compare(self) -> None:
        """Compare the books with the gateway's, at rest."""
        await self.check()
        found = await differences(self.sql, self.sales(), self.account_id)
        assert not found, found
        report = await self.parts[Reconciliation].compare(self.began_at, self.clock.now())
        assert not report.differences, report.differences
        still_open = await self.sql.fetch(_OPEN, self.account_id) + await self.sql.fetch(_HALF_STORED, self.account_id)
        assert not still_open, still_open


def _without_id(response: httpx.Response) -> Json:
    return {name: value for name, value in response.json().items() if name != "request_id"}
