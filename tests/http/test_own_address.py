"""Location and Link are whole addresses, under which the client reaches the API."""

from types import SimpleNamespace
from urllib.parse import urlsplit

import pytest
from fastapi import Request

from billing_api.config import Settings
from billing_api.http.own_address import own_address
from tests.factories.addresses import ADDRESSES, CHICAGO, add_address
from tests.factories.payments import new_key
from tests.factories.users import make_member
from tests.fixtures.served import SERVE, served_by
from tests.fixtures.services import Services
from tests.fixtures.signed_in import Portal


def request(host: str | None, scheme: str = "http", public_url: str = "") -> Request:
    """A request with this Host."""
    app = SimpleNamespace(state=SimpleNamespace(settings=Settings(host="127.0.0.1", port=8000, public_url=public_url)))
    headers = [] if host is None else [(b"host", host.encode())]
    return Request({"type": "http", "app": app, "headers": headers, "scheme": scheme, "path": "/"})


@pytest.mark.parametrize("host", ["localhost:8000", "billing.example.com", "[::1]:8000", "10.0.0.7", None, "a>b"])
def test_public_url_comes_first(host: str | None) -> None:
    """A client can't put another host into it."""
    assert own_address(request(host, public_url="https://b.example.com/api/")) == "https://b.example.com/api"


@pytest.mark.parametrize("host", ["localhost:8000", "billing.example.com", "[::1]:8000", "10.0.0.7"])
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_request_says_it_otherwise(host: str, scheme: str) -> None:
    """The address to which the client has sent the request."""
    assert own_address(request(host, scheme)) == f"{scheme}://{host}"


@pytest.mark.parametrize("host", [None, "", 'a>; rel="next"', "a/b", "a b", "a:port", "user@a", "a:123456"])
def test_host_that_is_none(host: str | None) -> None:
    """The setting's address then counts, so that nothing breaks out of a Link."""
    assert own_address(request(host)) == "http://127.0.0.1:8000"


async def test_location_and_link_begin_with_public_url(portal: Portal) -> None:
    """Also the Location of a replay; the Host of the request does not count."""
    other_host = {"Host": "elsewhere.example.com"}
    key = new_key()
    for _ in range(2):
        created = await portal.post(ADDRESSES, json=CHICAGO, headers=key | other_host)
        assert created.headers["location"] == f"http://billing.test{ADDRESSES}/{created.json()['id']}"
    await add_address(portal)
    page = await portal.get(f"{ADDRESSES}?limit=1", headers=other_host)
    cursor = page.json()["next_cursor"]
    assert page.headers["link"] == f'<http://billing.test{ADDRESSES}?limit=1&cursor={cursor}>; rel="next"'


@pytest.mark.slow
async def test_a_trusted_proxy_says_the_scheme(settings: Settings, services: Services) -> None:
    """X-Forwarded-Proto counts from the addresses of TRUSTED_PROXIES alone."""
    forwarded = {"Host": "localhost:8443", "X-Forwarded-Proto": "https"}
    for proxies, scheme in (({"TRUSTED_PROXIES": "127.0.0.1"}, "https"), ({}, "http")):
        async with served_by(settings, SERVE, PUBLIC_URL="", TOKEN_ISSUER=settings.issuer, **proxies) as served:
            client = await served.sign_in(await make_member(services))
            created = await client.post(ADDRESSES, json=CHICAGO, headers=forwarded)
            place = urlsplit(created.headers["location"])
            assert (place.scheme, place.netloc) == (scheme, "localhost:8443")
