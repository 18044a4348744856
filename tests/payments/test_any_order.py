"""Payments and all that can happen around them, in orders that hypothesis makes up; after each step the books add up.

MONEY_RUNS, MONEY_STEPS and MONEY_SEED make it longer, and other: MONEY_RUNS=500 MONEY_SEED=1 pytest -s THIS_FILE.
A failure prints its steps, and a blob that repeats them. A new act of the back office is a method of `Office`; another
sort of event is a rule below.
"""

import asyncio
import os
import sys
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from braintree_sandbox.testing import run_sandbox
from tests.factories.payments import Json
from tests.payments.buying import of
from tests.payments.gateway_books import Sale
from tests.payments.office import ACTS, Office, pick
from tests.payments.world import World
from tests.payments.worlds import Worlds, open_worlds

T = TypeVar("T")
Act = Callable[[Office, int, int, int], Awaitable[None]]

RUNS = int(os.environ.get("MONEY_RUNS", "12"))
STEPS = int(os.environ.get("MONEY_STEPS", "30"))
SEED = os.environ.get("MONEY_SEED")
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300 + RUNS * STEPS)]

CARD, BANK, NONCE = 0, 1, 2
places = st.integers(0, 7)  # in a list, from its end
methods = st.sampled_from([CARD, CARD, BANK])
ways = st.sampled_from([CARD, CARD, BANK, NONCE])
# Declined by their amounts: 2001.00 by the bank, 4001.00 when it is to settle, 5001.00 by the gateway itself.
totals = st.sampled_from([1_000, 10_000, 33_333, 200_100, 400_100, 500_100])
fresh = st.sampled_from([None, 1_000, 10_000, 10_000, 200_100, 400_100])
parts = st.sampled_from([None, None, 100, 999])
choices = (
    st.lists(st.tuples(places, parts), min_size=1, max_size=3)
    | st.sampled_from([{"type": "spread", "amount": amount} for amount in (500, 3_000, 12_345)])
    | st.just({"type": "everything_due"})
)
credits_used = st.sampled_from([{"type": "none"}, {"type": "automatic"}, {"type": "up_to", "amount": 700}])
overpayments = st.sampled_from([None, None, 1_500])
# One half of all sales have no trouble.
troubles = st.none() | st.sampled_from(
    [
        {"kind": "drop", "commit": True},
        {"kind": "drop", "commit": False},
        {"kind": "status", "status": 500, "commit": True},
        {"kind": "status", "status": 503, "commit": False},
        {"kind": "garbage", "commit": True},
    ]
)
refund_troubles = st.sampled_from([{"kind": "drop", "commit": True}, {"kind": "drop", "commit": False}])
kinds = st.sampled_from(["transaction_settled", "transaction_settlement_declined", "transaction_disbursed"])
pauses = st.sampled_from([{"minutes": 4}, {"minutes": 6}, {"hours": 1}, {"days": 1}, {"days": 3}])


