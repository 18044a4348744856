"""The credit memos and deposits that a payment uses, as clients choose them."""

from typing import Annotated, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from billing_api.errors import EXAMPLE_ID
from billing_api.kit.documented import Named
from billing_api.kit.money import PositiveAmount
from billing_api.kit.schema import InputSchema

MOST_CREDITS = 100  # of one payment


class NoCredits(InputSchema):
    """No credit memo and no deposit."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "none"}]})

    type: Literal["none"] = Field(description="Says that none is used")


class AutomaticCredits(InputSchema):
    """Those that are there, the oldest first, as far as the invoices take them."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "automatic"}]})

    type: Literal["automatic"] = Field(description="Says that the oldest are used first")


class CreditsUpTo(InputSchema):
    """As automatic ones, up to an amount."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"type": "up_to", "amount": 5000}]})

    type: Literal["up_to"] = Field(description="Says that they are used up to an amount")
    amount: PositiveAmount = Field(description="The most that is used, in the currency's minor unit")


class ChosenCredit(InputSchema):
    """A credit memo or deposit, and the most that is used of it."""

    id: UUID
    amount: PositiveAmount | None = Field(
        None, description="The most that is used, in the currency's minor unit. Absent: all that is left of it"
    )


ChosenT = TypeVar("ChosenT", bound=ChosenCredit)


def _each_once(chosen: list[ChosenT]) -> list[ChosenT]:
    if len({one.id for one in chosen}) != len(chosen):
        raise PydanticCustomError("named_twice", "Each credit memo and deposit may be named once")
    return chosen


class ChosenCredits(InputSchema):
    """Certain credit memos and deposits, as far as the invoices take them."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"type": "chosen", "credits": [{"id": EXAMPLE_ID, "amount": 5000}]}]}
    )

    type: Literal["chosen"] = Field(description="Says that they are named")
    credits: Annotated[list[ChosenCredit], Field(min_length=1, max_length=MOST_CREDITS), AfterValidator(_each_once)] = (
        Field(description="The credit memos and deposits, each once")
    )


PaymentCredits = Annotated[
    NoCredits | AutomaticCredits | CreditsUpTo | ChosenCredits,
    Field(
        discriminator="type",
        description="The credit memos and deposits that are used before anything is charged, at most "
        f"{MOST_CREDITS}. Absent: none, and the quote says which there are",
    ),
    Named("PaymentCredits", "The choice of the credit memos and deposits that a payment uses"),
]
NO_CREDITS = NoCredits(type="none")
