"""A GraphQL operation: its argument, its errors, and its declaration."""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

from braintree_sandbox.browsers.credentials import Credential
from braintree_sandbox.call import Call
from braintree_sandbox.client.call import ClientCall


class ErrorClass(Enum):
    """The class of an error; clients turn each but the first into an exception."""

    VALIDATION = "VALIDATION"
    AUTHENTICATION = "AUTHENTICATION"
    AUTHORIZATION = "AUTHORIZATION"
    NOT_FOUND = "NOT_FOUND"
    INTERNAL = "INTERNAL"


class OperationError(Exception):
    """The operation is refused; `path` names the wrong value within the operation's arguments."""

    def __init__(self, error_class: ErrorClass, message: str, *, path: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.error_class = error_class
        self.path = path


def wrong_value(message: str, *path: str) -> OperationError:
    """Return the refusal of a value within the operation's input."""
    return OperationError(ErrorClass.VALIDATION, message, path=("input", *path))


@dataclass(frozen=True, slots=True)
class GraphqlCall:
    """One request: its unit of work, and the browser's credential, None for a merchant's server."""

    call: Call
    credential: Credential | None

    @property
    def client(self) -> ClientCall:
        """The same call for functions that serve browsers; a server that calls them has its cards checked."""
        credential = self.credential or Credential(merchant_id=self.call.merchant.id, validates=True)
        return ClientCall(self.call, credential)


Arguments = dict[str, Any]
Function = Callable[[GraphqlCall, Arguments], object]


class Entry(NamedTuple):
    """One function: its type and field, and whether browsers may call it."""

    type: str
    field: str
    for_browsers: bool
    function: Function


@dataclass(slots=True)
class Operations:
    """A part of the schema in GraphQL's own language, and the functions of its fields."""

    schema: str
    entries: list[Entry] = field(default_factory=list)

    def query(self, name: str, *, for_browsers: bool = False) -> Callable[[Function], Function]:
        """Decorate the function of a field of the queries."""
        return self.on("Query", name, for_browsers=for_browsers)

    def mutation(self, name: str, *, for_browsers: bool = False) -> Callable[[Function], Function]:
        """Decorate the function of a field of the mutations."""
        return self.on("Mutation", name, for_browsers=for_browsers)

    def on(self, type_name: str, name: str, *, for_browsers: bool = True) -> Callable[[Function], Function]:
        """Decorate the function of a field of any type; one without a function is read from its parent's result."""

        def register(function: Function) -> Function:
            self.entries.append(Entry(type_name, name, for_browsers, function))
            return function

        return register
