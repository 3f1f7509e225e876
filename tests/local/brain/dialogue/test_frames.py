"""What a conversation is about."""

from __future__ import annotations

from orchestrator.local.brain.dialogue.frames import MOST_FRAMES, MOST_LATER, Dialogue, Frame


def test_a_call_is_new_once() -> None:
    """Until the next one is made."""
    first = Frame({"name": "one"})
    dialogue = Dialogue(done=first)

    assert dialogue.newly_done(None) is first
    assert dialogue.newly_done(first) is None


def test_matters_are_a_stack_with_a_bound() -> None:
    """The last one is at hand; of too many the oldest is dropped."""
    dialogue = Dialogue()
    assert dialogue.current is None

    frames = [Frame({"name": str(at)}) for at in range(MOST_FRAMES + 1)]
    for frame in frames:
        dialogue.push(frame)

    assert dialogue.frames == frames[1:]
    assert dialogue.current is frames[-1]


def test_requests_wait_up_to_a_bound() -> None:
    """One too many is dropped."""
    dialogue = Dialogue()
    for at in range(MOST_LATER + 1):
        dialogue.wait_with(str(at))

    assert dialogue.later == [str(at) for at in range(MOST_LATER)]
