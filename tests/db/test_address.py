"""A DATABASE_URL of a managed server works for reads and for transactions, or its parameter is refused by name."""

import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from sqlalchemy import text

from billing_api.db.address import DatabaseAddress
from billing_api.db.migrate import engine_of
from billing_api.db.url import DatabaseUrlError
from billing_api.dev.postgres import EmbeddedPostgres
from tests.db.tls import tls_door, write_certificate

_SECRET = "hunter2"


async def ask(url: str, setting: str) -> str:
    """Return a setting of the server as both drivers' connections have it."""
    address = DatabaseAddress.parse(url)
    connection = await address.connect()
    try:
        by_asyncpg: str = await connection.fetchval("SELECT current_setting($1)", setting)
    finally:
        await connection.close()
    engine = engine_of(address)
    async with engine.connect() as opened:
        by_sqlalchemy: str = await opened.scalar(text("SELECT current_setting(:name)"), {"name": setting})
    await engine.dispose()
    assert by_sqlalchemy == by_asyncpg
    return by_asyncpg


def plus(url: str, query: str) -> str:
    """Return the URL with more parameters."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(query="&".join(filter(None, (parts.query, query)))))


class TestParameters:
    """Those of libpq's that have an effect have it."""

    @pytest.mark.parametrize(
        ("query", "setting", "value"),
        [
            ("application_name=billing%20portal", "application_name", "billing portal"),
            ("fallback_application_name=portal", "application_name", "portal"),
            ("options=-c%20statement_timeout%3D4321%20-c%20jit%3Doff", "statement_timeout", "4321ms"),
            ("options=-c+search_path%3Dbooks", "search_path", "books"),
            ("connect_timeout=30", "server_encoding", "UTF8"),
            ("client_encoding=utf8", "client_encoding", "UTF8"),
            ("target_session_attrs=read-write", "default_transaction_read_only", "off"),
            ("target_session_attrs=prefer-standby", "default_transaction_read_only", "off"),
            ("gssencmode=prefer&channel_binding=prefer&sslcompression=0&sslsni=1&schema=public", "jit", "on"),
            ("sslmode=prefer&krbsrvname=postgres&gsslib=gssapi&load_balance_hosts=disable", "jit", "on"),
            ("application_name=", "application_name", ""),
        ],
    )
    async def test_has_its_effect(self, scratch_url: str, query: str, setting: str, value: str) -> None:
        """On a connection of either driver."""
        assert await ask(plus(scratch_url, query), setting) == value

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg"])
    async def test_other_schemes(self, scratch_url: str, scheme: str) -> None:
        """Heroku's, and SQLAlchemy's."""
        assert await ask(scratch_url.replace("postgresql", scheme, 1), "server_encoding") == "UTF8"

    async def test_user_password_and_database_may_be_parameters(self, scratch_url: str) -> None:
        """And they hold whatever characters, as percent-codes."""
        name = urlsplit(scratch_url).path[1:]
        url = urlunsplit(urlsplit(scratch_url)._replace(path="/"))
        assert await ask(plus(url, f"dbname={name}&password=p%40s%2Fs%25"), "server_encoding") == "UTF8"

    async def test_password_is_decoded(self) -> None:
        """Once."""
        address = DatabaseAddress.parse("postgresql://me:p%40%3A%2F%3F%23%25w@db.example.com/books")
        assert address.dsn == "postgresql://me:p%40%3A%2F%3F%23%25w@/books"
        assert address.hosts == (("db.example.com", None),)
        assert "%40" not in repr(address)

    async def test_pooler_that_gives_each_transaction_another_server(self, scratch_url: str) -> None:
        """No statement keeps a name on the server, which the next transaction would not find."""
        address = DatabaseAddress.parse(plus(scratch_url, "pgbouncer=true"))
        names = "SELECT count(*) FROM pg_prepared_statements WHERE name <> ''"
        connection = await address.connect()
        engine = engine_of(address)
        async with engine.connect() as opened:
            for _ in range(2):
                assert await opened.scalar(text(names)) == 0
                assert await connection.fetchval(names) == 0
        await connection.close()
        await engine.dispose()


