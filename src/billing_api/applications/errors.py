"""The errors of the use of money and credits for invoices."""

from typing import Annotated, ClassVar

from pydantic import Field

from billing_api.errors import AppError, Kind
from billing_api.invoices.application_schemas import SourceType


class SourceNotFoundError(AppError):
    """The account has no document of this sort with this external id."""

    code, title, kind = "source_not_found", "There is no such document", Kind.NOT_FOUND
    cure = "Compare `source_type` and `source_external_id` with the document as it was sent, and with its account."
    sample: ClassVar = {"source_type": "credit_memo", "external_id": "erp-cm-201"}

    source_type: Annotated[SourceType, Field(description="The sort of the document")]

    def __init__(self, source_type: SourceType, external_id: str) -> None:
        super().__init__(
            f"The account has no {source_type.replace('_', ' ')} with the external id {external_id}.",
            source_type=source_type,
        )
