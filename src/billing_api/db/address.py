"""The address of the database: one parser for the addresses of managed servers, used for every connection.

Each parameter of libpq is obeyed, ignored when it asks for the default anyway, or refused by its name. asyncpg alone
would send the parameters that it does not know to the server as settings.
"""

import os
import ssl
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeAlias
from urllib.parse import SplitResult, parse_qsl, quote, unquote, urlencode, urlsplit

import asyncpg
from asyncpg.connect_utils import SessionAttribute
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"

_SCHEMES = frozenset({"postgresql", "postgres", "postgresql+asyncpg"})
_CONNECT_SECONDS = 5.0
_LARGEST_NUMBER = 2**31 - 1  # as in libpq
# A transaction waits for nothing but the database: an idle one belongs to a process that was stopped. The server ends
# it minutes before the quiet period is over, so that its locks are free when a check looks up its payment.
IDLE_SECONDS = 120.0
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

# Raised by a host that can't be used: the next one is tried.
_NEXT_HOST = (
    OSError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.TargetServerAttributeNotMatched,
)


class DatabaseUrlError(ValueError):
    """The address is not valid; the message names the parameter and repeats no password."""


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """The hosts of the database and the way to connect to them; `parse` makes one."""

    dsn: str = field(repr=False)  # without hosts, and with the password
    hosts: tuple[tuple[str | None, int | None], ...]  # None: asyncpg's own choice
    target: str | None
    timeout_seconds: float
    tls: ssl.SSLContext | None
    keeps_statements: bool  # not behind a pooler that gives each transaction another server process

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read a URI as libpq's documentation describes it. Raise DatabaseUrlError."""
        parts, parameters = _split(url)
        hosts = tuple(_hosts(parts, parameters))
        timeout = _seconds(parameters.pop("connect_timeout", "0"))
        is_pooled = _one_of({"true", "false"}, "pgbouncer", parameters.pop("pgbouncer", "false")) == "true"
        tls = _tls(parameters)
        database = parameters.pop("dbname", unquote(parts.path.removeprefix("/")))
        kept = {name: value for name, value in parameters.items() if _is_for_asyncpg(name, value)}
        target = kept.pop("target_session_attrs", "read-write" if len(hosts) > 1 else None)
        login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        dsn = f"postgresql://{login}" + (f"/{quote(database)}" if database else "") + f"?{urlencode(kept)}" * bool(kept)
        return cls(dsn, hosts, target, timeout if timeout > 0 else _CONNECT_SECONDS, tls, not is_pooled)

    async def connect(
        self, *, idle_seconds: float | None = None, lock_seconds: float | None = None, **options: Any
    ) -> Connection:
        """Return a connection to the first host that accepts one and is of the kind that the address asks for.

        Its server ends a transaction that is idle for `idle_seconds`, and a wait for a lock after `lock_seconds`.
        `options` are asyncpg's. Each host gets the whole time-out, so that a host that never
        responds does not use up the time of the next.
        """
        limits = {"idle_in_transaction_session_timeout": idle_seconds, "lock_timeout": lock_seconds}
        if not self.keeps_statements:
            # Behind a pooler these would become settings of other clients too: there the role must have them.
            limits = {}
            options["statement_cache_size"] = 0
        settings = [
            f"SET {name} = {round(seconds * 1000)}"
            for name, seconds in limits.items()
            if seconds is not None and name not in self.dsn  # the address may have its own, in `options`
        ]
        connection = await self._connect(**options)
        try:
            if settings:  # not as parameters of the start, which PgBouncer refuses also where it keeps sessions
                await connection.execute("; ".join(settings))
        except BaseException:  # a time-out of the pool, or a client that left
            connection.terminate()
            raise
        return connection

    async def _connect(self, **options: Any) -> Connection:
        targets = ["standby", "any"] if self.target == "prefer-standby" else [self.target]
        kinds = [target and SessionAttribute(target) for target in targets]
        places = [(host, port, kind) for kind in kinds for host, port in self.hosts]
        for tried, (host, port, kind) in enumerate(places, 1):
            try:
                return await asyncpg.connect(
                    self.dsn,
                    host=host,
                    port=port,
                    target_session_attrs=kind or None,
                    timeout=self.timeout_seconds,
                    ssl=self.tls,
                    **options,
                )
            except _NEXT_HOST:
                if tried == len(places):
                    raise
        raise AssertionError("the last host returns or raises")

    def engine(self, *, command_timeout: float | None = None, **options: Any) -> AsyncEngine:
        """Return SQLAlchemy's engine on this address; `options` are those of its `create_async_engine`."""
        # A statement without a name needs no place on the server beyond its transaction.
        unnamed = {"prepared_statement_cache_size": 0, "prepared_statement_name_func": str}
        statements = {} if self.keeps_statements else unnamed

        async def connect() -> Connection:
            return await self.connect(command_timeout=command_timeout)

        def adapted() -> Any:
            return engine.dialect.loaded_dbapi.connect(async_creator_fn=connect, **statements)

        engine = create_async_engine("postgresql+asyncpg://", creator=adapted, **options)
        return engine


def _split(url: str) -> tuple[SplitResult, dict[str, str]]:
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


def _hosts(parts: SplitResult, parameters: dict[str, str]) -> Iterator[tuple[str | None, int | None]]:
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


def _tls(parameters: dict[str, str]) -> ssl.SSLContext | None:
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


def _is_for_asyncpg(name: str, value: str) -> bool:
    """Return whether asyncpg gets the parameter: not when it asks for the default. Raise DatabaseUrlError."""
    if name in _ONLY_THE_DEFAULT:
        _one_of(_ONLY_THE_DEFAULT[name], name, value)
        return False
    if name in _CHOICES:
        _one_of(_CHOICES[name], name, value)
    elif name not in _ANY_VALUE:
        raise DatabaseUrlError(
            f'the parameter "{name}" is not known here: leave it out. '
            "A setting of the server is given as options=-c%20name%3Dvalue"
        )
    return True


def _one_of(choices: Collection[str], name: str, value: str) -> str:
    if value not in choices:
        raise DatabaseUrlError(f'the parameter "{name}" can only be {_enumerated(sorted(choices))} here')
    return value


def _enumerated(words: Sequence[str]) -> str:
    return " or ".join(filter(None, (", ".join(words[:-1]), words[-1])))


def _seconds(connect_timeout: str) -> int:
    try:
        number = int(connect_timeout)
    except ValueError:
        raise DatabaseUrlError('the parameter "connect_timeout" is not a whole number') from None
    if abs(number) > _LARGEST_NUMBER:
        raise DatabaseUrlError(f'the parameter "connect_timeout" is larger than {_LARGEST_NUMBER}')
    return number


def _unreadable(reason: str = "it is not a URI") -> DatabaseUrlError:
    return DatabaseUrlError(f"{reason}. In a password each of @ : / ? # % [ ] is written as its percent-code")
