"""A feature stands in the list of features, and its FEATURE names all that the application has to know.

docs/adding-a-resource.md shows each step; what fails here says which one is missing.
"""

from importlib import import_module
from pathlib import Path

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
from tests.architecture.migrations import VERSIONS

TESTS = Path(__file__).parents[1]
LISTED = [name for name in features() if "feature" in modules_of(name)]


def feature_of(name: str) -> Feature:
    """The feature in this folder."""
    feature: Feature = import_module(f"billing_api.{name}.feature").FEATURE
    return feature


def test_every_folder_is_a_known_part_or_a_feature() -> None:
    parts = {word for floor in (*ABOVE_FEATURES, *BELOW_FEATURES, *GROUND) for word in floor.split()}
    folders = {path.parent.name for path in SOURCE.glob("*/*.py")}
    unknown = sorted(folders - parts - {path.parent.name for path in SOURCE.glob("*/feature.py")})
    assert not unknown, f"add a feature.py with a FEATURE to {_folders(unknown)}, as in src/billing_api/addresses"


def test_every_folder_is_a_package() -> None:
    folders = {path.parent.name for path in SOURCE.glob("*/*.py")}
    bare = sorted(folders - {path.parent.name for path in SOURCE.glob("*/__init__.py")})
    assert not bare, f"add an empty __init__.py to {_folders(bare)}"


@pytest.mark.parametrize("name", LISTED)
def test_the_list_has_each_feature_once(name: str) -> None:
    listed = [feature for feature in FEATURES if feature is feature_of(name)]
    line = f"from billing_api.{name}.feature import FEATURE as {name.upper()}"
    assert len(listed) == 1, f"add {name.upper()} once to FEATURES in src/billing_api/features.py, and the line: {line}"


def test_the_list_has_features_of_folders_alone() -> None:
    """A feature that is made elsewhere has no place among the import contracts."""
    known = [feature_of(name) for name in LISTED]
    assert all(any(feature is one for one in known) for feature in FEATURES), (
        f"each of FEATURES in src/billing_api/features.py is the FEATURE of one of {LISTED}"
    )


@pytest.mark.parametrize("name", [name for name in LISTED if "routes" in modules_of(name)])
def test_routes_are_mounted(name: str) -> None:
    """A router that is not mounted responds with 404."""
    assert feature_of(name).routes is not None, f"add `routes=router` to FEATURE in {_file(name)}"
    mounted = {getattr(context.endpoint, "__module__", "") for context in iter_route_contexts(v1.router.routes)}
    assert f"billing_api.{name}.routes" in mounted, f"add {name.upper()} to FEATURES in src/billing_api/features.py"


@pytest.mark.parametrize("name", [name for name in LISTED if "model" in modules_of(name)])
def test_tables_are_known(name: str) -> None:
    """Migrations and the schema's rules see the tables of FEATURE alone."""
    defined = {
        table.name for table in vars(import_module(f"billing_api.{name}.model")).values() if isinstance(table, Table)
    }
    missing = sorted(defined - {table.name for table in feature_of(name).tables})
    assert not missing, f"add `tables=[{', '.join(missing)}]` to FEATURE in {_file(name)}"


def test_tables_have_migrations() -> None:
    """tests/db/test_migrations.py compares their columns, too, on a real server."""
    written = "".join(path.read_text() for path in VERSIONS.glob("*.py"))
    missing = sorted(name for name in tables.METADATA.tables if f'"{name}"' not in written)
    assert not missing, f'run `make migration m="Add the table of {missing[0]}"`'


@pytest.mark.parametrize("name", [name for name in LISTED if "service" in modules_of(name)])
def test_service_is_made(name: str) -> None:
    """A service that no feature makes can't be asked for."""
    made = {kind.__module__ for kind in feature_of(name).parts}
    assert f"billing_api.{name}.service" in made, (
        f"add `parts={{…: lambda core, parts: …}}` with the class of service.py to FEATURE in {_file(name)}"
    )


@pytest.mark.parametrize("name", [name for name in LISTED if "routes" in modules_of(name)])
def test_routes_have_tests(name: str) -> None:
    """The matrix tests the callers; what a route does is tested beside the others of its kind."""
    assert list((TESTS / name).glob("test_*.py")), f"add tests/{name}/test_routes.py"


def test_lists_of_tables_name_tables() -> None:
    """A name in tables.py that is no table is a rule for nothing."""
    unknown = (tables.GLOBAL_TABLES | tables.APPEND_ONLY_TABLES) - tables.METADATA.tables.keys()
    assert not unknown, f"remove {sorted(unknown)} from src/billing_api/tables.py"


def test_modules_of_values_exist() -> None:
    """An exception is removed together with what it was for."""
    for feature, names in VALUES.items():
        assert set(names) <= modules_of(feature) - {word for room in ROOMS for word in room.split()}


def _file(name: str) -> str:
    return f"src/billing_api/{name}/feature.py"


def _folders(names: list[str]) -> str:
    return ", ".join(f"src/billing_api/{name}" for name in names)
