"""All who look at a call."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from orchestrator.core.effects import Effect, EndCall
from orchestrator.core.events import CallerLeft, Ending, Event, SeatsStirred
from orchestrator.observe.facts import CallEnded, Fact
from orchestrator.observe.journal import Journal
from orchestrator.observe.watch import Lookers, Watch


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
