"""The bodies of requests and responses for download links."""

from datetime import datetime
from typing import Annotated
from urllib.parse import unquote_plus

from pydantic import AfterValidator, ConfigDict, Field

from billing_api.kit.documented import Sent
from billing_api.kit.read_types import UrlRead
from billing_api.kit.schema import InputSchema, ReadSchema
from billing_api.kit.text import refuse_card_number

MAX_TARGET = 2000


def _without_card_number(target: str) -> str:
    """Return the target: it is stored, which a search for a card number must not be. Raise PydanticCustomError."""
    refuse_card_number(unquote_plus(target))
    return target


class DownloadLinkCreate(InputSchema):
    """A new link to a file."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"target": "/v1/invoices.csv?status=open"}]})

    target: Annotated[
        str,
        Field(
            max_length=MAX_TARGET,
            pattern=r"^/v1/[A-Za-z0-9/_.-]+(\?[!-~]*)?$",
            description="The path of a PDF or CSV file of this API, with its query as an address has it",
        ),
        AfterValidator(_without_card_number),
    ]


class DownloadLinkRead(ReadSchema):
    """A link that opens its file once."""

    url: UrlRead = Field(
        description="The address to open in a browser; it needs no header, so treat it as a password",
        examples=["https://billing.example.com/v1/downloads?token=dl_9tO2vNYq0x3m1a7Zk4Jc8sWbRfHdUeGiPlQyTnXoVwE"],
    )
    target: Annotated[str, Sent(maxLength=MAX_TARGET)] = Field(
        description="The path of the file, with its query", examples=["/v1/invoices.csv?status=open"]
    )
    expires_at: datetime = Field(description="The end of the minute in which it may be opened, in UTC")


class DownloadQuery(InputSchema):
    """The link's secret."""

    token: Annotated[str, Field(max_length=200, pattern=r"^[A-Za-z0-9_-]+$")] = Field(
        description="The token of the link, which opens the file once"
    )
