"""Starts the servers and measures one thing after the other."""

import asyncio
import json
import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import uvloop

from benchmarks.contests import Contest, Side, hold
from benchmarks.data import Size
from benchmarks.ground import Ground, grounds
from benchmarks.load import ask, connected
from benchmarks.scenarios import LIST, SCENARIOS, Scenario
from benchmarks.servers import Cores, Server, on_cores, serving

# As in production: log lines are JSON, and nothing is forgiven. The gateway is never called.
_PRODUCTION = {
    "ENVIRONMENT": "production",
    "PUBLIC_URL": "https://billing.example",
    "GATEWAY_ENVIRONMENT": "sandbox",
    "GATEWAY_PRIVATE_KEY": "never-used",
}
_DEEP_PAGE = 4_000
_PAGE = 25


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is printed."""

    contests: Sequence[Contest]
    notes: Sequence[str]


def measure(few: Size, many: Size) -> Outcome:
    """Everything, from an empty folder to the figures; nothing is left behind."""
    cores = Cores.of_this_machine()
    with (
        tempfile.TemporaryDirectory(prefix="billing-bench-") as folder,
        on_cores(cores.others),
        grounds(Path(folder), few, many) as (small, large),
        _limit(large, Path(folder) / "callers.json", cores.server) as limit,
        _service(large, cores.server) as service,
        _service(small, cores.server) as beside,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as loop,
    ):
        contests = [loop.run(_against_limit(scenario, large, limit, service)) for scenario in SCENARIOS]
        contests += loop.run(_by_size(small, beside, large, service)), loop.run(_by_depth(large, service))
        notes = [
            f"{many.invoices:,} invoices of {many.accounts:,} accounts; PostgreSQL without fsync",
            f"servers on {_named(cores.server)}, load and PostgreSQL on {_named(cores.others)}",
            "ratio: the second side's answers to the first's in one round; by CPU: the first's time to the second's",
        ]
        if cores.two_workers is None:
            notes.append("two workers against one is not measured: with the load and PostgreSQL it takes four cores")
        else:
            with _service(large, cores.two_workers, workers=2) as two_workers:
                contests.append(loop.run(_by_workers(large, service, two_workers)))
    return Outcome(contests, notes)


def _limit(ground: Ground, callers_file: Path, cores: set[int]) -> AbstractContextManager[Server]:
    callers_file.write_text(json.dumps({header: str(who.account_id) for header, who in ground.callers.items()}))
    return serving("the limit", ["benchmarks.limit", str(callers_file)], env={"DATABASE_URL": ground.dsn}, cores=cores)


def _service(ground: Ground, cores: set[int], *, workers: int = 1) -> AbstractContextManager[Server]:
    command = ["billing_api.cli", "serve", "--workers", str(workers)]
    return serving("the service", command, env={**_PRODUCTION, **ground.settings}, cores=cores)


async def _against_limit(scenario: Scenario, ground: Ground, limit: Server, service: Server) -> Contest:
    requests = ground.requests(scenario)
    scenario.require_same(await ask(limit.target, requests[0]), await ask(service.target, requests[0]))
    return await hold(
        scenario.name, Side("limit", limit, requests), Side("service", service, requests), goal=scenario.goal
    )


async def _by_size(small: Ground, on_small: Server, large: Ground, on_large: Server) -> Contest:
    sides = [
        Side(f"{ground.size.invoices:,} invoices", server, ground.requests(LIST))
        for ground, server in ((small, on_small), (large, on_large))
    ]
    return await hold(LIST.name, sides[0], sides[1], goal="0.85 to 1.15")


async def _by_depth(ground: Ground, service: Server) -> Contest:
    first, deep = LIST.request(ground.biggest), await _deep_request(ground, service)
    return await hold(
        f"{LIST.name} of {ground.size.biggest:,}",
        Side("page 1", service, [first]),
        Side(f"page {_DEEP_PAGE:,}", service, [deep]),
        goal="≥ 0.50",
    )


async def _deep_request(ground: Ground, service: Server) -> bytes:
    """Walk there as a client would; pages may have any length under way."""
    cursor, left = "", (_DEEP_PAGE - 1) * _PAGE
    async with connected(service.target) as connection:
        while left:
            limit = min(left, 100)
            request = LIST.request(ground.biggest, f"?limit={limit}{cursor}")
            cursor = f"&cursor={json.loads(await connection.exchange(request))['next_cursor']}"
            left -= limit
    return LIST.request(ground.biggest, f"?limit={_PAGE}{cursor}")


async def _by_workers(ground: Ground, one: Server, two: Server) -> Contest:
    requests = ground.requests(LIST)
    return await hold(LIST.name, Side("one worker", one, requests), Side("two workers", two, requests), goal="≥ 1.50")


def _named(cores: set[int]) -> str:
    return f"core{'s' if len(cores) > 1 else ''} {', '.join(map(str, sorted(cores)))}"
