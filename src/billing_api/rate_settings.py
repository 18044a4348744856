"""The settings of allowances: how often something may be done in a window of time, such as `10 per 15 minutes`."""

from typing import Any

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings

_RATE = r"^[1-9]\d{0,5} per ([1-9]\d{0,3} )?(second|minute|hour|day)s?$"


def _per_user(what: str, default: str, description: str) -> Any:
    """Return the setting of an allowance that each user has; its name of the release before is still read."""
    names = AliasChoices(f"{what}_per_user", f"{what}_per_person")
    return Field(default, pattern=_RATE, description=description, validation_alias=names)


class RateSettings(BaseSettings):
    """The settings of allowances."""

    sign_in_tries_per_address_and_ip: str = Field(
        "10 per 15 minutes", pattern=_RATE, description="Failed sign-ins for one e-mail from one network"
    )
    sign_in_tries_per_address: str = Field(
        "100 per hour", pattern=_RATE, description="Failed sign-ins for one e-mail from everywhere"
    )
    sign_in_tries_per_ip: str = Field(
        "100 per 15 minutes", pattern=_RATE, description="Failed sign-ins from one network"
    )
    sign_in_tries_per_device: str = Field(
        "10 per 15 minutes",
        pattern=_RATE,
        description="Failed sign-ins from a device that the user has signed in from, which is counted apart",
    )
    sign_in_tries_per_devices: str = Field(
        "50 per hour", pattern=_RATE, description="Failed sign-ins for one e-mail from all such devices together"
    )
    password_resets_per_address: str = Field(
        "5 per hour", pattern=_RATE, description="Mails for a forgotten password to one address"
    )
    password_resets_per_ip: str = Field(
        "20 per hour", pattern=_RATE, description="Requests for a mail for a forgotten password from one network"
    )
    email_changes: str = Field(
        "5 per hour",
        pattern=_RATE,
        description="Mails for a profile's new address: of one account, to one address",
    )
    card_declines_per_account: str = Field(
        "10 per hour", pattern=_RATE, description="Declined cards of one account, stored or paid with"
    )
    card_declines_per_ip: str = Field(
        "20 per hour", pattern=_RATE, description="Declined cards from one network, stored or paid with"
    )
    methods_verified_per_account: str = Field(
        "60 per hour", pattern=_RATE, description="Cards and bank accounts verified, with whatever result"
    )
    partner_tries_per_ip: str = Field(
        "60 per 15 minutes", pattern=_RATE, description="Requests from one network with a wrong secret of a client"
    )
    partner_tokens_per_client: str = Field("60 per minute", pattern=_RATE, description="In each process")
    refreshes_per_session: str = Field("30 per minute", pattern=_RATE, description="In each process")
    password_changes_per_user: str = _per_user("password_changes", "20 per minute", "In each process")
    client_tokens_per_user: str = _per_user("client_tokens", "30 per minute", "In each process")
    quotes_per_user: str = _per_user("quotes", "120 per minute", "In each process")
    searches_per_user: str = _per_user("searches", "120 per minute", "Lists with `q`, in each process")
    download_links_per_user: str = _per_user("download_links", "60 per minute", "In each process")
    exports_per_user: str = _per_user("exports", "30 per minute", "CSV files, in each process")
    documents_per_account: str = Field("120 per minute", pattern=_RATE, description="PDFs, in each process")
    statements_per_account: str = Field("60 per hour", pattern=_RATE, description="Made, in each process")
    mail_recipients_per_account: str = Field(
        "100 per day", pattern=_RATE, description="Of the documents that users have mailed to addresses of their choice"
    )
