"""All who look at a call."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pytest
import structlog

from orchestrator.core.effects import Effect, EndCall
from orchestrator.core.events import CallerLeft, Ending, Event, SeatsStirred
from orchestrator.observe import watch as module
from orchestrator.observe.facts import CallEnded, Fact
from orchestrator.observe.journal import Journal
from orchestrator.observe.watch import Keepers, Lookers, Watch


class Broken:
    """An observer with a bug."""

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Fail."""
        raise KeyError(now)


class Counting:
    """An observer that counts."""

    seen = 0

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Count."""
        self.seen += 1


def test_an_observer_that_fails_looks_no_longer_and_the_others_do() -> None:
    """The log says so, once."""
    facts: list[Fact] = []
    counting = Counting()
    journal = Journal("call_1", "t", str)
    watch = Watch(journal, began=10.0, seat="caller", lookers=Lookers((facts.append,), (Broken(), counting)))

    with structlog.testing.capture_logs() as logs:
        watch.observe(SeatsStirred(), [], 11.0)
        watch.observe(CallerLeft(), [EndCall(Ending.LEFT, "hang-up")], 12.0)

    assert [line["event"] for line in logs] == ["observer failed"]
    assert counting.seen == 2
    assert [type(fact) for fact in facts] == [CallEnded]
    assert (watch.ended()["ending"], watch.ended()["reason"]) == ("left", "hang-up")


class Keeping(Counting):
    """A keeper, which fails at the past if it is told to."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken, self.past = broken, 0

    def retold(self, event: Event, effects: Sequence[Effect], now: float, agents: Collection[str]) -> None:
        """Count, or fail."""
        if self.broken:
            raise KeyError(now)
        self.past += 1


def test_a_keeper_that_fails_at_the_past_keeps_nothing_more() -> None:
    """The others are shown all of it, then what has waited, and then what happens."""
    broken, well = Keeping(broken=True), Keeping()
    lookers = Lookers(keepers=Keepers((), (broken, well)))
    watch = Watch(Journal("call_1", "t", str), began=10.0, seat="caller", lookers=lookers, agents=lambda: {"front"})
    with structlog.testing.capture_logs() as logs:
        watch.wait()
        watch.observe(SeatsStirred(), [], 12.0)
        watch.remember(SeatsStirred(), [], 11.0, {"front"})
        watch.go_on()
        watch.observe(SeatsStirred(), [], 13.0)

    assert [line["event"] for line in logs] == ["observer failed"]
    assert (broken.seen, well.past, well.seen) == (0, 2, 1)


def test_what_waits_for_the_past_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is more is not kept, and the log says so once."""
    monkeypatch.setattr(module, "WAITING", 2)
    keeper = Keeping()
    watch = Watch(
        Journal("call_1", "t", str), began=0.0, seat="caller", lookers=Lookers(keepers=Keepers((), (keeper,)))
    )
    with structlog.testing.capture_logs() as logs:
        watch.wait()
        for number in range(4):
            watch.observe(SeatsStirred(), [], float(number))
        watch.go_on()

    assert [line["event"] for line in logs] == ["call not kept any more"]
    assert keeper.past == 2
