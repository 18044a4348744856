"""Accounts, as the back office writes them."""

from functools import lru_cache
from typing import Annotated, Any

from pydantic import Field

from billing_api.kit.money import Amount, Currency
from billing_api.kit.read_types import BasisPointsRead, DaysRead
from billing_api.kit.schema import ExternalId, InputSchema, Name, ReadSchema

_TERMS = 1024  # that are remembered: a vendor has few


class Terms(InputSchema):
    """The due dates of an account's invoices, and the discount for paying early."""

    net_days: int = Field(30, ge=0, le=365, strict=True)
    discount_basis_points: int = Field(0, ge=0, le=10000, strict=True, description="200 is 2 percent")
    discount_days: int = Field(0, ge=0, le=365, strict=True)
    discount_includes_tax: bool = Field(True, strict=True, description="Whether tax is in the discount's base")


class TermsRead(ReadSchema):
    """The due dates of invoices, and the discount for paying early; the vendor sets them."""

    net_days: DaysRead = Field(examples=[30], description="Days from issue to the last day of payment")
    discount_basis_points: BasisPointsRead = Field(
        description="Of the net, or of the total; 200 is 2 percent, 0 no discount"
    )
    discount_days: DaysRead = Field(examples=[10], description="Days from issue in which the discount is given")
    discount_includes_tax: bool = Field(description="Whether tax is in the discount's base")

    @staticmethod
    def of(row: Any) -> "TermsRead":
        """Return the terms of a row that has a field for each."""
        return _terms_read(row.net_days, row.discount_basis_points, row.discount_days, row.discount_includes_tax)


@lru_cache(_TERMS)
def _terms_read(net_days: int, basis_points: int, days: int, includes_tax: bool) -> TermsRead:
    return TermsRead(
        net_days=net_days, discount_basis_points=basis_points, discount_days=days, discount_includes_tax=includes_tax
    )


class AccountCreate(InputSchema):
    """A customer of the vendor."""

    external_id: ExternalId
    name: Name
    currency: Currency
    terms: Annotated[Terms, Field(default_factory=Terms)]
    credit_limit: Amount | None = None
