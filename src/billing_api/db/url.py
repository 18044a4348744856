"""Read the address of the database, a URI with the parameters of libpq.

Each parameter of libpq is obeyed, ignored when it asks for the default anyway, or refused by its name. asyncpg alone
would send the parameters that it does not know to the server as settings.
"""

import os
import ssl
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from asyncpg.connect_utils import SessionAttribute

_SCHEMES = frozenset({"postgresql", "postgres", "postgresql+asyncpg"})
_LARGEST_NUMBER = 2**31 - 1  # as in libpq
_VERIFYING = frozenset({"verify-ca", "verify-full"})
_TLS_VERSIONS = frozenset({"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"})

# The parameters of asyncpg and the server: first those with a list of values, then those with any value.
_CHOICES: Mapping[str, frozenset[str]] = {
    "sslmode": frozenset({"disable", "allow", "prefer", "require"}) | _VERIFYING,
    "target_session_attrs": frozenset(kind.value for kind in SessionAttribute),
    "sslnegotiation": frozenset({"postgres", "direct"}),
    "ssl_min_protocol_version": _TLS_VERSIONS,
    "ssl_max_protocol_version": _TLS_VERSIONS,
    "gsslib": frozenset({"gssapi", "sspi"}),
}
_ANY_VALUE = frozenset(
    {"user", "password", "passfile", "sslrootcert", "sslcrl", "sslcert", "sslkey", "sslpassword"}
    | {"krbsrvname", "service", "application_name", "options"}
)
# Parameters that are accepted with their default only.
_ONLY_THE_DEFAULT: Mapping[str, frozenset[str]] = {
    "channel_binding": frozenset({"disable", "prefer"}),
    "client_encoding": frozenset({"utf8", "UTF8", "utf-8", "UTF-8", "auto"}),
    "gssencmode": frozenset({"disable", "prefer"}),
    "load_balance_hosts": frozenset({"disable"}),
    "schema": frozenset({"public"}),
    "sslcertmode": frozenset({"allow"}),
    "sslcompression": frozenset({"0"}),
    "sslsni": frozenset({"1"}),
}
# The names of other drivers for parameters of libpq.
_ALIASES = {"ssl": "sslmode", "database": "dbname", "fallback_application_name": "application_name"}


class DatabaseUrlError(ValueError):
    """The address is not valid; the message names the parameter and repeats no password."""


def split(url: str) -> tuple[SplitResult, dict[str, str]]:
    """Return the URI's parts and its parameters under libpq's names; a host that is named twice is two hosts."""
    try:
        parts = urlsplit(url)
        pairs = parse_qsl(parts.query, strict_parsing=bool(parts.query))
    except ValueError:
        raise _unreadable() from None
    if parts.scheme not in _SCHEMES or not url.startswith(f"{parts.scheme}://"):
        raise DatabaseUrlError("must begin with postgresql://")
    if parts.netloc.count("@") > 1 or parts.fragment:
        raise _unreadable()
    if "%00" in url or "\0" in url:
        raise DatabaseUrlError("PostgreSQL takes no zero byte (%00)")
    parameters: dict[str, str] = {}
    for given, value in pairs:
        name = _ALIASES.get(given, given)
        is_another_host = name == "host" and name in parameters
        parameters[name] = f"{parameters[name]},{value}" if is_another_host else value
    if parameters.get("sslmode") in {"true", "1"}:
        parameters["sslmode"] = "require"
    return parts, parameters


def hosts_of(parts: SplitResult, parameters: dict[str, str]) -> Iterator[tuple[str | None, int | None]]:
    """Yield each host with its port; as in libpq, the parameters `host` and `port` go before the URI's authority."""
    authority = parts.netloc.rpartition("@")[2]
    places = [_place(unquote(one)) for one in (parameters.pop("host", "") or authority).split(",")]
    ports = parameters.pop("port", "").split(",")
    if len(ports) not in {1, len(places)}:
        raise DatabaseUrlError('the parameter "port" has another number of ports than there are hosts')
    for (host, port), given in zip(places, ports * len(places), strict=False):
        yield _host(host) or None, _port(given or port)


def _place(host: str) -> tuple[str, str]:
    """Return a host and its port, either of which may be empty."""
    if host.startswith("/") or (not host.startswith("[") and host.count(":") > 1):  # a folder, an IPv6 address
        return host, ""
    name, _, port = host.partition("]:") if host.startswith("[") else host.partition(":")
    return name.strip("[]"), port


def _host(text: str) -> str:
    """Return the host when it can be looked up: a socket raises UnicodeError for others. Raise DatabaseUrlError."""
    try:
        text.encode("idna" if not text.startswith("/") else "utf-8")
    except UnicodeError:
        raise DatabaseUrlError("a host's name has labels of 1 to 63 characters with dots between them") from None
    return text


