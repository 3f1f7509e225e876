"""How much of the time one socket may take."""

from __future__ import annotations

from orchestrator.protocol.share import PART, SHARE, SLICE, Share


def test_p53_only_so_many_frames_are_handled_at_once() -> None:
    """P53: more when the slice is over, and those that exceeded it are paid for."""
    now = 1.0
    share = Share(lambda: now)
    assert [share.within() for _ in range(SHARE + 1)] == [True] * SHARE + [False]
    now += SLICE * 0.9
    assert not share.within()
    now += SLICE * 0.2
    assert share.within()


def test_p53_what_took_long_is_paid_for() -> None:
    """P53: by a pause in proportion."""
    now = 1.0
    share = Share(lambda: now)
    assert share.within()
    share.spent += 0.1
    assert not share.within()
    now += 0.1 / PART * 0.9
    assert not share.within()
    now += 0.1 / PART * 0.2
    assert share.within()
