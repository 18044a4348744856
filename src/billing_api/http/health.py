"""Liveness, readiness and metrics, for load balancers and monitors."""

import json
from hmac import compare_digest

from fastapi import APIRouter, HTTPException, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from billing_api.auth.errors import UnauthenticatedError
from billing_api.config import Settings
from billing_api.http.readiness import Readiness
from billing_api.http.responses import json_bytes

router = APIRouter(include_in_schema=False)


@router.get("/livez")
async def livez() -> Response:
    """Return 200 while the process is alive; nothing else is checked."""
    return json_bytes(b'{"status":"alive"}')


@router.get("/readyz")
async def readyz(request: Request) -> Response:
    """Return 200 when this process can take requests, else 503 with the reason; with INSTANCE if it is set.

    It can when the database is reached, takes writes and is migrated, and the process is not about to stop.
    """
    readiness: Readiness = request.app.state.readiness
    settings: Settings = request.app.state.settings
    reason = await readiness.reason()
    state = {"status": "ready"} if reason is None else {"status": "not ready", "reason": reason}
    if settings.instance:
        state["instance"] = settings.instance
    return json_bytes(json.dumps(state, separators=(",", ":")).encode(), status=200 if reason is None else 503)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Return Prometheus' text form to a holder of METRICS_TOKEN. Raise UnauthenticatedError."""
    settings: Settings = request.app.state.settings
    token = settings.metrics_token.get_secret_value()
    if not token and settings.is_production:
        raise HTTPException(404)
    given = request.headers.get("authorization", "")
    if token and not compare_digest(given.encode(), f"Bearer {token}".encode()):
        raise UnauthenticatedError
    return Response(await request.app.state.measure(), media_type=CONTENT_TYPE_LATEST)
