"""Periodic work over many items: one that fails is logged, and many in a row end it."""

import pytest
from structlog.testing import capture_logs

from billing_api.jobs.batches import run_each
from billing_api.jobs.errors import TryAgainError


async def test_one_that_fails_is_logged_and_keeps_no_other_from_its_turn() -> None:
    done = []

    async def work(item: int) -> None:
        if item == 3:
            raise ValueError(item)
        done.append(item)

    with capture_logs() as logs:
        await run_each(range(20), work, event="not_done", facts=lambda item: {"item": str(item)})
    assert sorted(done) == [item for item in range(20) if item != 3]
    assert [(log["event"], log["item"], log["log_level"]) for log in logs] == [("not_done", "3", "error")]


async def test_failures_in_a_row_end_it_with_the_rest_not_tried() -> None:
    """As without the database: a thousand items would wait for a thousand time-outs."""
    tried = []

    async def work(item: int) -> None:
        tried.append(item)
        raise OSError

    with pytest.raises(TryAgainError, match="not_done"):
        await run_each(range(1_000), work, event="not_done", facts=lambda item: {"item": str(item)})
    assert len(tried) < 20
