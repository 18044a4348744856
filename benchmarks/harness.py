"""Start the servers and measure one thing after the other."""

import asyncio
import json
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from uuid import UUID

import uvloop

from benchmarks.contests import Contest, Side, hold
from benchmarks.exports import Export, measure_exports
from benchmarks.gateway import sdk_seconds, store_cards, with_cards
from benchmarks.goals import Goal
from benchmarks.ground import Ground, grounds
from benchmarks.limit.writes import Actor
from benchmarks.load import ask, connected
from benchmarks.neighbours import Neighbours, measure_neighbours
from benchmarks.plans import Plan
from benchmarks.printing import Printing, measure_printing
from benchmarks.programs import Import, Loading, measure_import, measure_loading
from benchmarks.reading import Reading, measure_reading
from benchmarks.roundtrips import counting, round_trips
from benchmarks.scenarios import LIST, SCENARIOS, Customer, Scenario
from benchmarks.servers import Cores, Server, on_cores, serving, serving_gateway

# As in production: log lines are JSON, and nothing is forgiven.
_PRODUCTION = {
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://billing.example",
    "TRUSTED_PROXIES": "none",
    "GATEWAY_ENVIRONMENT": "sandbox",
    "GATEWAY_MERCHANT_ID": "bench",
    "GATEWAY_PUBLIC_KEY": "bench",
    "GATEWAY_PRIVATE_KEY": "never-used",
    "GATEWAY_MERCHANT_ACCOUNTS": '{"USD": "bench"}',
    "GATEWAY_ACH_MERCHANT_ACCOUNT": "bench_ach",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_PORT": "9",  # closed, as the next
    "MAIL_SENDER": "billing@vendor.com",
    "HTTPS_PROXY": "http://127.0.0.1:9",  # nothing leaves this machine
}
_FLAT, _DEEP, _SCALES = Goal(least=0.85, most=1.15), Goal(least=0.5), Goal(least=1.5)
_PAGE = 25


@dataclass(frozen=True, slots=True)
class Outcome:
    """The figures of a run."""

    contests: Sequence[Contest]
    neighbours: Neighbours
    exports: Sequence[Export]
    reading: Reading
    imported: Import
    loading: Loading
    printing: Sequence[Printing]
    payment_seconds: tuple[float, float]  # CPU time of a payment with the SDK, and of the SDK alone
    notes: Sequence[str]


@dataclass(slots=True)
class _Stage:
    """The servers of a run. `limit`, `service` and `paying` are on the large database; `paying` has a gateway."""

    plan: Plan
    cores: Cores
    folder: Path
    small: Ground
    large: Ground
    limit: Server
    service: Server
    beside: Server  # on the small database
    paying: Server
    gateway: Server
    cards: Mapping[UUID, UUID] = field(default_factory=dict)

    def customers(self, scenario: Scenario, *, of_limit: bool = False) -> list[Customer]:
        """Return the customers who send the scenario's requests."""
        customers = self.large.customers_of_limit() if of_limit else self.large.customers()
        return with_cards(customers, self.cards) if scenario.pays else customers


def measure(plan: Plan) -> Outcome:
    """Measure everything, from an empty folder to the figures; nothing is left behind."""
    cores = Cores.of_this_machine()
    with (
        tempfile.TemporaryDirectory(prefix="billing-bench-") as name,
        on_cores(cores.others),
        grounds(folder := Path(name), plan.few, plan.many) as (small, large),
        serving_gateway(cores.others) as gateway,
        _limit(large, large.dsn, folder, cores.server) as limit,
        _service(large, cores.server) as service,
        _service(small, cores.server) as beside,
        _paying(large, large.dsn, gateway, cores.server) as paying,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop,
    ):
        stage = _Stage(plan, cores, folder, small, large, limit, service, beside, paying, gateway)
        stage.cards = loop.run(store_cards(paying.target, large.customers()[: plan.payers]))
        counts = _count_round_trips(stage, loop)
        contests = [loop.run(_against_limit(stage, scenario, *counts[scenario.name])) for scenario in SCENARIOS]
        contests += loop.run(_by_size(stage)), loop.run(_by_depth(stage))
        if cores.two_workers is not None:
            with _service(large, cores.two_workers, workers=2) as two_workers:
                contests.append(loop.run(_by_workers(stage, two_workers)))
        payers, others = stage.customers(SCENARIOS[-1]), large.customers()[plan.payers :] or large.customers()
        neighbours = loop.run(measure_neighbours(paying, gateway, payers, others, plan.beside))
        exports = loop.run(measure_exports(service, large.biggest(), plan.exports))
        reading = loop.run(measure_reading(service, large.customers(), plan.rounds, plan.requests))
        imported = measure_import(small.dsn, folder, plan.lines, cores.server)
        loading = measure_loading(plan.starts, cores.server)
        printing = measure_printing(plan.exports, cores.server)
    pay = next(contest for contest in contests if contest.title == SCENARIOS[-1].name)
    sdk = pay.typical(1).apart
    payment = (pay.typical(1).cpu + sdk, sdk)
    return Outcome(contests, neighbours, exports, reading, imported, loading, printing, payment, _notes(plan, cores))


def _notes(plan: Plan, cores: Cores) -> list[str]:
    notes = [
        f"{plan.many.invoices:,} invoices of {plan.many.accounts:,} accounts; PostgreSQL without fsync",
        f"servers on {_named(cores.server)}; load, PostgreSQL and gateway on {_named(cores.others)}",
        "ratio by CPU: the first side's CPU time for a request by the second's, the median of the rounds",
        "ratio by rate: the second side's responses by the first's, the median of the rounds",
        "a payment's CPU is without that of Braintree's SDK, measured by itself; its latency has the gateway's time",
    ]
    if cores.two_workers is None:
        notes.append("two workers against one is not measured: with the load and PostgreSQL it takes four cores")
    return notes