def _port(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) < 65536):
        raise _unreadable("a port is a number from 1 to 65535")
    return int(text)


def tls_of(parameters: dict[str, str]) -> ssl.SSLContext | None:
    """Return a TLS context if asyncpg can't make the right one itself, else None.

    Files named by parameters are loaded once, so that a bad one ends the start. Raise DatabaseUrlError.
    """
    if parameters.get("channel_binding") == "require":
        # asyncpg can't bind the password's proof to the channel: the server's certificate is verified instead.
        del parameters["channel_binding"]
        if parameters.setdefault("sslmode", "require") not in _VERIFYING:
            if parameters["sslmode"] != "require":
                raise DatabaseUrlError("channel_binding=require needs sslmode=require")
            parameters["sslmode"] = "verify-full"
            parameters.setdefault("sslrootcert", "system")
    if parameters.get("sslrootcert") == "system":
        return _with_certificates_of_the_system(parameters)
    if parameters.get("sslmode") in _VERIFYING and not _finds_root_certificate(parameters):
        raise DatabaseUrlError(
            'the parameter "sslrootcert" is missing: a file, or `system` for the certificates that this machine trusts'
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for name in {"sslrootcert", "sslcrl"} & parameters.keys():
        with _reading(name):
            context.load_verify_locations(cafile=parameters[name])
    _load_own_certificate(context, parameters)
    return None


def _with_certificates_of_the_system(parameters: dict[str, str]) -> ssl.SSLContext:
    if parameters.pop("sslmode", "verify-full") != "verify-full":
        raise DatabaseUrlError("sslrootcert=system needs sslmode=verify-full")
    for name in {"sslcrl", "ssl_min_protocol_version", "ssl_max_protocol_version"} & parameters.keys():
        raise DatabaseUrlError(f'the parameter "{name}" needs a file as sslrootcert')
    context = ssl.create_default_context()
    context.set_alpn_protocols(["postgresql"])
    _load_own_certificate(context, parameters)
    for name in ("sslrootcert", "sslcert", "sslkey", "sslpassword"):
        parameters.pop(name, None)
    return context


def _finds_root_certificate(parameters: Mapping[str, str]) -> bool:
    usual = Path("~/.postgresql/root.crt").expanduser()
    return bool(parameters.get("sslrootcert") or os.environ.get("PGSSLROOTCERT")) or usual.is_file()


def _load_own_certificate(context: ssl.SSLContext, parameters: Mapping[str, str]) -> None:
    if "sslcert" in parameters:
        with _reading("sslcert"):
            context.load_cert_chain(
                parameters["sslcert"], parameters.get("sslkey"), lambda: parameters.get("sslpassword", "")
            )


@contextmanager
def _reading(name: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        reason = error.strerror if type(error) is not ssl.SSLError else "it is no PEM file, or sslkey does not fit"
        raise DatabaseUrlError(f'the file of the parameter "{name}" can\'t be used: {reason}') from None


def is_for_asyncpg(name: str, value: str) -> bool:
    """Return whether asyncpg gets the parameter: not when it asks for the default. Raise DatabaseUrlError."""
    if name in _ONLY_THE_DEFAULT:
        one_of(_ONLY_THE_DEFAULT[name], name, value)
        return False
    if name in _CHOICES:
        one_of(_CHOICES[name], name, value)
    elif name not in _ANY_VALUE:
        raise DatabaseUrlError(
            f'the parameter "{name}" is not known here: leave it out. '
            "A setting of the server is given as options=-c%20name%3Dvalue"
        )
    return True


def one_of(choices: Collection[str], name: str, value: str) -> str:
    """Return the value of a parameter that can only be one of these. Raise DatabaseUrlError."""
    if value not in choices:
        raise DatabaseUrlError(f'the parameter "{name}" can only be {_enumerated(sorted(choices))} here')
    return value


def _enumerated(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def seconds_of(connect_timeout: str) -> int:
    """Return the time-out for connecting. Raise DatabaseUrlError."""
    try:
        number = int(connect_timeout)
    except ValueError:
        raise DatabaseUrlError('the parameter "connect_timeout" is not a whole number') from None
    if abs(number) > _LARGEST_NUMBER:
        raise DatabaseUrlError(f'the parameter "connect_timeout" is larger than {_LARGEST_NUMBER}')
    return number


def _unreadable(reason: str = "it is not a URI") -> DatabaseUrlError:
    return DatabaseUrlError(f"{reason}. In a password each of @ : / ? # % [ ] is written as its percent-code")
