"""A door to PostgreSQL that speaks TLS: the server of the tests' wheel is built without OpenSSL."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.db.wire import pour, reach

_SSL_REQUEST = (8).to_bytes(4) + (80877103).to_bytes(4)


def write_certificate(folder: Path, host: str) -> Path:
    """Write a self-signed certificate of `host`, its key behind it, and return the file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{host}.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


@asynccontextmanager
async def tls_door(certificate: Path, url: str) -> AsyncIterator[int]:
    """Listen on a port of 127.0.0.1, take TLS as PostgreSQL does, and carry the rest to the server of `url`."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    carried: set[asyncio.Task[None]] = set()

    async def carry(client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        if await client_in.readexactly(8) != _SSL_REQUEST:
            return  # somebody who would go on in the clear
        client_out.write(b"S")
        try:
            await client_out.start_tls(context)
        except (ssl.SSLError, ConnectionError):  # the client does not like the certificate
            return
        server_in, server_out = await reach(urlsplit(url))
        responses = asyncio.create_task(pour(server_in, client_out))
        await pour(client_in, server_out)
        await responses
        await server_out.wait_closed()

    async def take(client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        carried.add(task)
        try:
            await carry(client_in, client_out)
        finally:
            client_out.close()
            with suppress(OSError):
                await client_out.wait_closed()

    async with await asyncio.start_server(take, "127.0.0.1") as door:
        yield door.sockets[0].getsockname()[1]
    await asyncio.gather(*carried)
