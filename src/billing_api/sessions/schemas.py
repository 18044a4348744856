"""Sessions, as clients see them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field

from billing_api.auth.caller import Role
from billing_api.auth.passwords import GivenPassword, NewPassword
from billing_api.kit.documented import Named, Sent
from billing_api.kit.email import EmailAddress
from billing_api.kit.pagination import PageQuery
from billing_api.kit.read_types import EmailRead, NameRead, ShortTextRead
from billing_api.kit.schema import InputSchema, ReadSchema, Secret
from billing_api.users.values import Member

TokenPlace = Annotated[
    Literal["cookie", "body"],
    Named(
        "TokenPlace",
        "Where the refresh token is sent and taken",
        {
            "cookie": "In a cookie that no script reads, for a portal on the API's own site",
            "body": "In the body, for a portal on another site",
        },
    ),
]
GivenToken = Annotated[Secret, Field(min_length=1, max_length=200)]
_PREVIOUS: Any = Field(
    description="The user's sign-in to this account before that of this session, in UTC; null for the first one"
)
GivenDeviceToken = Annotated[Secret, Field(min_length=1, max_length=2048)]


class SessionCreate(InputSchema):
    """A sign-in."""

    model_config = ConfigDict(str_strip_whitespace=False)  # a password may begin with a space

    email: EmailAddress
    password: GivenPassword = Field(description="The user's password")
    refresh_token_in: TokenPlace = Field(
        "cookie", description="`body` for a portal that is on another site than the API: a cookie would not reach us"
    )
    device_token: GivenDeviceToken | None = Field(
        None,
        examples=[None],
        description="`device_token` of the last sign-in on this device, where it is not in the cookie",
    )


class SessionRefresh(InputSchema):
    """The refresh token, unless it is in the cookie."""

    refresh_token: GivenToken | None = Field(
        None, description="The refresh token of the last response; absent: it is in the cookie", examples=["rt_kJ3…"]
    )


class PasswordChange(InputSchema):
    """A new password, and the present one as proof of the user."""

    model_config = ConfigDict(str_strip_whitespace=False)

    current_password: GivenPassword = Field(description="The present password")
    new_password: NewPassword


class UserRead(ReadSchema):
    """The user who is signed in: a person, not the account, which may have several users."""

    id: UUID
    name: NameRead = Field(description="The user's name, as people read it", examples=["Pat Doe"])
    email: EmailRead = Field(
        description="The address that the user signs in with; `email` of the profile is the account's, as the vendor "
        "has it"
    )

    @classmethod
    def of(cls, member: Member) -> Self:
        """Return the user of a membership."""
        return cls(id=member.user_id, name=member.name, email=member.email)


class SessionTokensRead(ReadSchema):
    """The tokens of a sign-in or a refresh, and whom they are for."""

    access_token: Annotated[str, Sent(maxLength=4096)] = Field(
        description="A JWT for the header `Authorization: Bearer …`", examples=["eyJhbGciOiJFUzI1NiIs…"]
    )
    token_type: Literal["Bearer"] = Field(description="The scheme of the header")
    expires_in: Annotated[int, Sent(minimum=1, maximum=900)] = Field(
        examples=[900], description="Seconds until the access token ends"
    )
    refresh_token: Annotated[str, Sent(maxLength=200)] | None = Field(
        examples=[None], description="For the next refresh, once; null when it is in the cookie"
    )
    device_token: Annotated[str, Sent(maxLength=2048)] | None = Field(
        examples=[None],
        description="Of a sign-in with `refresh_token_in: body`, to be kept on the device and sent with its next "
        "sign-in; null when it is in a cookie, and with a refresh",
    )
    session_id: UUID
    session_expires_at: datetime = Field(
        description="No token reaches beyond this moment; a session that is not refreshed ends before it"
    )
    account_id: UUID
    role: Role
    user: UserRead = Field(description="The user who is signed in")
    previous_sign_in_at: datetime | None = _PREVIOUS


class SessionRead(ReadSchema):
    """One sign-in that has not ended."""

    id: UUID
    current: bool = Field(examples=[True], description="Whether this very request belongs to it")
    created_at: datetime = Field(description="When the user signed in, in UTC")
    last_seen_at: datetime = Field(description="When it was last refreshed, in UTC")
    expires_at: datetime = Field(description="When it ends, in UTC, unless it is refreshed")
    ip: Annotated[str, Sent(maxLength=45)] | None = Field(
        examples=["203.0.113.7"], description="The client's address at the sign-in"
    )
    user_agent: Annotated[str, Sent(maxLength=500)] | None = Field(
        examples=["Mozilla/5.0"], description="The browser at the sign-in, by its User-Agent"
    )


class CurrentSessionRead(SessionRead):
    """The session of this request, with its user."""

    account_id: UUID
    role: Role
    user: UserRead = Field(description="The user who is signed in")
    previous_sign_in_at: datetime | None = _PREVIOUS


class SessionQuery(PageQuery):
    """The parameters of the list of sessions."""


class KeyRead(ReadSchema):
    """A public key as a JWK."""

    kty: Literal["EC"] = Field(description="RFC 7517: elliptic curve")
    crv: Literal["P-256"] = Field(description="RFC 7518: the curve")
    alg: Literal["ES256"] = Field(description="RFC 7518: the algorithm")
    use: Literal["sig"] = Field(description="RFC 7517: signatures")
    kid: ShortTextRead = Field(
        description="The key's id, as in a token's head", examples=["01a203f3-fdd5-7345-b090-e90b00a22741"]
    )
    x: ShortTextRead = Field(
        description="RFC 7518: a coordinate, in base64url", examples=["DUNrPuH-9a0DbOmp-kG5p4l6x0sl8PZcM-h_I7QJEUI"]
    )
    y: ShortTextRead = Field(
        description="RFC 7518: the other coordinate", examples=["B0MPFBEnrkdJgnx_GjqAGy_KR_s2qblbeDHC1HlBr_M"]
    )


class KeySetRead(ReadSchema):
    """The keys that access tokens are verified by."""

    keys: list[KeyRead] = Field(
        description="Those of today, and those that tokens may still be signed with", json_schema_extra={"maxItems": 20}
    )
