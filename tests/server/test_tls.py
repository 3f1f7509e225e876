"""TLS: certificates from files, and those that are made for a try."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from orchestrator.errors import OrchestratorError
from orchestrator.server.tls import certified
from orchestrator.settings import Settings


def handshake(cert: Path, key: Path, name: str) -> None:
    """Connect a client that trusts only this certificate to a server that has it; raises if they cannot agree."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(cert, key)
    client = ssl.create_default_context(cafile=str(cert))
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    there, here = ssl.MemoryBIO(), ssl.MemoryBIO()
    sides = [
        client.wrap_bio(here, there, server_hostname=name),
        server.wrap_bio(there, here, server_side=True),
    ]
    for _ in range(4):
        for side in sides:
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    assert sides[0].cipher() is not None


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", "voice.example.com"])
def test_p73_a_certificate_that_was_made_is_good(name: str) -> None:
    """P73: for this machine and the host, by the strictest rules of Python; its files are gone afterwards."""
    with certified(Settings(host="voice.example.com", tls="self-signed")) as settings:
        assert settings.tls_cert is not None
        assert settings.tls_key is not None
        handshake(settings.tls_cert, settings.tls_key, name)

        with certified(settings) as again:
            assert again == settings

    assert not settings.tls_cert.exists()
    assert not settings.tls_key.parent.exists()


def test_without_tls_nothing_is_made() -> None:
    """The settings stay as they are."""
    with certified(Settings()) as settings:
        assert settings == Settings()


def test_p73_files_that_cannot_be_used(tmp_path: Path) -> None:
    """P73: each mistake is told before the server listens."""
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense", encoding="utf-8")
    with certified(Settings(tls="self-signed")) as one, certified(Settings(tls="self-signed")) as two:
        wrong = [
            (Settings(tls_cert=one.tls_cert), "TLS needs both files"),
            (Settings(tls_key=one.tls_key), "TLS needs both files"),
            (Settings(tls_cert=one.tls_cert, tls_key=two.tls_key), "no certificate and its key"),
            (Settings(tls_cert=nonsense, tls_key=one.tls_key), "no certificate and its key"),
            (Settings(tls_cert=tmp_path / "gone.pem", tls_key=one.tls_key), r"gone\.pem: No such file"),
            (Settings(tls_cert=one.tls_cert, tls_key=one.tls_key, tls="self-signed"), "either --tls self-signed"),
        ]
        for settings, told in wrong:
            with pytest.raises(OrchestratorError, match=told), certified(settings):
                pass
