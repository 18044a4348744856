"""The import contracts (docs/architecture.md), made from one list of features so that none is forgotten."""

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from importlinter import Contract, configuration
from importlinter.contracts.acyclic_siblings import AcyclicSiblingsContract
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

from billing_api.features import FEATURES

configuration.configure()

_TOP = Path(__file__).parents[2]
SOURCE = _TOP / "src" / "billing_api"
SANDBOX = _TOP / "sandbox" / "src" / "braintree_sandbox"
PACKAGES = ["billing_api", "braintree_sandbox"]

# The parts that every feature stands on, from the ground up.
GROUND = ("audit : events", "accounts", "core", "parts", "feature")


def _features() -> tuple[str, ...]:
    """Return the names of the features from the ground up, as billing_api/features.py lists them.

    One that is not in the list, which test_registries.py says, comes last.
    """
    places = {id(feature): place for place, feature in enumerate(FEATURES)}
    names = {path.parent.name for path in SOURCE.glob("*/feature.py") if (path.parent / "__init__.py").is_file()}
    found = {name: import_module(f"billing_api.{name}.feature").FEATURE for name in names}
    return tuple(sorted(sorted(names), key=lambda name: places.get(id(found[name]), len(places))))


ORDER = ("audit", "events", "accounts", *_features())
# From the top down; `|` stands between parts that know nothing of each other, `:` between those that may.
ABOVE_FEATURES = (
    *("dev", "cli", "server", "main | starting | working | worker_port", "bootstrap | v1 | tables | measures"),
    *("work_measures", "housekeeping", "features"),
)
_SETTINGS = ("document", "gateway", "mail", "payment", "rate", "sign_in", "worker")
BELOW_FEATURES = (
    *("http", "auth : gateway : jobs : mail : db", "documents", "locales", "logs", "kit", "errors", "config"),
    " | ".join(f"{part}_settings" for part in _SETTINGS),
    "setting_types",
)
# Inside a feature; a module that is not named here sits beside the service.
ROOMS = ("feature", "routes | tasks", "deps", "service", "repository", "model : schemas : errors")
# The rooms that know HTTP.
HTTP_ROOMS = frozenset({"feature", "routes", "deps"})
# Values and bodies that repositories and other features name: they sit beside the model.
VALUES = {
    "autopay": ("fields", "values"),
    "chargebacks": ("states",),
    "deliveries": ("fields", "states"),
    "events": ("values",),
    "users": ("values",),
    "ledger": ("values",),
    "invoices": ("application_schemas", "create_schemas", "fields", "values"),
    "invoice_disputes": ("fields",),
    "notifications": ("fields",),
    "payment_methods": ("fields", "states"),
    "payments": ("credit_schemas", "fields", "method_schemas", "quote_schemas", "schedule_schemas", "states", "values"),
    "payouts": ("states",),
    "reconciliation": ("values",),
    "refunds": ("choosing", "fields", "states", "values"),
    "statement_schedules": ("fields",),
    "statements": ("fields",),
}

# One statement over several features' tables is one snapshot and one round trip: whose tables such a repository reads.
READS_ACROSS = {
    "autopay": ("accounts", "invoices", "payments"),
    "balances": ("accounts", "ledger", "invoices", "credits"),
    "invoice_disputes": ("accounts", "invoices"),
    "notifications": ("accounts", "autopay", "invoices"),
    "payments": ("credits", "deposits", "payment_methods"),
    "profiles": ("accounts",),
    "refunds": ("invoices",),
    "transactions": ("ledger", "invoices", "payments", "deposits"),
    "reconciliation": ("chargebacks", "payments", "refunds"),
    "statements": ("deposits", "invoices", "ledger", "payments"),
}


def features() -> tuple[str, ...]:
    """Return the names of the features and of the parts that are built like one, from the ground up."""
    return ORDER


def modules_of(feature: str) -> frozenset[str]:
    """The names of a feature's own modules and packages."""
    folder = SOURCE / feature
    names = {path.stem for path in folder.glob("*.py")} | {path.parent.name for path in folder.glob("*/__init__.py")}
    return frozenset(names - {"__init__"})


