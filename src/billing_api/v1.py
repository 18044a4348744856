"""The routes of version 1, feature by feature."""

from fastapi import APIRouter

from billing_api.clients.routes import well_known as token_server
from billing_api.features import FEATURES
from billing_api.sessions.routes import well_known as signing_keys

# Documents whose addresses other standards give.
well_known = APIRouter(prefix="/.well-known")
well_known.include_router(signing_keys.router)
well_known.include_router(token_server.router)

router = APIRouter(prefix="/v1")
_ROUTED = [(feature, feature.routes) for feature in FEATURES if feature.routes is not None]
for _, routes in _ROUTED:
    router.include_router(routes.router)

# Features that share a tag have one description.
_DESCRIBED = [
    {"name": tag, "description": feature.description}
    for feature, routes in _ROUTED
    if feature.description
    for tag in routes.tags
]
_DESCRIBED += [{"name": "signing keys", "description": "The public keys, by which programs verify access tokens."}]
_NAMES = [tag["name"] for tag in _DESCRIBED]
_SIGN_IN = ["portal", "sessions"]
_INTEGRATION = [
    "partner tokens",
    "back office payments",
    "back office refunds",
    "back office applications",
    "back office invoices",
    "back office write-offs",
    "payouts",
    "gateway webhooks",
    "signing keys",
]
_FIRST = ["overview", "profile"]

# The groups of the documentation; a tag that none names is one of the portal's.
GROUPS = [
    {"name": "Sign-in", "tags": _SIGN_IN},
    {
        "name": "Portal",
        "tags": [*_FIRST, *(name for name in _NAMES if name not in {*_FIRST, *_SIGN_IN, *_INTEGRATION})],
    },
    {"name": "Integration", "tags": _INTEGRATION},
]
_ORDER = [tag for group in GROUPS for tag in group["tags"]]
TAGS = sorted(_DESCRIBED, key=lambda tag: _ORDER.index(tag["name"]))
