"""Who may import whom: import-linter's contracts, one test each, and a proof that they see what they forbid."""

from copy import deepcopy
from functools import cache

import pytest
from grimp import ImportGraph, build_graph
from importlinter import Contract

from tests.architecture.contracts import PACKAGES, READS_ACROSS, contracts

CONTRACTS = {contract.name: contract for contract in contracts()}


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=CONTRACTS.keys())
def test_is_kept(contract: Contract) -> None:
    """What the contract forbids is not in the code."""
    check = contract.check(_graph(), verbose=False)
    if not check.kept:
        contract.render_broken_contract(check)
    assert check.kept, (
        f"{contract.name}: see above. docs/adding-a-resource.md says which file of a feature may import which; a type "
        "that bodies and rows share belongs into schemas.py, or into a file that VALUES in contracts.py names"
    )


@pytest.mark.parametrize(
    ("importer", "imported"),
    [
        ("billing_api.kit.money", "billing_api.addresses.service"),
        ("billing_api.addresses.service", "billing_api.payment_methods.service"),
        ("billing_api.config", "billing_api.errors"),
        ("billing_api.v1", "billing_api.bootstrap"),
        ("billing_api.addresses.repository", "billing_api.addresses.service"),
        ("billing_api.addresses.repository", "billing_api.addresses.postal"),
        ("billing_api.addresses.routes", "billing_api.addresses.repository"),
        ("billing_api.addresses", "billing_api.addresses.repository"),
        ("billing_api.overview", "billing_api.addresses.repository"),
        ("billing_api.profiles.routes", "billing_api.profiles.model"),
        ("billing_api.overview", "billing_api.profiles.model"),
        ("billing_api.payments", "braintree"),
        ("braintree_sandbox.call", "braintree"),
        ("billing_api.sessions", "jose"),
        ("billing_api.users", "passlib"),
        ("billing_api.addresses.service", "fastapi"),
        ("billing_api.addresses.repository", "starlette"),
        ("billing_api.kit.version", "billing_api.http.etag"),
        ("billing_api.db.idempotency", "billing_api.auth.deps"),
        ("billing_api.auth.tokens", "billing_api.auth.deps"),
        ("billing_api.addresses.service", "billing_api.sessions.deps"),
        ("billing_api.addresses.service", "sqlalchemy"),
        ("billing_api.dev.seed", "braintree_sandbox.call"),
        ("braintree_sandbox.call", "billing_api.kit.money"),
        ("billing_api.gateway.charges", "billing_api.gateway.braintree.client"),
    ],
)
def test_is_seen(importer: str, imported: str) -> None:
    """An import that one of the contracts forbids breaks one."""
    graph = _graph()
    graph.add_import(importer=importer, imported=imported)
    assert not all(contract.check(deepcopy(graph), verbose=False).kept for contract in CONTRACTS.values())


@pytest.mark.parametrize(("reader", "read"), [(reader, one) for reader, all_ in READS_ACROSS.items() for one in all_])
def test_exception_is_needed(reader: str, read: str) -> None:
    """An exception goes when what it was for is gone."""
    importers = _graph().find_modules_that_directly_import(f"billing_api.{read}.model")
    assert any(f"{name}.".startswith(f"billing_api.{reader}.repository.") for name in importers)


def _graph() -> ImportGraph:
    """A copy of the imports as they are; a contract may change its copy."""
    return deepcopy(_built())


@cache
def _built() -> ImportGraph:
    return build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)
