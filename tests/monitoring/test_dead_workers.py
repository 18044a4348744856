"""The metrics of a worker that was killed."""

import os
from pathlib import Path

import pytest

from billing_api.http.metrics import exposition

_KILLED = 123


@pytest.mark.parametrize("error", [ProcessLookupError, PermissionError])
def test_its_requests_in_flight_are_gone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, error: type[OSError]) -> None:
    """Also when its number belongs to a process of another user by now, which can't be signalled."""
    file = tmp_path / f"gauge_livesum_{_KILLED}.db"
    file.touch()

    def kill(process: int, _: int) -> None:
        assert process == _KILLED
        raise error

    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    monkeypatch.setattr(os, "kill", kill)
    exposition()
    assert not file.exists()
