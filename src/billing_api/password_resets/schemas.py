"""Password resets on the wire."""

from typing import Annotated

from pydantic import ConfigDict, Field

from billing_api.auth.passwords import NewPassword
from billing_api.kit.schema import InputSchema, Secret

ResetToken = Annotated[
    Secret, Field(min_length=1, max_length=200, examples=["pr_5xZ0…"], description="The token of the one-time link")
]


class PasswordResetConfirm(InputSchema):
    """The token of a one-time link, and the new password."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a password may begin with a space

    token: ResetToken
    new_password: NewPassword
