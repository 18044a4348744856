"""Password resets on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field

from billing_api.auth.passwords import NewPassword
from billing_api.kit.documented import Sent
from billing_api.kit.email import EmailAddress
from billing_api.kit.schema import InputSchema, ReadSchema, Secret

ResetToken = Annotated[
    Secret, Field(min_length=1, max_length=200, examples=["pr_5xZ0…"], description="The token of the one-time link")
]


class PasswordResetCreate(InputSchema):
    """The address of the user who has forgotten their password."""

    email: EmailAddress = Field(description="The address with which the user signs in")


class PasswordResetRequested(ReadSchema):
    """The request is noted; whether the address is known is not said."""

    valid_minutes: Annotated[int, Sent(minimum=5, maximum=1440)] = Field(
        description="How long the link in the mail is valid", examples=[60]
    )


class PasswordResetConfirm(InputSchema):
    """The token of a one-time link, and the new password."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a password may begin with a space

    token: ResetToken
    new_password: NewPassword
