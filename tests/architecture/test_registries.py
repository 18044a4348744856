"""A feature stands in every registry: the contracts, v1.py, tables.py and bootstrap.py."""

from importlib import import_module

import pytest
from fastapi.routing import iter_route_contexts

from billing_api import tables, v1
from tests.architecture.contracts import (
    ABOVE_FEATURES,
    BELOW_FEATURES,
    FEATURES,
    ROOMS,
    SOURCE,
    VALUES,
    features,
    modules_of,
)


def test_every_folder_is_a_known_part_or_a_feature() -> None:
    """The list of features is the only one: what is not in it has a floor of its own."""
    parts = {word for floor in (*ABOVE_FEATURES, *BELOW_FEATURES) for word in floor.split()}
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    assert folders <= parts | {name for siblings in FEATURES for name in siblings}


@pytest.mark.parametrize("feature", [name for name in features() if "routes" in modules_of(name)])
def test_routes_are_mounted(feature: str) -> None:
    """A router that v1.py does not know answers 404."""
    mounted = {getattr(context.endpoint, "__module__", "") for context in iter_route_contexts(v1.router.routes)}
    assert f"billing_api.{feature}.routes" in mounted


@pytest.mark.parametrize("feature", [name for name in features() if "model" in modules_of(name)])
def test_tables_are_known(feature: str) -> None:
    """Migrations and the schema's rules see only what tables.py imports."""
    assert import_module(f"billing_api.{feature}.model") in tables.TABLE_MODULES


@pytest.mark.parametrize("feature", [name for name in features() if "service" in modules_of(name)])
def test_service_is_composed(feature: str) -> None:
    """What nobody puts together can't be asked for."""
    assert f"from billing_api.{feature}.service import" in (SOURCE / "bootstrap.py").read_text()


def test_lists_of_tables_name_tables() -> None:
    """A name in tables.py that is no table is a rule for nothing."""
    assert tables.METADATA.tables.keys() >= tables.GLOBAL_TABLES | tables.APPEND_ONLY_TABLES


def test_modules_of_values_exist() -> None:
    """An exception is removed together with what it was for."""
    for feature, names in VALUES.items():
        assert set(names) <= modules_of(feature) - {word for room in ROOMS for word in room.split()}
