"""How a route gets the service that main put together: `Annotated[AddressBook, Depends(provided(AddressBook))]`."""

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from fastapi import Request

ServiceT = TypeVar("ServiceT")


def provided(service: type[ServiceT]) -> Callable[[Request], Coroutine[Any, Any, ServiceT]]:
    """A dependency that answers the application's one instance of `service`."""

    async def find(request: Request) -> ServiceT:
        found: ServiceT = request.app.state.provided[service]
        return found

    return find
