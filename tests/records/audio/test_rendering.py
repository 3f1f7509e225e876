"""From a spool to sound: every mark counts, and what a peer has made up harms nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestrator.local.speech.g711 import encode
from orchestrator.protocol.frames import server_frame
from orchestrator.records.audio.rendering import render
from orchestrator.records.audio.sound import text_of_pcm
from orchestrator.records.audio.spool import Spool, mark
from tests.records.audio.hearing import CALLER_HERTZ, TEAM_HERTZ, append, delta, listened, tone
from tests.records.audio.test_tape import times

Stretches = list[tuple[float, float]]


def heard(folder: Path, *entries: tuple[float, str]) -> tuple[Stretches, Stretches]:
    """Return when something is heard left and right of what was told."""
    path = folder / "caller.spool"
    spool = Spool(path, 0.0)
    spool.write(entries)
    spool.close()
    left, right = listened(render(path))
    return times(left), times(right)


def spoken(start: float, seconds: float) -> list[tuple[float, str]]:
    """Return the frames of a caller who speaks."""
    frame = append(tone(CALLER_HERTZ, 100))
    return [(start + (number + 1) / 10, frame) for number in range(round(10 * seconds))]


def sent(item_id: str, seconds: float) -> str:
    """Return a frame of the team's."""
    return delta(item_id, tone(TEAM_HERTZ, 1000 * seconds))


END = (9.0, mark("ended"))


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ([(1.0, sent("a", 4)), (2.0, mark("stopped")), END], [(1.0, 2.0)]),
        ([(1.0, sent("a", 4)), (2.0, mark("paused")), END], [(1.0, 2.0)]),
        ([(1.0, sent("a", 4)), (8.0, mark("truncated", "a", 1500)), END], [(1.0, 2.5)]),
        ([(1.0, sent("a", 1)), (1.8, mark("marked", "a", 500)), END], [(1.3, 2.3)]),
        ([(1.0, sent("a", 1)), (1.0, mark("unsent", "a", 24_000)), (1.0, sent("a", 1)), END], [(1.0, 2.0), (2.5, 3.5)]),
        ([(1.0, sent("a", 1)), (0.0, mark("silence item", "a", 1.0)), END], []),
        ([(1.0, mark("played", "a", text_of_pcm(tone(TEAM_HERTZ, 500)))), END], [(1.0, 1.5)]),
        ([(1.0, sent("a", 1)), (9.0, mark("of a later version", 1))], [(1.0, 2.0)]),
        ([(1.0, sent("a", 4)), (3.0, mark("unheard", 20.0))], [(1.0, 3.0)]),
    ],
)
def test_what_the_team_is_heard_to_say(
    tmp_path: Path, told: list[tuple[float, str]], found: list[tuple[float, float]]
) -> None:
    """By each kind of mark; up to the last moment that is known, where there is no end."""
    assert heard(tmp_path, *told) == ([], found)


def test_what_the_caller_is_heard_to_say(tmp_path: Path) -> None:
    """Silent where it has to be, and where nothing was kept."""
    told = [*spoken(0.0, 2.0), (2.5, mark("unheard", 500.0)), *spoken(2.5, 1.0), (0.0, mark("silence", 0.5, 1.0)), END]

    assert heard(tmp_path, *told) == ([(0.0, 0.5), (1.0, 2.0), (2.5, 3.5)], [])


def test_each_side_has_its_format(tmp_path: Path) -> None:
    """As it is when a frame comes."""
    telephone = append(encode(np.frombuffer(tone(CALLER_HERTZ, 500, 8000), np.int16), law="audio/pcmu"))
    other = [(0.0, mark("format", side, "audio/pcmu")) for side in ("caller", "team")]
    back = (2.0, mark("format", "team", "audio/pcm"))

    assert heard(tmp_path, *other, (1.5, telephone), back, (2.0, sent("a", 1)), END) == ([(1.0, 1.5)], [(2.0, 3.0)])


def test_what_is_no_audio_is_left_out(tmp_path: Path) -> None:
    """Frames and marks that nobody can read; one in an unusual form is read."""
    wrong = [
        "{}",
        '["silence item"]',
        "[1]",
        "[",
        "",
        '{"type":"input_audio_buffer.append"}',
        '["silence"]',
        '["format","x","y"]',
        "[[]]",
        '["silence item"]',
    ]
    wrong += [
        '["truncated"]',
        '["marked","a"]',
        '["stopped",1]',
        '["unsent","a","b"]',
        '["played","a","ä"]',
        '["silence item"]',
    ]
    place = {"item_id": "a", "response_id": "r", "content_index": 0, "output_index": 0}
    odd = server_frame("response.output_audio.delta", delta=text_of_pcm(tone(TEAM_HERTZ, 1000)), **place)

    assert heard(tmp_path, *((0.5, text) for text in wrong), (1.0, odd), *spoken(1.0, 1.0), END) == (
        [(1.0, 2.0)],
        [(1.0, 2.0)],
    )


def test_it_can_be_interrupted(tmp_path: Path) -> None:
    """By those whom it would hold up, four times for each second of sound."""
    spool = Spool(tmp_path / "caller.spool", 0.0)
    spool.write(spoken(0.0, 10.0))
    spool.close()
    gave: list[int] = []
    render(tmp_path / "caller.spool", lambda: gave.append(1))

    assert 30 < len(gave) <= 40


def test_no_file_is_left_of_it(tmp_path: Path) -> None:
    """What was rendered is gone with whoever wanted it; nothing comes of a spool that is not there."""
    heard(tmp_path, *spoken(0.0, 1.0))
    assert [path.name for path in tmp_path.iterdir()] == ["caller.spool"]

    with pytest.raises(FileNotFoundError):
        render(tmp_path / "other.spool")
