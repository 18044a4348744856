"""The errors of signing in and of sessions."""

from billing_api.errors import AppError, FieldError, InvalidInputError, Kind


class WrongCredentialsError(AppError):
    """The sign-in failed; the response does not say whether the address is known, disabled or without an account."""

    code, title, kind = "wrong_credentials", "The sign-in failed", Kind.UNAUTHENTICATED
    cure = "Type the e-mail address and the password again, or ask the vendor for a link that sets a new password."

    def __init__(self) -> None:
        super().__init__("The e-mail address or the password is not right.")


class RefreshTokenError(AppError):
    """The refresh token is unknown, used or expired, or its session has ended; it is not said which."""

    code, title, kind = "invalid_refresh_token", "The refresh token is not valid", Kind.UNAUTHENTICATED
    cure = "Sign in again. Keep the newest refresh token of a response: each one is used once."

    def __init__(self) -> None:
        super().__init__("The refresh token is not valid any more: sign in again.")


class RefreshTokenMissingError(AppError):
    """No refresh token came: neither in the body nor in the cookie."""

    code, title, kind = "refresh_token_missing", "No refresh token came", Kind.UNAUTHENTICATED
    cure = "Sign in. Send `refresh_token` in the body, or, on the site of the API, send the request with credentials."

    def __init__(self) -> None:
        super().__init__(
            "The body has no refresh_token, and no cookie came. A browser has no cookie before a sign-in and after a "
            'sign-out, sends it only with credentials: "include", and drops it where the page and the API are on '
            'different sites. There, sign in with "refresh_token_in": "body", and send that of the response.'
        )


class CookieFromAnotherSiteError(AppError):
    """A page of another site signs in with the cookie, which its browser would drop."""

    code, title, kind = "cookie_on_another_site", "The browser would drop the cookie", Kind.CONFLICT
    cure = 'Sign in with `"refresh_token_in": "body"`, and send the tokens of the response in the bodies that follow.'

    def __init__(self) -> None:
        super().__init__(
            "This page is on another site than the API, where browsers keep no cookie of ours. "
            'Send "refresh_token_in": "body", and the refresh_token and device_token of the response with the next '
            "refresh and sign-in. Or let both be on one site: http://localhost and http://127.0.0.1 are two, and the "
            "port does not matter."
        )


class CrossSiteError(AppError):
    """A request with the cookie does not show that one of our own pages sent it."""

    code, title, kind = "cross_site_request", "The request does not come from a known page", Kind.FORBIDDEN
    cure = "Send the header `X-Requested-With` from a page whose origin is in CORS_ORIGINS."

    def __init__(self) -> None:
        super().__init__("With the cookie, send an X-Requested-With header, from an Origin that is allowed.")


class SessionNotFoundError(AppError):
    """There is no such session of the caller, or it has ended."""

    code, title, kind = "session_not_found", "There is no such session", Kind.NOT_FOUND
    cure = "List the sessions, and use an `id` from there."

    def __init__(self) -> None:
        super().__init__("You have no such session, or it has ended.")


class WrongPasswordError(InvalidInputError):
    """The present password, given to change it, is not right."""

    def __init__(self) -> None:
        super().__init__(FieldError("/current_password", "wrong_password", "This is not your present password"))
