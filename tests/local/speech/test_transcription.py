"""What Whisper's short window does wrong is put right; real recordings are understood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestrator.errors import RealtimeError
from orchestrator.local.speech.transcription import Whisper, is_loop, once, pieces


@pytest.mark.parametrize(
    ("heard", "kept"),
    [
        ("I have a problem. I have a problem.", "I have a problem."),
        ("Where is order 64188? Where is it? Where is it?", "Where is order 64188? Where is it?"),
        ("52601. 52601. 52601.", "52601."),
        ("Bye bye.", "Bye bye."),
        ("No, no.", "No, no."),
        ("5 26 01 5 26 01", "5 26 01"),
        ("5 5 5 5", "5 5 5 5"),
        ("7 7 0 7 7 0", "7 7 0 7 7 0"),
        ("4 8 2 1 3 4 8 2 1 3", "4 8 2 1 3"),
        ("Order 11510. Order 11510.", "Order 11510."),
        ("Thank you. Thank you.", "Thank you. Thank you."),
        ("Could you take a message, please? Could you take a", "Could you take a message, please?"),
        ("I want a table. I want a chair.", "I want a table. I want a chair."),
        ("Goodbye goodbye goodbye goodbye", "Goodbye"),
        ("", ""),
    ],
)
def test_echoes_are_dropped(heard: str, kept: str) -> None:
    """A sentence or a number said again by the decoder; not what people do say twice."""
    assert once(heard) == kept


def test_loops_are_noticed() -> None:
    """A decoder that runs in circles; an ordinary sentence does not."""
    assert is_loop("It's 83016 Please. " * 10)
    assert not is_loop("Can you book a table for four at seven thirty tonight under the name Miller?")


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