def contracts() -> Iterator[Contract]:
    """Every contract."""
    yield _floors()
    for feature in features():
        yield _rooms(feature)
        yield from _private_rooms(feature)
    yield _one_importer("braintree", "billing_api.gateway.braintree", "braintree_sandbox.testing")
    yield _one_importer("jose", "billing_api.auth.keys")
    yield _one_importer("passlib", "billing_api.auth.passwords")
    yield _one_importer("aiosmtplib", "billing_api.mail.transport")
    yield _one_importer("zxcvbn_rs_py", "billing_api.auth.weak_passwords")
    yield _no_http()
    yield _kept_in("SQL", {"repository", "model"}, ["sqlalchemy", "asyncpg"])
    yield _contract(IndependenceContract, "The API and the gateway's sandbox are strangers", modules=PACKAGES)
    yield _contract(AcyclicSiblingsContract, "No cycles", ancestors=PACKAGES)


def _contract(kind: type[Contract], name: str, **options: Any) -> Contract:
    return kind(name, {"root_packages": PACKAGES, "include_external_packages": "true"}, options)


def _floors() -> Contract:
    return _contract(
        LayersContract,
        "The floors of the house, and the features from the ground up",
        containers=["billing_api"],
        layers=[*ABOVE_FEATURES, *reversed(_features()), *reversed(GROUND), *BELOW_FEATURES],
        exhaustive="true",
    )


def _rooms(feature: str) -> Contract:
    *upper, bottom = ROOMS
    rooms = [room.replace("service", " : ".join(_insiders(feature))) for room in upper]
    rooms.append(" : ".join((bottom, *VALUES.get(feature, ()))))
    return _contract(
        LayersContract,
        f"The rooms of {feature}",
        containers=[f"billing_api.{feature}"],
        layers=[" ".join(f"({word})" if word.isidentifier() else word for word in room.split()) for room in rooms],
    )


def _private_rooms(feature: str) -> Iterator[Contract]:
    """The repository is the service's, the table is theirs: not even the feature's own routes reach in."""
    insiders = {*_insiders(feature), "repository", "feature"} & modules_of(feature)
    readers = [f"billing_api.{reader}.repository" for reader, read in READS_ACROSS.items() if feature in read]
    for room, outsiders in (("repository", ["billing_api.bootstrap"]), ("model", ["billing_api.tables", *readers])):
        if room in modules_of(feature):
            yield _contract(
                ProtectedContract,
                f"The {room} of {feature} is its own",
                protected_modules=[f"billing_api.{feature}.{room}"],
                allowed_importers=[*outsiders, *(f"billing_api.{feature}.{name}" for name in insiders)],
            )


def _one_importer(package: str, *importers: str) -> Contract:
    return _contract(
        ProtectedContract,
        f"{package} is imported by {' and '.join(importers)} alone",
        protected_modules=[package],
        allowed_importers=list(importers),
    )


def _no_http() -> Contract:
    """HTTP ends at the routes: nothing below them reaches it, not by way of another module either."""
    inside = [f"billing_api.{feature}.{room}" for feature in features() for room in modules_of(feature) - HTTP_ROOMS]
    auth = [f"billing_api.auth.{module}" for module in modules_of("auth") - HTTP_ROOMS]
    return _contract(
        ForbiddenContract,
        "HTTP stays in http, routes and deps",
        source_modules=[
            *inside,
            *auth,
            *(f"billing_api.{part}" for part in ("db", "documents", "gateway", "mail", "kit", "locales")),
        ],
        forbidden_modules=["billing_api.http", "fastapi", "starlette"],
    )


def _kept_in(what: str, rooms: set[str], packages: list[str]) -> Contract:
    """No room of any feature but these imports the packages itself."""
    return _contract(
        ForbiddenContract,
        f"{what} stays in {' and '.join(sorted(rooms))}",
        source_modules=[
            f"billing_api.{feature}.{room}" for feature in features() for room in modules_of(feature) - rooms
        ],
        forbidden_modules=packages,
        allow_indirect_imports="true",
    )


def _insiders(feature: str) -> tuple[str, ...]:
    """The service and what sits beside it."""
    named = {word for room in ROOMS for word in room.split()} | set(VALUES.get(feature, ()))
    return ("service", *sorted(modules_of(feature) - named))
