"""Finds the resources by looking into their packages, so that a new one is one new file."""

from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType

import braintree_sandbox.client.graphql.operations
import braintree_sandbox.client.routes
import braintree_sandbox.control
import braintree_sandbox.resources
from braintree_sandbox.call import BraintreeRoutes
from braintree_sandbox.client.call import ClientRoutes
from braintree_sandbox.client.graphql.operation import Operations
from braintree_sandbox.control.call import ControlRoutes
from braintree_sandbox.sandbox import PassTime
from braintree_sandbox.webhooks.outbox import AnyWatch


def _modules(package: ModuleType) -> list[ModuleType]:
    return [import_module(found.name) for found in walk_packages(package.__path__, f"{package.__name__}.")]


def resource_routes() -> list[BraintreeRoutes]:
    """The routes of every resource."""
    return [module.routes for module in _modules(braintree_sandbox.resources) if hasattr(module, "routes")]


def pass_time() -> list[PassTime]:
    """What happens in each resource as days go by."""
    return [module.pass_time for module in _modules(braintree_sandbox.resources) if hasattr(module, "pass_time")]


def watches() -> list[AnyWatch]:
    """What each resource's changes tell by webhook."""
    return [module.watch for module in _modules(braintree_sandbox.resources) if hasattr(module, "watch")]


def client_routes() -> list[ClientRoutes]:
    """The routes of the client API."""
    return [module.routes for module in _modules(braintree_sandbox.client.routes) if hasattr(module, "routes")]


def graphql_operations() -> list[Operations]:
    """The parts of the GraphQL schema."""
    modules = _modules(braintree_sandbox.client.graphql.operations)
    return [module.operations for module in modules if hasattr(module, "operations")]


def control_routes() -> list[ControlRoutes]:
    """The routes of the control API."""
    return [module.routes for module in _modules(braintree_sandbox.control) if hasattr(module, "routes")]
