"""The settings of payments that are made by the clock."""

from pydantic import Field
from pydantic_settings import BaseSettings


class PaymentSettings(BaseSettings):
    """The settings of scheduled payments; a part of `config.Settings`."""

    scheduled_payments_hour: int = Field(
        6,
        ge=0,
        le=23,
        description="The hour of the books' day from which scheduled payments are made; they can be changed until then",
    )
    scheduled_payment_notice_days: int = Field(
        3, ge=1, le=30, description="A mail is sent so many days before a scheduled payment"
    )