class Paying(RuleBasedStateMachine):
    """One customer. A step that finds nothing to work on does nothing."""

    runner: ClassVar[asyncio.Runner]
    worlds: ClassVar[Worlds]
    counts: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.world: World
        self.clients = AsyncExitStack()
        self.is_whole = False  # no step has failed

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        self.is_whole = False
        result = self.runner.run(work)
        self.is_whole = True
        return result

    @initialize(total=totals)
    def begin(self, total: int) -> None:
        self.world = self.run(self.worlds.begin(self.clients))
        self.counts["runs"] += 1
        self.run(self.world.office.post(total))

    @rule(total=totals, due_in=st.integers(-40, 40), basis_points=st.sampled_from([0, 200]))
    def post(self, total: int, due_in: int, basis_points: int) -> None:
        self.run(self.world.office.post(total, due_in=due_in, basis_points=basis_points))

    @rule(act=st.sampled_from(ACTS), place=places, other=places, amount=st.sampled_from([300, 1_000, 20_000]))
    def act(self, act: Act, place: int, other: int, amount: int) -> None:
        self.run(_awaited(act(self.world.office, place, other, amount)))

    @rule(
        total=fresh,
        choice=choices,
        method=ways,
        credits_=credits_used,
        more=overpayments,
        trouble=troubles,
        quoted=st.booleans(),
    )
    def pay(
        self,
        total: int | None,
        choice: Any,
        method: int,
        credits_: Json,
        more: int | None,
        trouble: Json | None,
        quoted: bool,
    ) -> None:
        body = self.body(total, choice, credits_, more)
        if quoted:
            body["quote_version"] = self.run(self.world.quote(body | {"currency": "USD"}))
        self.run(self.world.pay(body, method=method, trouble=trouble))

    @rule(total=fresh, choice=choices, method=ways, keys=st.integers(1, 3), times=st.integers(1, 2))
    def pay_at_once(self, total: int | None, choice: Any, method: int, keys: int, times: int) -> None:
        body = self.body(total, choice, {"type": "automatic"}, None)
        self.run(self.world.pay_at_once(body, method=method, keys=keys, times=times))

    @rule(total=fresh, choice=choices, method=methods, days=st.integers(1, 3), trouble=troubles)
    def schedule(self, total: int | None, choice: Any, method: int, days: int, trouble: Json | None) -> None:
        day = self.world.clock.today() + timedelta(days=days)
        body = self.body(total, choice, {"type": "automatic"}, None) | {"scheduled_on": day.isoformat()}
        self.run(self.world.pay(body, method=method))
        if trouble is not None:  # of the next sale, whenever that is
            self.world.spoil(trouble)

    @rule(method=st.none() | methods, limit=st.sampled_from([None, None, 15_000]), credits_=st.booleans())
    def switch_autopay(self, method: int | None, limit: int | None, credits_: bool) -> None:
        self.run(self.world.switch_autopay(method, limit=limit, credits_=credits_))

    @precondition(lambda self: len(self.world.paused) < 3)
    @rule(total=fresh, choice=choices, method=ways, commit=st.booleans(), credits_=credits_used)
    def pause(self, total: int | None, choice: Any, method: int, commit: bool, credits_: Json) -> None:
        self.run(self.world.pause(self.body(total, choice, credits_, None), method=method, commit=commit))

    @precondition(lambda self: self.world.paused)
    @rule(place=places)
    def go_on(self, place: int) -> None:
        self.run(self.world.go_on(pick(self.world.paused, place)))

    @precondition(lambda self: self.world.requests)
    @rule(place=places)
    def repeat(self, place: int) -> None:
        self.run(self.world.send(pick(self.world.requests, place)))

    @rule(place=places, code=st.sampled_from([None, None, "R01", "R29"]))
    def settle_or_return(self, place: int, code: str | None) -> None:
        step = {"step": "settle"} if code is None else {"step": "return", "body": {"code": code}}
        self.at_gateway(place, lambda sale: self.world.move(sale, **step))

    @rule(place=places)
    def void_charge(self, place: int) -> None:
        self.at_gateway(place, lambda sale: self.run(self.world.void(sale)))

    @rule(place=places, amount=st.sampled_from([None, None, "3.00"]), step=st.sampled_from([None, "win", "lose"]))
    def dispute(self, place: int, amount: str | None, step: str | None) -> None:
        """A bank disputes a charge, or decides on a dispute."""
        if step is None:
            self.at_gateway(place, lambda sale: self.world.dispute(sale, amount))
        else:
            self.world.decide(place, step)

    @rule(place=places, amount=st.integers(1, 3_000))
    def refund_in_vain(self, place: int, amount: int) -> None:
        """The money of a refund that had succeeded comes back."""
        self.at_gateway(place, lambda sale: self.run(self.world.refund_in_vain(sale, amount)))

    @rule(place=places, kind=kinds)
    def sign_webhook(self, place: int, kind: str) -> None:
        self.at_gateway(place, lambda sale: self.world.sign(sale, kind))

    @precondition(lambda self: self.world.webhooks)
    @rule(place=places)
    def deliver_webhook(self, place: int) -> None:
        self.run(self.world.deliver(pick(self.world.webhooks, place)))

    @rule(by=pauses)
    def wait(self, by: Json) -> None:
        self.run(self.world.wait(**by))

    @rule(trouble=refund_troubles)
    def spoil_refund(self, trouble: Json) -> None:
        self.world.spoil(trouble, path="refund$|void$")

    @rule(times=st.integers(1, 2))
    def reconcile(self, times: int) -> None:
        self.run(_at_once(self.world.worker.reconcile, times))

    @rule(times=st.integers(1, 2), sweeps=st.booleans())
    def work(self, times: int, sweeps: bool) -> None:
        if sweeps:
            self.run(self.world.worker.sweep())
        self.run(_at_once(self.world.worker.work, times))

    @invariant()
    def books_add_up(self) -> None:
        self.counts["steps"] += 1
        self.run(self.world.check())

    def teardown(self) -> None:
        try:
            if self.is_whole:
                self.run(self.world.come_to_rest())
                self.run(self.world.compare())
                self.counts["sales"] += len(self.world.sales())
                self.counts["requests"] += len(self.world.requests)
                self.counts["automatic"] += self.run(self.world.count_automatic())
        finally:
            self.run(self.clients.aclose())

    def body(self, total: int | None, choice: Any, credits_: Json, more: int | None) -> Json:
        """The request of a choice, after another invoice; named invoices are places in the list, each once."""
        if total is not None:
            self.run(self.world.office.post(total))
        if isinstance(choice, list):
            wanted = {pick(self.world.office.invoices, place): amount for place, amount in choice}
            choice = of(*(one if amount is None else (one, amount) for one, amount in wanted.items()))
        return {"pay": choice, "credits": credits_, **({} if more is None else {"overpayment": more})}

    def at_gateway(self, place: int, change: Callable[[Sale], object]) -> None:
        """Change one of the newest sales."""
        if sales := self.world.sales():
            change(pick(sales, place))


async def _awaited(work: Awaitable[None]) -> None:
    await work


async def _at_once(work: Callable[[], Awaitable[None]], times: int) -> None:
    """Do the same several times at once, as so many workers do."""
    await asyncio.gather(*(work() for _ in range(times)))


def test_the_books_add_up_in_any_order(own_database: str) -> None:
    """And at rest they equal the gateway's transactions, one for one."""
    with run_sandbox() as sandbox, asyncio.Runner() as Paying.runner:
        opened = AsyncExitStack()
        Paying.worlds = Paying.runner.run(opened.enter_async_context(open_worlds(own_database, sandbox)))
        try:
            run_state_machine_as_test(
                Paying if SEED is None else seed(int(SEED))(Paying),
                settings=settings(
                    max_examples=RUNS,
                    stateful_step_count=STEPS,
                    derandomize=SEED is None,
                    suppress_health_check=list(HealthCheck),
                    print_blob=True,
                    phases=[Phase.generate, Phase.shrink],
                ),
            )
        finally:
            Paying.runner.run(opened.aclose())
    sys.stdout.write(f"\n{dict(Paying.counts)}\n")