class TestHosts:
    """Where to connect."""

    @pytest.mark.parametrize(
        ("url", "hosts"),
        [
            ("postgresql://h/books", [("h", None)]),
            ("postgresql:///books", [(None, None)]),
            ("postgresql://", [(None, None)]),
            ("postgresql://h1:1,h2/books", [("h1", 1), ("h2", None)]),
            ("postgresql://h1,[::1]:2,h3:3/books", [("h1", None), ("::1", 2), ("h3", 3)]),
            ("postgresql://me@/books?host=/var/run/postgresql&port=5433", [("/var/run/postgresql", 5433)]),
            ("postgresql://me@%2Fvar%2Frun%2Fpostgresql/books", [("/var/run/postgresql", None)]),
            ("postgresql:///books?host=h1,h2&port=1,2", [("h1", 1), ("h2", 2)]),
            ("postgresql:///books?host=h1,h2&port=7", [("h1", 7), ("h2", 7)]),
            ("postgresql:///books?host=h1:1&host=h2:2", [("h1", 1), ("h2", 2)]),
            ("postgresql:///books?host=fe80::1", [("fe80::1", None)]),
            ("postgresql://elsewhere:1/books?host=h", [("h", None)]),
        ],
    )
    def test_forms(self, url: str, hosts: list[tuple[str | None, int | None]]) -> None:
        """Ahead of the path or as parameters, which go first, as in libpq."""
        assert list(DatabaseAddress.parse(url).hosts) == hosts

    async def test_next_host_when_one_is_away_or_silent(self, scratch_url: str, tmp_path: Path) -> None:
        """A silent host has a time-out of its own, and hides no other host."""
        with socket.socket(socket.AF_UNIX) as silent:
            silent.bind(str(tmp_path / ".s.PGSQL.5432"))
            silent.listen()
            folder = DatabaseAddress.parse(scratch_url).hosts[0][0]
            url = urlunsplit(urlsplit(scratch_url)._replace(query=f"host=/nowhere,{tmp_path},{folder}"))
            assert await ask(plus(url, "connect_timeout=5"), "server_encoding") == "UTF8"

    async def test_host_that_takes_no_writes_is_passed_over(self, scratch_url: str, tmp_path: Path) -> None:
        """Of several hosts the one that takes writes is meant, unless the address says otherwise."""
        settings = {"fsync": "off", "default_transaction_read_only": "on"}
        with EmbeddedPostgres(tmp_path, settings=settings) as standby:
            both = f"host={standby.socket_folder},{DatabaseAddress.parse(scratch_url).hosts[0][0]}"
            url = urlunsplit(urlsplit(scratch_url)._replace(query=both, path="/postgres"))
            assert await ask(url, "default_transaction_read_only") == "off"
            assert await ask(plus(url, "target_session_attrs=any"), "default_transaction_read_only") == "on"
            assert await ask(plus(url, "target_session_attrs=prefer-standby"), "default_transaction_read_only") == "on"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One of `localhost`, which signs itself."""
    return write_certificate(tmp_path_factory.mktemp("tls"), "localhost")


class TestTls:
    """Certificates are looked at when the address asks for it; the door speaks TLS and nothing else."""

    @pytest.fixture
    async def door(self, scratch_url: str, certificate: Path) -> AsyncIterator[str]:
        """The URL of the database behind TLS, without parameters and by the name of its certificate."""
        parts = urlsplit(scratch_url)
        async with tls_door(certificate, scratch_url) as port:
            user = parts.netloc.rpartition("@")[0]
            yield urlunsplit(parts._replace(netloc=f"{user}@localhost:{port}", query=""))

    @pytest.mark.parametrize(
        "query",
        [
            "sslmode=require",
            "ssl=require",
            "ssl=true",
            "sslmode=prefer",
            "sslmode=require&sslrootcert={file}",
            "sslmode=verify-ca&sslrootcert={file}",
            "sslmode=verify-full&sslrootcert={file}",
            "sslmode=verify-full&sslrootcert={file}&ssl_min_protocol_version=TLSv1.3&channel_binding=require",
            "sslmode=require&sslrootcert={file}&channel_binding=require",
        ],
    )
    async def test_connects(self, door: str, certificate: Path, query: str) -> None:
        """With what Heroku, Neon, RDS and others append."""
        assert await ask(plus(door, query.format(file=certificate)), "server_encoding") == "UTF8"

    @pytest.mark.parametrize(
        "query", ["sslmode=verify-full&sslrootcert=system", "sslmode=require&channel_binding=require"]
    )
    async def test_certificates_of_the_system(
        self, door: str, certificate: Path, query: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The password's proof can't be bound to the channel, so the server's certificate is looked at instead."""
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(plus(door, query), "server_encoding")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert await ask(plus(door, query), "server_encoding") == "UTF8"

    @pytest.mark.parametrize("mode", ["require", "verify-ca", "verify-full"])
    async def test_certificate_of_another(self, door: str, tmp_path: Path, mode: str) -> None:
        """Not even with `require`, once there is a root certificate: as libpq has it."""
        other = write_certificate(tmp_path, "elsewhere.example.com")
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(plus(door, f"sslmode={mode}&sslrootcert={other}"), "server_encoding")

    async def test_name_of_another(self, door: str, certificate: Path) -> None:
        """verify-full compares it, verify-ca does not."""
        by_number = door.replace("localhost", "127.0.0.1")
        assert await ask(plus(by_number, f"sslmode=verify-ca&sslrootcert={certificate}"), "server_encoding") == "UTF8"
        with pytest.raises(ssl.SSLCertVerificationError):
            await ask(plus(by_number, f"sslmode=verify-full&sslrootcert={certificate}"), "server_encoding")

    async def test_no_tls_where_none_is_wanted(self, door: str) -> None:
        """The door hangs up on what is not TLS."""
        with pytest.raises(asyncpg.ConnectionDoesNotExistError):
            await ask(plus(door, "sslmode=disable&connect_timeout=30"), "server_encoding")


