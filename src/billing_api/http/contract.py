"""`/openapi.json`: the document as it was written when the service started, so that no request waits for that."""

import json
from hashlib import blake2b

from fastapi import APIRouter, FastAPI, Request, Response

from billing_api.http.etag import is_known
from billing_api.http.responses import json_bytes
from billing_api.kit.headers import header_of

router = APIRouter(include_in_schema=False)


class Contract:
    """The OpenAPI document of an application, as it is sent."""

    def __init__(self, app: FastAPI) -> None:
        self.content = json.dumps(app.openapi(), ensure_ascii=False, separators=(",", ":")).encode()
        self.etag = f'"{blake2b(self.content, digest_size=16).hexdigest()}"'


@router.get("/openapi.json")
async def show(request: Request) -> Response:
    """Return the document, or 304 to a client that has it."""
    contract: Contract = request.app.state.contract
    headers = {"ETag": contract.etag}
    if is_known(header_of(request.scope["headers"], b"if-none-match"), contract.etag):
        return Response(status_code=304, headers=headers)
    return json_bytes(contract.content, headers=headers)
