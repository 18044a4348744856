"""The errors of HTTP itself: of requests that reach no operation, or that none can read."""

from collections.abc import Iterable
from typing import ClassVar

from billing_api.errors import AppError, Kind

_CLOSE = {"Connection": "close"}


class MalformedRequestError(AppError):
    """The bytes that arrived are no valid HTTP/1.1 request."""

    code, title, kind = "malformed_request", "The request is malformed", Kind.BAD_REQUEST
    cure = "Send the request with a library for HTTP, and look at the proxies between it and the service."

    def __init__(self) -> None:
        super().__init__("This is no valid HTTP/1.1 request.")


class RepeatedHeaderError(AppError):
    """A header that has one value was sent twice; a proxy may have looked at the other one."""

    code, title, kind = "repeated_header", "A header was sent twice", Kind.BAD_REQUEST
    cure = "Send the header once. Look for a proxy that adds a second one."
    sample: ClassVar = {"names": ["authorization"]}

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(f"Send one header of each name: {', '.join(names)}.")  # RFC 9110, 5.3; RFC 9112, 3.2


class HostMissingError(AppError):
    """A request of HTTP/1.1 came without the Host header."""

    code, title, kind = "host_missing", "The Host header is missing", Kind.BAD_REQUEST
    cure = "Send the request with a library for HTTP, which adds the header."

    def __init__(self) -> None:
        super().__init__("Send the Host header.")


class UnknownHostError(AppError):
    """The request's Host is no name of this machine, to which this development server responds alone."""

    code, title, kind = "unknown_host", "The Host is unknown here", Kind.FORBIDDEN
    cure = (
        "Call the service as `localhost` or `127.0.0.1`. To reach it under another name, of a tunnel or an emulator, "
        "set `PUBLIC_URL` to the address that clients use."
    )
    sample: ClassVar = {"hosts": ["127.0.0.1", "localhost"]}

    def __init__(self, hosts: Iterable[str]) -> None:
        names = ", ".join(sorted(hosts))
        super().__init__(f"Without PUBLIC_URL this development server responds to these names alone: {names}.")


class MalformedJsonError(AppError):
    """The body is not valid JSON."""

    code, title, kind = "malformed_json", "The body is not valid JSON", Kind.BAD_REQUEST
    cure = "Write the body with a JSON library. JSON has no comments, no trailing commas and no `NaN`."

    def __init__(self) -> None:
        super().__init__("The body is not valid JSON.")


class UnreadableBodyError(AppError):
    """The body has bytes that are not UTF-8, or is nested too deeply."""

    code, title, kind = "bad_request", "The body can't be read", Kind.BAD_REQUEST
    cure = "Write the body with a JSON library, in UTF-8."

    def __init__(self) -> None:
        super().__init__("The body can't be read: it is not UTF-8, or nested too deeply.")


class IncompleteRequestError(AppError):
    """The connection ended before the body did."""

    code, title, kind = "incomplete_request", "The request is not complete", Kind.BAD_REQUEST
    cure = "Send the whole body. With an `Idempotency-Key` it is safe to send the request again."

    def __init__(self) -> None:
        super().__init__("The connection ended before the body did.")


class UnknownPathError(AppError):
    """No operation has this path."""

    code, title, kind = "not_found", "There is nothing at this address", Kind.NOT_FOUND
    cure = "Compare the path with the documentation: none ends in a slash, and ids have no slash or control character."

    def __init__(self) -> None:
        super().__init__("There is nothing at this address.")


class MethodNotAllowedError(AppError):
    """The path has operations, and none with this method."""

    code, title, kind = "method_not_allowed", "The method is not allowed here", Kind.NOT_ALLOWED
    cure = "Use one of the methods that the header `Allow` names."
    sample: ClassVar = {"method": "PUT", "allowed": ["GET", "HEAD"]}

    def __init__(self, method: str, allowed: Iterable[str]) -> None:
        super().__init__(f"{method} is not allowed here.")
        self.headers = {"Allow": ", ".join(allowed)}


class RequestTimeoutError(AppError):
    """The request did not arrive within CLIENT_TIMEOUT_SECONDS."""

    code, title, kind = "request_timeout", "The request did not arrive in time", Kind.TOO_SLOW
    cure = "Send the request again on a new connection, all at once."

    def __init__(self) -> None:
        super().__init__("The request did not arrive in time.")


class BodyTooLargeError(AppError):
    """The body is larger than requests to this path may be."""

    code, title, kind = "too_large", "The body is too large", Kind.TOO_LARGE
    cure = "Send less at a time."
    sample: ClassVar = {"limit": 1_048_576}

    def __init__(self, limit: int) -> None:
        super().__init__(f"The body of this request has at most {limit} bytes.")


class AddressTooLongError(AppError):
    """The path and the query are longer than 8 KiB together."""

    code, title, kind = "uri_too_long", "The address is too long", Kind.ADDRESS_TOO_LONG
    cure = "Leave out filters that are not needed."
    sample: ClassVar = {"limit": 8_192}

    def __init__(self, limit: int) -> None:
        super().__init__(f"A request's path and query have at most {limit} bytes together.")


class UnsupportedMediaTypeError(AppError):
    """The body is something else than JSON, or does not say that it is JSON."""

    code, title, kind = "unsupported_media_type", "The body is not JSON", Kind.UNSUPPORTED_MEDIA
    cure = "Send JSON with the header `Content-Type: application/json`."

    def __init__(self) -> None:
        super().__init__("Send the body as application/json.")


class UnsupportedContentEncodingError(AppError):
    """The body is compressed."""

    code, title, kind = "unsupported_content_encoding", "The body is compressed", Kind.UNSUPPORTED_MEDIA
    cure = "Send the body as it is, without `Content-Encoding`."

    def __init__(self) -> None:
        super().__init__("Send the body as it is, without Content-Encoding.")
        self.headers = {"Accept-Encoding": "identity"}  # RFC 9110, 15.5.16


class HeadersTooLargeError(AppError):
    """The request has too many headers, or too large ones, such as cookies of other sites on the same domain."""

    code, title, kind = "headers_too_large", "The headers are too large", Kind.HEAD_TOO_LARGE
    cure = "Send fewer headers, and remove the cookies that this service does not need."
    sample: ClassVar = {"count": 100, "size": 32_768}

    def __init__(self, count: int, size: int) -> None:
        """Take the greatest number of headers, and of bytes."""
        super().__init__(f"A request has at most {count} headers of {size} bytes together.")


class InternalError(AppError):
    """The service has a fault. The log has its cause under the same `request_id`."""

    code, title, kind = "internal_error", "Something went wrong on our side", Kind.INTERNAL
    cure = (
        "Report the `request_id` to the vendor. Read the resource before a change is repeated, or repeat it with the "
        "same `Idempotency-Key`."
    )

    def __init__(self) -> None:
        super().__init__("Something went wrong on our side; it has been noted.")


class UnsupportedTransferEncodingError(AppError):
    """The body has a Transfer-Encoding other than `chunked`."""

    code, title, kind = "unsupported_transfer_encoding", "The transfer encoding is not supported", Kind.NOT_SUPPORTED
    cure = "Send the body without `Transfer-Encoding`, or chunked."

    def __init__(self) -> None:
        super().__init__("Send the body without Transfer-Encoding, or chunked.")  # RFC 9112, 6.1
        self.headers = _CLOSE


class ResponseCutOffError(Exception):
    """Raised where the rest of a response that has begun is not sent; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
