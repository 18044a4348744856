"""One map from the SDK's exceptions to the port's errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from ssl import SSLCertVerificationError

from braintree.exceptions.authentication_error import AuthenticationError
from braintree.exceptions.authorization_error import AuthorizationError
from braintree.exceptions.http.connection_error import ConnectionError as NoConnectionError
from braintree.exceptions.http.timeout_error import ConnectTimeoutError
from braintree.exceptions.not_found_error import NotFoundError
from braintree.exceptions.too_many_requests_error import TooManyRequestsError
from braintree.exceptions.upgrade_required_error import UpgradeRequiredError
from urllib3.exceptions import NewConnectionError

from billing_api.gateway.failures import (
    FieldRefusal,
    GatewayError,
    GatewayInvalidError,
    GatewayOutcomeUnknownError,
    GatewayUnavailableError,
)

# The gateway has done nothing: keys or a merchant that it does not know, too many requests, an old version.
_REFUSED_TO_LISTEN = (
    AuthenticationError,
    AuthorizationError,
    NotFoundError,
    TooManyRequestsError,
    UpgradeRequiredError,
)
_NEVER_CONNECTED = (NewConnectionError, SSLCertVerificationError)


@contextmanager
def known_id() -> Iterator[None]:
    """Refuse a call about something that the gateway does not have. Inside, raise GatewayInvalidError."""
    try:
        yield
    except NotFoundError as error:
        raise GatewayInvalidError((FieldRefusal("id", "not_found", "The gateway does not know this id."),)) from error


def failure(error: Exception, *, changes: bool) -> GatewayError:
    """Return the port's error for an exception of the SDK; `changes` says whether the call would change anything.

    Time-outs, resets, 5xx and garbage leave it open whether a change was made: only a request that was certainly never
    sent, or was certainly refused, is unavailable.
    """
    if not changes or isinstance(error, _REFUSED_TO_LISTEN) or _was_never_sent(error):
        return GatewayUnavailableError(type(error).__name__)
    return GatewayOutcomeUnknownError(type(error).__name__)


def _was_never_sent(error: Exception) -> bool:
    if isinstance(error, ConnectTimeoutError):
        return True
    return isinstance(error, NoConnectionError) and any(isinstance(cause, _NEVER_CONNECTED) for cause in _chain(error))


def _chain(error: object) -> Iterator[object]:
    """Yield an exception and those inside it: requests and urllib3 keep them in `args` and `reason`."""
    seen: list[object] = [error]
    for cause in seen:
        yield cause
        inside = [*getattr(cause, "args", ()), getattr(cause, "reason", None)]
        seen += [part for part in inside if isinstance(part, BaseException) and part not in seen]
