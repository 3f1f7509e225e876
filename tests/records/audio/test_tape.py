"""One seat: what ends up in its two files."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestrator.protocol.audio import SILENT_BYTE
from orchestrator.records.audio.files import RawFile, Side
from orchestrator.records.audio.sound import STEPS
from orchestrator.records.audio.tape import ECHO, Tape
from tests.records.audio.hearing import CALLER_HERTZ, TEAM_HERTZ, Heard, append, delta, listened, tone

KIND = "audio/pcm"


class Deck:
    """A tape, and what is on it in the end."""

    def __init__(self, folder: Path) -> None:
        self.files = {side: RawFile(folder) for side in Side}
        self.tape = Tape(self.files)

    def speak(self, start: float, seconds: float) -> None:
        """Let the caller speak."""
        for number in range(round(seconds * 10)):
            self.tape.heard(start + (number + 1) / 10, append(tone(CALLER_HERTZ, 100)), KIND)

    def say(self, item_id: str, start: float, seconds: float) -> None:
        """Let an agent speak."""
        for _ in range(round(seconds * 10)):
            self.tape.sent(start, item_id, delta(item_id, tone(TEAM_HERTZ, 100)), KIND)

    def sides(self, end: float = 60.0) -> tuple[list[tuple[float, float]], list[tuple[float, float]]]:
        """Return when sound is heard left and right."""
        self.tape.end(end)
        left, right = listened(self.files)
        return times(left), times(right)


def times(heard: list[Heard]) -> list[tuple[float, float]]:
    """Return when something is heard."""
    return [(one.start, one.end) for one in heard]


@pytest.fixture
def deck(tmp_path: Path) -> Deck:
    """Return a tape that runs."""
    return Deck(tmp_path)


def test_both_sides_on_one_time_line(deck: Deck) -> None:
    """The caller as it came, the team as it is played."""
    deck.speak(1.0, 1.0)
    deck.say("a", 1.5, 2.0)

    assert deck.sides() == ([(1.0, 2.0)], [(1.5, 3.5)])


def test_nothing_is_heard_after_the_end(deck: Deck) -> None:
    """Of what was sent ahead, only what was played."""
    deck.say("a", 1.0, 20.0)

    assert deck.sides(end=4.0) == ([], [(1.0, 4.0)])


def test_what_was_written_and_not_heard_is_taken_back(deck: Deck) -> None:
    """By a report that comes late."""
    deck.say("a", 1.0, 4.0)
    deck.tape.flush(9.0)
    deck.tape.truncated("a", 1500)

    assert deck.sides() == ([], [(1.0, 2.5)])


def test_a_stopped_player(deck: Deck) -> None:
    """The next answer begins at once."""
    deck.say("a", 1.0, 9.0)
    deck.tape.stopped(3.0)
    deck.say("b", 3.2, 1.0)

    assert deck.sides() == ([], [(1.0, 3.0), (3.2, 4.2)])


def test_marks(deck: Deck) -> None:
    """A telephone that plays late."""
    deck.say("a", 1.0, 1.0)
    deck.tape.marked(1.8, "a", 500)

    assert deck.sides() == ([], [(1.3, 2.3)])


def test_a_player_of_ours(deck: Deck) -> None:
    """What it plays is heard."""
    for number in range(50):
        deck.tape.played(2.0 + number / 50 + number % 2 / 100, "a", tone(TEAM_HERTZ, 20))

    assert deck.sides() == ([], [(2.0, 3.0)])


def test_a_stretch_of_the_caller_is_silent(deck: Deck) -> None:
    """The other side is not."""
    deck.speak(1.0, 3.0)
    deck.say("a", 1.0, 3.0)
    deck.tape.silence(Side.CALLER, 2.0, 3.0)

    assert deck.sides() == ([(1.0, 2.0), (3.0, 4.0)], [(1.0, 4.0)])


def test_a_caller_who_ran_ahead_is_silent_all_the_same(deck: Deck) -> None:
    """Whose sound lies later than it came: as much more is silent."""
    for _ in range(30):
        deck.tape.heard(1.0, append(tone(CALLER_HERTZ, 100)), KIND)
    deck.tape.flush(2.0)
    deck.tape.silence(Side.CALLER, 0.5, 1.0)

    assert deck.sides() == ([(0.0, 0.5)], [])


@pytest.mark.parametrize("written", [False, True])
def test_an_item_is_silent_on_both_sides(deck: Deck, *, written: bool) -> None:
    """A microphone hears the loudspeaker, a moment later."""
    deck.speak(0.5, 6.0)
    deck.say("a", 1.0, 1.0)
    deck.say("b", 1.0, 1.0)
    deck.say("c", 1.0, 1.0)
    if written:
        deck.tape.flush(9.0)
    deck.tape.silence_item("b")

    assert deck.sides() == ([(0.5, 2.0), (3.0 + ECHO / STEPS, 6.5)], [(1.0, 2.0), (3.0, 4.0)])


def test_an_item_that_goes_on_stays_silent(deck: Deck) -> None:
    """Also played by ourselves."""
    deck.tape.silence_item("a")
    for number in range(50):
        deck.tape.played(2.0 + number / 50, "a", tone(TEAM_HERTZ, 20))
    deck.say("a", 5.0, 1.0)

    assert deck.sides() == ([], [])


def test_what_is_not_kept_takes_its_time(deck: Deck) -> None:
    """Frames that were left out, of either side."""
    deck.speak(1.0, 1.0)
    deck.tape.unheard(2.1, 100)
    deck.say("a", 1.0, 1.0)
    deck.tape.unsent(1.0, "a", 48 * 500, KIND)
    deck.say("a", 1.0, 1.0)

    assert deck.sides() == ([(1.0, 2.0)], [(1.0, 2.0), (2.5, 3.5)])


def test_a_pause_leaves_out_what_is_still_played(deck: Deck) -> None:
    """What was sent before it, too."""
    deck.say("a", 1.0, 4.0)
    deck.tape.paused(2.0)

    assert deck.sides() == ([], [(1.0, 2.0)])


def test_a_telephone(deck: Deck) -> None:
    """G.711 on both sides; its silence is silent."""
    quiet, loud = bytes([SILENT_BYTE["audio/pcmu"]] * 800), bytes([0x80, 0x00] * 400)
    for number, audio in enumerate((quiet, loud, quiet)):
        deck.tape.heard((number + 1) / 10, append(audio), "audio/pcmu")
    left, _ = deck.sides()

    assert left == [(0.1, 0.2)]


def test_a_frame_without_audio_is_refused(deck: Deck) -> None:
    """With an error that is expected; the rest goes on."""
    with pytest.raises(ValueError, match=r"."):
        deck.tape.heard(1.0, '{"type":"input_audio_buffer.append"}', KIND)
    deck.speak(1.0, 1.0)

    assert deck.sides() == ([(1.0, 2.0)], [])
