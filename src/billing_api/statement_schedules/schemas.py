"""The bodies of schedules of statements."""

from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from billing_api.deliveries.fields import MAX_RECIPIENTS, RecipientAddresses
from billing_api.kit.documented import Sent
from billing_api.kit.read_types import EmailRead, LocaleRead
from billing_api.kit.schema import InputSchema, Locale, VersionedRead
from billing_api.statement_schedules.fields import Frequency, MailingDay
from billing_api.statements.fields import StatementType

_EXAMPLE: dict[str, Any] = {"frequency": "monthly", "day": 5, "recipients": ["accounts@sunnyside.example"]}
_DAY = "Of the month after the period; a shorter month has it on its last day. 31 means the period's own last day"


class StatementScheduleUpdate(InputSchema):
    """The whole schedule: an absent field has its default."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    enabled: StrictBool = Field(True, description="Whether statements are mailed; the other values are kept")
    frequency: Frequency
    day: MailingDay = Field(description=_DAY)
    type: StatementType = "activity"
    summary: StrictBool = Field(False, description="Whether they have totals by type in place of single lines")
    locale: Locale | None = Field(None, description="One of the portal's; absent: the profile's")
    recipients: RecipientAddresses = Field(
        description="Whom each statement is mailed to; nobody while it is not enabled"
    )

    @model_validator(mode="after")
    def _has_recipients(self) -> Self:
        if self.enabled and not self.recipients:
            raise PydanticCustomError(
                "no_recipients", "A schedule that is enabled has at least one recipient", {"field": "recipients"}
            )
        return self


class StatementScheduleRead(VersionedRead):
    """When statements are mailed, and to whom. Each account has one; at first it is not enabled."""

    enabled: bool = Field(description="Whether statements are mailed")
    frequency: Frequency
    day: Annotated[int, Sent(minimum=1, maximum=31)] = Field(description=_DAY, examples=[5])
    type: StatementType
    summary: bool = Field(description="Whether they have totals by type in place of single lines")
    locale: LocaleRead | None = Field(description="The language and region of the statements; null: the profile's")
    recipients: list[EmailRead] = Field(
        description="Whom each statement is mailed to", json_schema_extra={"maxItems": MAX_RECIPIENTS}
    )
    next_on: date | None = Field(
        description="The day of the next mail, in the books' time zone; null while it is not enabled",
        examples=["2026-12-05"],
    )
    updated_at: datetime | None = Field(description="When it was last changed, in UTC; null before the first change")
