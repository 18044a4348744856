"""The settings of charges, of the fee for a returned payment, and of payments that are made by the clock."""

from enum import StrEnum

from pydantic import Field
from pydantic_settings import BaseSettings

from billing_api.setting_types import Numbers


class PurchaseDataLevel(StrEnum):
    """How much a card's charge says of the purchase; business cards cost the vendor less with it."""

    OFF = "off"
    LEVEL_2 = "2"  # purchase order number and tax
    LEVEL_3 = "3"  # the lines of the invoices, too


class PaymentSettings(BaseSettings):
    """The settings of payments; a part of `config.Settings`."""

    level_2_3: PurchaseDataLevel = Field(
        PurchaseDataLevel.OFF, description="Level 2 or 3 data with charges of cards: off, 2 or 3"
    )
    ships_from_postal_code: str = Field(
        "",
        pattern=r"^([A-Za-z0-9][A-Za-z0-9 -]{0,8})?$",
        description="Where the vendor's goods come from, for level 3 data; empty: not said",
    )

    return_fee: int = Field(
        0,
        ge=0,
        le=100_000,
        description="Cents: the fee for a bank account's payment that its bank returns, as an invoice; 0: none",
    )

    scheduled_payments_hour: int = Field(
        6,
        ge=0,
        le=23,
        description="The hour of the books' day from which scheduled payments are made; they can be changed until then",
    )
    autopay_notice_days: int = Field(
        7, ge=1, le=30, description="Automatic payments are planned and announced so many days before the due date"
    )
    autopay_retry_days: Numbers = Field(
        [1, 3, 5],
        max_length=10,
        description="A declined automatic payment that may succeed later is tried again so many days after its first "
        "try, with commas; empty: never",
    )
    scheduled_payment_notice_days: int = Field(
        3, ge=1, le=30, description="A mail is sent so many days before a scheduled payment"
    )