class TestRefused:
    """In one sentence that names the parameter and holds no password."""

    @pytest.fixture(autouse=True)
    def home(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A home without certificates."""
        monkeypatch.setenv("HOME", str(tmp_path))
        monkeypatch.delenv("PGSSLROOTCERT", raising=False)

    @pytest.mark.parametrize(
        ("query", "words"),
        [
            ("sslmode=no-verify", '"sslmode" can only be allow, disable, prefer, require, verify-ca or verify-full'),
            ("sslmode=verify-full", '"sslrootcert" is missing'),
            ("sslmode=require&sslrootcert=system", "sslrootcert=system needs sslmode=verify-full"),
            ("sslrootcert=/nowhere.pem", '"sslrootcert" can\'t be used: No such file or directory'),
            (f"sslcert={__file__}", '"sslcert" can\'t be used: it is no PEM file'),
            ("sslmode=disable&channel_binding=require", "channel_binding=require needs sslmode=require"),
            ("channel_binding=perhaps", '"channel_binding" can only be disable or prefer'),
            ("gssencmode=require", '"gssencmode" can only be disable or prefer'),
            ("target_session_attrs=primarily", '"target_session_attrs" can only be any, '),
            ("connect_timeout=soon", '"connect_timeout" is not a whole number'),
            ("connect_timeout=" + "9" * 400, '"connect_timeout" is larger than 2147483647'),
            ("connect_timeout=" + "9" * 5000, '"connect_timeout" is not a whole number'),
            ("connect_timeout=-" + "9" * 400, '"connect_timeout" is larger than 2147483647'),
            ("host=db..internal", "labels of 1 to 63 characters"),
            (f"host=db.example.com,{'a' * 64}.example.com", "labels of 1 to 63 characters"),
            ("host=.example.com", "labels of 1 to 63 characters"),
            ("host=db%00.example.com", "no zero byte"),
            ("application_name=%00", "no zero byte"),
            ("host=%ff..", "labels of 1 to 63 characters"),
            ("pgbouncer=yes", '"pgbouncer" can only be false or true'),
            ("port=1,2,3", '"port" has another number of ports than there are hosts'),
            ("port=99999", "a port is a number from 1 to 65535"),
            ("keepalives_idle=30", 'the parameter "keepalives_idle" is not known here'),
            ("statement_timeout=5", "options=-c%20name%3Dvalue"),
            ("jit", "it is not a URI"),
        ],
    )
    def test_parameter(self, query: str, words: str) -> None:
        """Rather than a server's refusal at the first request."""
        with pytest.raises(DatabaseUrlError) as refused:
            DatabaseAddress.parse(f"postgresql://me:{_SECRET}@db.example.com/books?{query}")
        sentence = str(refused.value)
        assert words in sentence
        assert _SECRET not in sentence
        assert "\n" not in sentence

    @pytest.mark.parametrize("letter", "@/?#[]")
    def test_password_that_is_not_encoded(self, letter: str) -> None:
        """It is refused without being shown."""
        with pytest.raises(DatabaseUrlError, match="percent-code") as refused:
            DatabaseAddress.parse(f"postgresql://me:{_SECRET}{letter}{_SECRET}@db.example.com/books")
        assert _SECRET not in str(refused.value)

    @pytest.mark.parametrize("letter", ":%!$&'()*+,;=")
    def test_password_that_need_not_be_encoded(self, letter: str) -> None:
        """It is taken as it stands."""
        password = f"{_SECRET}{letter}{_SECRET}"
        address = DatabaseAddress.parse(f"postgresql://me:{password}@db.example.com/books")
        assert address.hosts == (("db.example.com", None),)
        assert f":{password}@" in address.dsn

    @pytest.mark.parametrize("url", ["", "books", "host=h dbname=books", "mysql://h/books", "postgresql:/h/books"])
    def test_other_schemes(self, url: str) -> None:
        """Whatever else it may be."""
        with pytest.raises(DatabaseUrlError, match="must begin with postgresql://"):
            DatabaseAddress.parse(url)
