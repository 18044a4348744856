"""The argument of a function of the control API, and its error."""

import json
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError

from braintree_sandbox.merchants import MERCHANTS, Merchant
from braintree_sandbox.sandbox import SandboxGateway
from braintree_sandbox.state.records import Record
from braintree_sandbox.state.store import Work
from braintree_sandbox.wire.routes import Routes

Json = dict[str, Any] | list[Any]
R = TypeVar("R", bound=Record)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCall:
    """One request of the control API."""

    sandbox: SandboxGateway
    body: dict[str, Any]
    path: dict[str, str] = field(default_factory=dict)
    query: dict[str, str] = field(default_factory=dict)

    @property
    def merchant_ids(self) -> list[str]:
        """The merchant of `?merchant_id=`, or all of them."""
        wanted = self.query.get("merchant_id")
        if wanted is not None and wanted not in MERCHANTS:
            raise ControlError(404, f"There is no merchant {wanted}.")
        return [wanted] if wanted else list(MERCHANTS)


class ControlError(Exception):
    """The control request is refused with this status and sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


DEFAULT_MERCHANT = "integration_merchant_id"


def merchant_in(call: ControlCall) -> Merchant:
    """Return the merchant that the body or the query names, else Braintree's first. Raise ControlError."""
    merchant_id = call.body.get("merchant_id", call.query.get("merchant_id", DEFAULT_MERCHANT))
    merchant = call.sandbox.merchant(str(merchant_id))
    if merchant is None:
        raise ControlError(404, f"There is no merchant {merchant_id}.")
    return merchant


class Sent(BaseModel):
    """The base of the models of bodies and queries: other fields are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


def among(allowed: Collection[str]) -> AfterValidator:
    """Return the check that a text is one of these."""

    def check(sent: str) -> str:
        if sent not in allowed:
            raise ValueError(f"one of {', '.join(sorted(allowed))} was expected")
        return sent

    return AfterValidator(check)


def read_body(model: type[M], call: ControlCall) -> M:
    """Return the body as that model; values must have their types in JSON. Raise ControlError."""
    try:
        return model.model_validate_json(json.dumps(call.body), strict=True)
    except ValidationError as error:
        raise _refused(error) from error


def read_query(model: type[M], call: ControlCall) -> M:
    """Return the query as that model. Raise ControlError."""
    try:
        return model.model_validate(call.query)
    except ValidationError as error:
        raise _refused(error) from error


def _refused(error: ValidationError) -> ControlError:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return ControlError(400, "; ".join(": ".join((".".join(map(str, one["loc"])), one["msg"])) for one in found))


def find_record(call: ControlCall, kind: type[R], name: str) -> tuple[Work, R]:
    """Return the record whose key is in the path, and its merchant's unit of work. Raise ControlError."""
    wanted = call.path[name]
    for merchant_id in call.merchant_ids:
        work = call.sandbox.work(merchant_id)
        record = work.get(kind, wanted)
        if record is not None:
            return work, record
    raise ControlError(404, f"There is no {name.removesuffix('_id').replace('_', ' ')} {wanted}.")


def filters(call: ControlCall, attributes: Mapping[str, str]) -> Callable[[object], bool]:
    """Return the test of the query's filters, by names of attributes. Raise ControlError for an unknown one."""
    unknown = call.query.keys() - {"merchant_id", *attributes}
    if unknown:
        raise ControlError(400, f"There is no filter {', '.join(sorted(unknown))}.")
    wanted = {attributes[name]: value for name, value in call.query.items() if name in attributes}
    return lambda record: all(getattr(record, name) == value for name, value in wanted.items())


ControlHandler = Callable[[ControlCall], Json | Awaitable[Json]]
ControlRoutes = Routes[ControlHandler]
"""The routes of one control resource, below `/sandbox`; each function takes a ControlCall and returns JSON."""
