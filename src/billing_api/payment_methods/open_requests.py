"""Requests that are kept with a method's row, as JSON, until their outcome is recorded."""

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, TypeAdapter

from billing_api.gateway.methods import BillingAddress
from billing_api.payment_methods.model import PaymentMethod


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreOptions:
    """The options of a request to store a method; kept with its `vaulting` row.

    `replaces` is the method whose card is replaced, and `replaces_version` its version unless any will do.
    """

    default: bool | None = None
    on_duplicate: Literal["reject", "use_existing", "store_again"] = "reject"
    replaces: UUID | None = None
    replaces_version: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChange:
    """The newest billing address that was sent to the gateway; kept while an older request may be under way.

    `version` is the row's since then. `overlapped`: an earlier change was still open, and may arrive after this one.
    """

    address: BillingAddress
    version: int
    overlapped: Annotated[bool, Field(alias="crossed")]  # rows keep it by the word of earlier releases


_OPTIONS = TypeAdapter(StoreOptions)
_CHANGE = TypeAdapter(AddressChange)


def as_json(request: StoreOptions | AddressChange) -> dict[str, Any]:
    """Return a request as a row keeps it."""
    adapter: TypeAdapter[Any] = _OPTIONS if isinstance(request, StoreOptions) else _CHANGE
    kept: dict[str, Any] = adapter.dump_python(request, mode="json", by_alias=True)
    return kept


def options_of(method: PaymentMethod) -> StoreOptions:
    """Return the options of a `vaulting` row."""
    return _OPTIONS.validate_python(method.open_request)


def open_change(method: PaymentMethod) -> AddressChange | None:
    """Return the change of a stored method's address that may still be under way, or None."""
    return _CHANGE.validate_python(method.open_request) if method.open_request is not None else None
