"""The load is for this machine alone, and its percentiles are latencies that were measured."""

import pytest

from benchmarks.load import Burst, LoadError, Target


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1"])
def test_loopback_may_be_loaded(host: str) -> None:
    """By its addresses."""
    assert Target(host, 8000).host == host


@pytest.mark.parametrize(
    "host", ["192.0.2.1", "10.0.0.1", "0.0.0.0", "::", "169.254.1.1", "example.com", "localhost", ""]
)
def test_anything_else_is_refused(host: str) -> None:
    """Names too: others decide where they lead."""
    with pytest.raises(LoadError, match="loopback"):
        Target(host, 8000)


def test_percentiles_are_latencies_that_were_measured() -> None:
    """The smallest one that so many percent stayed within."""
    burst = Burst(seconds=2.0, latencies=[0.1, 0.2, 0.3, 0.4])
    assert (burst.rate, burst.percentile(50), burst.percentile(99)) == (2.0, 0.2, 0.4)
