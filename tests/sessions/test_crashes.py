"""A process that is killed in the middle of sign-ins leaves no wrong password behind."""

import asyncio

import asyncpg
import httpx
import pytest

from billing_api.config import Settings
from tests.factories.sessions import PASSWORD
from tests.factories.users import Member
from tests.fixtures.queries import Sql
from tests.fixtures.served import SERVE, Served, served_by
from tests.fixtures.waiting import looks

pytestmark = pytest.mark.slow

_HELD_UP = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
RIGHT, WRONG = PASSWORD, "a quiet river at dusk"


async def try_all(served: Served, member: Member, *passwords: str) -> list[httpx.Response | BaseException]:
    """Sign in with all of these at once."""
    async with httpx.AsyncClient(base_url=served.url, trust_env=False, timeout=60) as client:
        tries = (client.post("/v1/sessions", json={"email": member.email, "password": given}) for given in passwords)
        return await asyncio.gather(*tries, return_exceptions=True)


async def test_sign_ins_that_a_kill_broke_off_count_nothing(
    settings: Settings, served: Served, sql: Sql, member: Member
) -> None:
    """Three rounds of four, each stopped between its right password and its session: more than there are tries."""
    for _ in range(3):
        async with served_by(settings, SERVE) as dying:
            holder = await asyncpg.connect(settings.database_url)
            async with holder.transaction():
                await holder.execute("SELECT FROM users WHERE id = $1 FOR UPDATE", member.user_id)
                under_way = asyncio.create_task(try_all(dying, member, *[RIGHT] * 4))
                for _look in looks("four sign-ins that wait for the user's row"):
                    if await sql.fetchval(_HELD_UP) == 4:
                        break
                dying.kill()
                assert all(isinstance(response, httpx.TransportError) for response in await under_way)
            await holder.close()
    responses = [await try_all(served, member, WRONG) for _ in range(10)]
    assert [response.status_code for [response] in responses if isinstance(response, httpx.Response)] == [401] * 10
    [refused] = await try_all(served, member, RIGHT)
    assert isinstance(refused, httpx.Response)
    assert refused.status_code == 429
