"""Addresses, as a portal sends them."""

from typing import Any

from tests.fixtures.signed_in import Portal

ADDRESSES = "/v1/addresses"
CHICAGO = {
    "recipient": "Pat Example",
    "line1": "1 E Main St",
    "city": "Chicago",
    "region": "IL",
    "postal_code": "60622",
    "country": "US",
}


def new_address(**fields: Any) -> dict[str, Any]:
    """The body of a new address."""
    return {
        "recipient": "Sunny Side Ltd",
        "line1": "1600 Amphitheatre Parkway",
        "city": "Mountain View",
        "region": "CA",
        "postal_code": "94043",
        "country": "US",
        **fields,
    }


async def add_address(portal: Portal, **fields: Any) -> dict[str, Any]:
    """An address in the portal's book, as it was answered."""
    response = await portal.post(ADDRESSES, json=new_address(**fields))
    response.raise_for_status()
    body: dict[str, Any] = response.json()
    return body