def _limit(ground: Ground, dsn: str, folder: Path, cores: set[int]) -> AbstractContextManager[Server]:
    actors = {
        customer.header: asdict(Actor(customer.account_id, customer.user_id))
        for customer in ground.customers_of_limit()
    }
    file = folder / "actors.json"
    file.write_text(json.dumps(actors, default=str))
    return serving("the limit", ["benchmarks.limit", str(file)], env={"DATABASE_URL": dsn}, cores=cores)


def _service(ground: Ground, cores: set[int], *, workers: int = 1) -> AbstractContextManager[Server]:
    command = ["billing_api.cli", "serve", "--workers", str(workers)]
    return serving("the service", command, env={**_PRODUCTION, **ground.settings}, cores=cores)


def _paying(ground: Ground, dsn: str, gateway: Server, cores: set[int]) -> AbstractContextManager[Server]:
    """Serve with the local gateway, which production refuses, and otherwise as in production."""
    env = {
        **ground.settings,
        "DATABASE_URL": dsn,
        "GATEWAY_HOST": gateway.target.host,
        "GATEWAY_PORT": str(gateway.target.port),
        "LOG_FORMAT": "json",
    }
    return serving("the paying service", ["billing_api.cli", "serve"], env=env, cores=cores)


def _count_round_trips(stage: _Stage, loop: asyncio.Runner) -> dict[str, tuple[int, int]]:
    """Return the round trips of each scenario, of the limit and of the service."""
    counts: dict[bool, list[int]] = {}
    for of_limit in (True, False):
        folder = stage.folder / f"counted-{of_limit}"
        folder.mkdir()
        with counting(stage.large.dsn, folder) as (dsn, counter), _counted(stage, dsn, of_limit=of_limit) as server:
            counts[of_limit] = [
                loop.run(
                    round_trips(server.target, scenario.requests(stage.customers(scenario, of_limit=of_limit)), counter)
                )
                for scenario in SCENARIOS
            ]
    names = [scenario.name for scenario in SCENARIOS]
    return {name: (limit, service) for name, limit, service in zip(names, counts[True], counts[False], strict=True)}


def _counted(stage: _Stage, dsn: str, *, of_limit: bool) -> AbstractContextManager[Server]:
    if of_limit:
        return _limit(stage.large, dsn, stage.folder, stage.cores.server)
    return _paying(stage.large, dsn, stage.gateway, stage.cores.server)


async def _against_limit(stage: _Stage, scenario: Scenario, of_limit: int, of_service: int) -> Contest:
    theirs, ours = stage.customers(scenario, of_limit=True), stage.customers(scenario)
    server = stage.paying if scenario.pays else stage.service
    scenario.require_same(
        await ask(stage.limit.target, scenario.request(theirs[0])),
        await ask(server.target, scenario.request(ours[0])),
    )
    return await hold(
        scenario.name,
        Side("limit", stage.limit, scenario.requests(theirs), round_trips=of_limit),
        Side(
            "service",
            server,
            scenario.requests(ours),
            apart=partial(sdk_seconds, stage.gateway.target, stage.plan.payments, stage.cores.server)
            if scenario.pays
            else None,
            round_trips=of_service,
        ),
        plan=stage.plan,
        count=stage.plan.payments if scenario.pays else stage.plan.requests,
        cpu_goal=scenario.goal,
        round_trips_goal=scenario.most_round_trips,
        with_tail=True,
    )


async def _by_size(stage: _Stage) -> Contest:
    sides = [
        Side(f"{ground.size.invoices:,} invoices", server, LIST.requests(ground.customers()))
        for ground, server in ((stage.small, stage.beside), (stage.large, stage.service))
    ]
    return await hold(LIST.name, *sides, plan=stage.plan, count=stage.plan.requests, rate_goal=_FLAT)


async def _by_depth(stage: _Stage) -> Contest:
    biggest, page = stage.large.biggest(), stage.plan.deep_page
    query = await _deep_query(stage.service, biggest, page)
    return await hold(
        f"{LIST.name} of {stage.large.size.biggest:,}",
        Side("page 1", stage.service, LIST.requests([biggest])),
        Side(f"page {page:,}", stage.service, replace(LIST, query=query).requests([biggest])),
        plan=stage.plan,
        count=stage.plan.requests,
        rate_goal=_DEEP,
    )


async def _deep_query(service: Server, customer: Customer, page: int) -> str:
    """Return the query of a page far down, found as a client finds it; the pages before may have any length."""
    cursor, left = "", (page - 1) * _PAGE
    async with connected(service.target) as connection:
        while left:
            limit = min(left, 100)
            body = await connection.exchange(LIST.request(customer, f"?limit={limit}{cursor}"))
            cursor = f"&cursor={json.loads(body)['next_cursor']}"
            left -= limit
    return f"?limit={_PAGE}{cursor}"


async def _by_workers(stage: _Stage, two_workers: Server) -> Contest:
    customers = stage.large.customers()
    return await hold(
        LIST.name,
        Side("one worker", stage.service, LIST.requests(customers)),
        Side("two workers", two_workers, LIST.requests(customers)),
        plan=stage.plan,
        count=stage.plan.requests,
        rate_goal=_SCALES,
    )


def _named(cores: set[int]) -> str:
    return f"core{'s' if len(cores) > 1 else ''} {', '.join(map(str, sorted(cores)))}"
