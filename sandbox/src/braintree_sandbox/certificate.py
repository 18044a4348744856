"""The certificate of the TLS port: made at every start, signed by itself, for Braintree's names and this machine's."""

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from tempfile import TemporaryDirectory

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

# A star stands for one label.
_NAMES = (
    "localhost",
    "*.braintreegateway.com",
    "*.sandbox.braintreegateway.com",
    "*.braintree-api.com",
    "*.sandbox.braintree-api.com",
)
_VALID = timedelta(days=397)


def tls_context(host: str) -> ssl.SSLContext:
    """Return the TLS context of a server that listens on `host`."""
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = _certificate(key, host)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    # OpenSSL takes the two from files only.
    with TemporaryDirectory(prefix="braintree-sandbox-") as folder:
        pem = Path(folder) / "tls.pem"
        secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        pem.write_bytes(secret + certificate.public_bytes(Encoding.PEM))
        context.load_cert_chain(pem)
    return context


def _certificate(key: ec.EllipticCurvePrivateKey, host: str) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "braintree-sandbox")])
    now = datetime.now(UTC)
    names: list[x509.GeneralName] = [x509.DNSName(one) for one in _NAMES]
    names += [x509.IPAddress(ip_address(one)) for one in ("127.0.0.1", "::1")]
    try:
        names.append(x509.IPAddress(ip_address(host)))
    except ValueError:
        names.append(x509.DNSName(host))
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _VALID)
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
