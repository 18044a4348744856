"""The domains on which a merchant may show Apple Pay's button."""

import re
from dataclasses import dataclass, replace

from braintree_sandbox.call import ApiResponse, BraintreeRoutes, Call, created, deleted, found
from braintree_sandbox.state.records import record
from braintree_sandbox.validation.errors import Code, invalid
from braintree_sandbox.wire.values import Array

routes = BraintreeRoutes()

# Braintree's list has no codes for domains, so these two are our own.
_REQUIRED = Code("93524", "Domain name is required.")
_INVALID = Code("93525", "Domain name is invalid.")
_DOMAIN = re.compile(r"(https?://)?(?P<host>[A-Za-z0-9.&-]+)(:\d+)?(/.*)?\Z")
_KEY = "domains"


@record("apple_pay_domains")
@dataclass(frozen=True, slots=True)
class ApplePayDomains:
    """All of a merchant's domains; a merchant that has changed none has one."""

    names: tuple[str, ...] = ("www.example.com",)

    @property
    def key(self) -> str:
        """There is one list a merchant."""
        return _KEY


@routes.post("/processing/apple_pay/validate_domains")
def register(call: Call) -> ApiResponse:
    """Register a domain; a second registration changes nothing."""
    sent = call.text("url")
    if sent is None:
        raise invalid("apple_pay", "url", _REQUIRED)
    name = _host(sent)
    if name is None:
        raise invalid("apple_pay", "url", _INVALID)
    domains = _domains(call)
    if name not in domains.names:
        call.work.put(replace(domains, names=(*domains.names, name)))
    return created("response", {"success": True})


@routes.get("/processing/apple_pay/registered_domains")
def registered(call: Call) -> ApiResponse:
    """Return all domains."""
    return found("response", {"domains": Array("domain", _domains(call).names)})


@routes.delete("/processing/apple_pay/unregister_domain")
def unregister(call: Call) -> ApiResponse:
    """Take a domain off the list; one that is not on it changes nothing."""
    name, domains = _host(call.query.get("url", "")), _domains(call)
    call.work.put(replace(domains, names=tuple(one for one in domains.names if one != name)))
    return deleted()


def _domains(call: Call) -> ApplePayDomains:
    return call.work.get(ApplePayDomains, _KEY) or ApplePayDomains()


def _host(sent: str) -> str | None:
    """Return the domain, from a domain or an address."""
    match = _DOMAIN.match(sent.strip())
    return match["host"].lower() if match else None
