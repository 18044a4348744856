"""The services of the application, as routes get them: `Annotated[AddressBook, Depends(provided(AddressBook))]`."""

from typing import Annotated, Generic, TypeVar

from fastapi import Depends, Request

from billing_api.auth.rates import Rates
from billing_api.config import Settings
from billing_api.http.parameters import Parameter

ServiceT = TypeVar("ServiceT")


class _Provided(Parameter, Generic[ServiceT]):
    def __init__(self, service: type[ServiceT]) -> None:
        self._service = service

    async def __call__(self, request: Request) -> ServiceT:
        return self.read(request, b"")

    def read(self, request: Request, body: bytes) -> ServiceT:  # noqa: ARG002 - a service is no part of a request
        found: ServiceT = request.app.state.parts[self._service]
        return found


def provided(service: type[ServiceT]) -> _Provided[ServiceT]:
    """Return a dependency that gives the application's one instance of `service`."""
    return _Provided(service)


class _ProvidedSettings(Parameter):
    async def __call__(self, request: Request) -> Settings:
        return self.read(request, b"")

    def read(self, request: Request, body: bytes) -> Settings:  # noqa: ARG002 - they are no part of a request
        settings: Settings = request.app.state.settings
        return settings


SettingsDep = Annotated[Settings, Depends(_ProvidedSettings())]
RatesDep = Annotated[Rates, Depends(provided(Rates))]
