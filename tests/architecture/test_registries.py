"""A feature stands in the list of features, and its FEATURE names all that the application has to know."""

from importlib import import_module

import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import Table

from billing_api import tables, v1
from billing_api.feature import Feature
from billing_api.features import FEATURES
from tests.architecture.contracts import (
    ABOVE_FEATURES,
    BELOW_FEATURES,
    GROUND,
    ROOMS,
    SOURCE,
    VALUES,
    features,
    modules_of,
)

LISTED = [name for name in features() if "feature" in modules_of(name)]


def feature_of(name: str) -> Feature:
    """The feature in this folder."""
    feature: Feature = import_module(f"billing_api.{name}.feature").FEATURE
    return feature


def test_every_folder_is_a_known_part_or_a_feature() -> None:
    parts = {word for floor in (*ABOVE_FEATURES, *BELOW_FEATURES, *GROUND) for word in floor.split()}
    folders = {path.parent.name for path in SOURCE.glob("*/__init__.py")}
    unknown = sorted(folders - parts - set(LISTED))
    assert not unknown, f"add a feature.py to {unknown} and its FEATURE to billing_api/features.py"


def test_the_list_has_each_feature_once() -> None:
    assert len({id(feature) for feature in FEATURES}) == len(FEATURES) == len(LISTED)


@pytest.mark.parametrize("name", [name for name in LISTED if "routes" in modules_of(name)])
def test_routes_are_mounted(name: str) -> None:
    """A router that is not mounted answers 404."""
    mounted = {getattr(context.endpoint, "__module__", "") for context in iter_route_contexts(v1.router.routes)}
    assert f"billing_api.{name}.routes" in mounted, f"say `routes=router` in billing_api/{name}/feature.py"


@pytest.mark.parametrize("name", [name for name in LISTED if "model" in modules_of(name)])
def test_tables_are_known(name: str) -> None:
    """Migrations and the schema's rules see the tables of FEATURE alone."""
    defined = {
        table.name for table in vars(import_module(f"billing_api.{name}.model")).values() if isinstance(table, Table)
    }
    missing = sorted(defined - {table.name for table in feature_of(name).tables})
    assert not missing, f"add {missing} to the tables in billing_api/{name}/feature.py"


@pytest.mark.parametrize("name", [name for name in LISTED if "service" in modules_of(name)])
def test_service_is_made(name: str) -> None:
    """A service that no feature makes can't be asked for."""
    made = {kind.__module__ for kind in feature_of(name).parts}
    assert f"billing_api.{name}.service" in made, f"add the service to the parts in billing_api/{name}/feature.py"


def test_lists_of_tables_name_tables() -> None:
    """A name in tables.py that is no table is a rule for nothing."""
    assert tables.METADATA.tables.keys() >= tables.GLOBAL_TABLES | tables.APPEND_ONLY_TABLES


def test_modules_of_values_exist() -> None:
    """An exception is removed together with what it was for."""
    for feature, names in VALUES.items():
        assert set(names) <= modules_of(feature) - {word for room in ROOMS for word in room.split()}
