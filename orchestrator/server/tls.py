"""TLS: the server's certificate, from files or made for a try.

Some clients always dial `wss://`; a proxy in front of the server is the other way to serve them.
"""

from __future__ import annotations

import datetime
import ipaddress
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

from orchestrator.errors import OrchestratorError
from orchestrator.settings import Settings

TEMPORARY = "orchestrator-tls-"  # begins the name of the folder with a certificate that was made here
LIFETIME = datetime.timedelta(days=30)
NAMES = ("localhost", "127.0.0.1", "::1")  # whom a certificate that was made here is for, beside the host
NOT_INSTALLED = "The package that makes certificates is missing. Install it with: pip install 'voice-orchestrator[tls]'"


@contextmanager
def certified(settings: Settings) -> Iterator[Settings]:
    """Yield the settings with files of a certificate and its key, if TLS is wanted; those that are made are temporary.

    Raises `OrchestratorError` for files that cannot be used.
    """
    if settings.tls is None:
        _check(settings)
        yield settings
        return
    if settings.tls_cert or settings.tls_key:
        raise OrchestratorError("Set either --tls self-signed, or --tls-cert and --tls-key.")
    with tempfile.TemporaryDirectory(prefix=TEMPORARY) as folder:
        cert, key = Path(folder) / "cert.pem", Path(folder) / "key.pem"
        _make(settings.host, cert, key)
        yield settings.model_copy(update={"tls": None, "tls_cert": cert, "tls_key": key})


def _check(settings: Settings) -> None:
    cert, key = settings.tls_cert, settings.tls_key
    if cert is None and key is None:
        return
    if cert is None or key is None:
        raise OrchestratorError("TLS needs both files: --tls-cert and --tls-key.")
    for path in (cert, key):
        try:
            path.read_bytes()
        except OSError as error:
            raise OrchestratorError(f"{path}: {error.strerror}. It was named as a TLS file.") from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password="")
    except (ssl.SSLError, ValueError):
        what = f"{cert} and {key} are no certificate and its key"
        remedy = "Both must be PEM files that belong together, the key without a passphrase."
        raise OrchestratorError(f"{what}. {remedy}") from None


def _make(host: str, cert: Path, key: Path) -> None:
    """Write a certificate that is signed with its own key."""
    try:
        from cryptography import x509
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
    except ImportError:
        raise OrchestratorError(NOT_INSTALLED) from None
    private = ec.generate_private_key(ec.SECP256R1())
    public, now = private.public_key(), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "orchestrator")])
    identifier = x509.SubjectKeyIdentifier.from_public_key(public)
    certificate = (
        x509.CertificateBuilder(name, name, public, x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([_name(one) for one in dict.fromkeys((*NAMES, host))]), False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(identifier, critical=False)
        .sign(private, hashes.SHA256())
    )
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    cert.write_bytes(certificate.public_bytes(pem))
    key.write_bytes(private.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain))


def _name(host: str) -> GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
