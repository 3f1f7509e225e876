"""Caller audio and events kept while nobody can take them."""

from __future__ import annotations

from orchestrator.core import events as ev
from orchestrator.core.memory.hold import AUDIO_MS, EVENTS, LEAST_MS, MUTED_MS, PREROLL_MS, Held, Hold

MUTED_FRAMES = int(MUTED_MS / 20)


def frame(number: int, ms: float = 20.0) -> ev.CallerSpoke:
    return ev.CallerSpoke(f"frame {number}", ms)


def test_held_events_come_back_in_order() -> None:
    """Audio and other events keep their order."""
    hold = Hold()
    events: list[Held] = [frame(1), ev.CallerAsked(), frame(2)]
    assert all(hold.keep(event) for event in events)

    assert hold.release() == events
    assert hold.release() == []


def test_the_oldest_audio_goes_when_there_is_too_much_and_it_is_said_once() -> None:
    """30 s are held; the first drop is reported, the next are not, until the hold is released."""
    hold = Hold()
    assert hold.keep(ev.CallerAsked())
    assert hold.keep(frame(0, AUDIO_MS))

    assert not hold.keep(frame(1))
    assert hold.keep(frame(2, AUDIO_MS))
    assert [event for event in hold.release() if isinstance(event, ev.CallerSpoke)] == [frame(2, AUDIO_MS)]

    hold.keep(frame(3, AUDIO_MS))
    assert not hold.keep(frame(4))


def test_p36_long_frames_push_out_as_many_short_ones_as_they_need() -> None:
    """P36: what waits stays within its bound; the newest is kept, however long."""
    hold = Hold()
    for number in range(6000):
        hold.keep(frame(number, 5.0))
    for number in range(100):
        hold.keep(frame(number, 10_000.0))
    assert [event.ms for event in hold.release() if isinstance(event, ev.CallerSpoke)] == [10_000.0] * 3

    hold.keep(frame(0))
    hold.keep(frame(1, 2 * AUDIO_MS))
    assert hold.release() == [frame(1, 2 * AUDIO_MS)]


def test_p36_frames_without_length_are_bounded_too() -> None:
    """P36: each counts for a few milliseconds, whether it waits or was sent."""
    hold = Hold()
    for number in range(20_000):
        hold.keep(frame(number, 0.0))
        hold.sent(frame(number, 0.0), speaking=True)

    assert len(hold.release()) == len(hold.release_preroll()) == AUDIO_MS / LEAST_MS


def test_too_many_other_events_are_not_held() -> None:
    """The number of waiting events is bounded."""
    hold = Hold()
    assert all(hold.keep(ev.CallerAsked()) for _ in range(EVENTS))

    assert not hold.keep(ev.CallerAsked())
    assert hold.keep(frame(1))


def test_in_silence_only_the_last_moment_is_remembered() -> None:
    """The pre-roll covers 300 ms; while the caller speaks everything is kept."""
    hold = Hold()
    for number in range(100):
        hold.sent(frame(number), speaking=False)
    assert sum(event.ms for event in hold.release_preroll()) <= PREROLL_MS

    for number in range(100):
        hold.sent(frame(number), speaking=True)
    assert len(hold.release_preroll()) == 100


def test_a_turn_is_kept_until_it_is_transcribed() -> None:
    """The frames of a committed turn can be given to another session while its words are unknown."""
    hold = Hold()
    hold.sent(frame(1), speaking=True)
    hold.committed()
    assert hold.release_turn() == [frame(1)]
    assert hold.release_turn() == []

    hold.sent(frame(2), speaking=True)
    hold.committed()
    hold.transcribed()
    assert hold.release_turn() == []


def test_clearing_forgets_audio_and_keeps_the_rest() -> None:
    """`input_audio_buffer.clear` is about audio only."""
    hold = Hold()
    hold.keep(frame(1))
    hold.keep(ev.CallerAsked())
    hold.sent(frame(2), speaking=True)
    hold.clear_audio()

    assert hold.release() == [ev.CallerAsked()]
    assert hold.release_preroll() == []


def test_p54_events_wait_as_far_as_there_is_room() -> None:
    """P54: what exceeds the bytes is refused, and they are free again when a session has taken what waits."""
    hold = Hold()
    long = ev.CallerTyped({"id": "a", "content": [{"text": "x" * 10_000}]})
    others: list[Held] = [ev.CallerAnswered({"output": "x" * 10_000}), ev.CallerAsked({"instructions": "x" * 10_000})]
    assert [hold.keep(event, 25_000 - hold.size) for event in (long, *others)] == [True, True, False]
    assert hold.keep(ev.CallerCommitted(), 100)
    assert 20_000 < hold.size < 21_000
    assert hold.release() == [long, others[0], ev.CallerCommitted()]
    assert hold.size == 0


def test_p54_audio_waits_as_far_as_there_is_room() -> None:
    """P54: it counts in bytes as well, and what does not fit is told once."""
    hold = Hold()
    audio = ev.CallerSpoke("x" * 10_000, 100.0)
    assert [hold.keep(audio, 25_000 - hold.size) for _ in range(4)] == [True, True, False, True]
    assert hold.size == 20_000
    assert hold.keep(ev.CallerCommitted())
    hold.clear_audio()
    assert hold.size < 100


def test_p54_a_frame_of_minutes_is_not_remembered() -> None:
    """P54: it is with its session, and no other could take it along."""
    hold = Hold()
    hold.sent(frame(0), speaking=True)
    hold.sent(frame(1, 2 * AUDIO_MS), speaking=True)
    assert hold.release_preroll() == []
    hold.sent(frame(2, 2000.0), speaking=False)
    assert hold.release_preroll() == [frame(2, 2000.0)]


def test_p47_a_caller_of_whom_nothing_comes_or_always_the_same_is_still() -> None:
    """P47: since the last look; real audio is never the same for five seconds."""
    hold = Hold()
    assert hold.still()
    hold.sent(frame(1), speaking=True)
    assert not hold.still()
    assert hold.still()

    for _ in range(MUTED_FRAMES):
        hold.sent(frame(2), speaking=True)
        seen = hold.still()
    assert seen
    hold.sent(frame(3), speaking=True)
    assert not hold.still()


def test_a_turn_is_committed_with_its_audio_if_there_is_any() -> None:
    """There may be nothing to be heard again."""
    hold = Hold()
    assert not hold.committed()
    hold.sent(frame(1), speaking=True)

    assert hold.committed()
