"""The argument of a function of the client API, and its result."""

from collections.abc import Callable
from dataclasses import dataclass

from braintree_sandbox.browsers.credentials import Credential
from braintree_sandbox.call import Call
from braintree_sandbox.records.customer import Customer
from braintree_sandbox.wire.refusals import AuthorisationRefusedError
from braintree_sandbox.wire.routes import Routes


@dataclass(frozen=True, slots=True)
class ClientCall:
    """One request of a browser: its unit of work and its credential."""

    call: Call
    credential: Credential

    def customer(self) -> Customer | None:
        """Return the customer of the client token. Raise AuthorisationRefusedError when that customer is deleted."""
        if self.credential.customer_id is None:
            return None
        customer = self.call.work.get(Customer, self.credential.customer_id)
        if customer is None:
            raise AuthorisationRefusedError("The customer of this client token does not exist.")
        return customer


@dataclass(frozen=True, slots=True)
class ClientResponse:
    """A status and a document of JSON."""

    status: int
    document: dict[str, object]


ClientHandler = Callable[[ClientCall], ClientResponse]
ClientRoutes = Routes[ClientHandler]
"""The routes of one kind, below `/merchants/{merchant_id}/client_api`; each function takes a ClientCall."""
