"""Looks at the call of a test by voice, which the gateway opens: from before it begins, with all that it is given."""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.core.effects import Announce, Effect, EndCall
from orchestrator.core.events import Ending, Event
from orchestrator.core.people.events import PersonDecided
from orchestrator.gateway.calls import Calls
from orchestrator.observe.facts import Fact
from orchestrator.runner import Place, RunningCall
from orchestrator.team import Team
from orchestrator.team.trials import Given
from orchestrator.trials.witness import Witness


class Visitor:
    """The observer of one call."""

    def __init__(self, team: Team, given: Given, calls: Calls, witness: Witness) -> None:
        # The team, what holds when the call begins, and where it is opened.
        self._team, self._given, self._calls = team, given, calls
        # What happens is told to whom.
        self._witness = witness
        # The id of the call, and the call, once it is there.
        self._id = ""
        self._call: RunningCall | None = None
        # Why it cannot begin; "" if it can.
        self.fault = ""
        # How it has ended; None while it goes on.
        self.ending: Ending | None = None

    def begin(self, place: Place) -> Visitor:
        """Set the variables of a call that is about to begin, whoever has to set them."""
        self._id = place.call
        for name, value in self._given.variables.items():
            declared = self._team.variables.get(name)
            if fault := place.party.shared.variables.set(name, value, declared.set_by if declared else None):
                self.fault = f"given.variables: {fault}."
        return self

    @property
    def call(self) -> RunningCall | None:
        """The call; None before it has begun."""
        if self._call is None and (found := self._calls.find(self._id)) is not None:
            self._call = found.running
        return self._call

    def take(self, fact: Fact) -> None:
        """Take a fact."""
        self._witness.take(fact)

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Take in what an event brought about; agree to whatever a person at the desk is asked."""
        self._witness.observe(event, effects, now)
        for effect in effects:
            if isinstance(effect, EndCall) and self.ending is None:
                self.ending = effect.ending
            if isinstance(effect, Announce) and effect.name == "approval.requested" and self.call is not None:
                self.call.feed(PersonDecided(str(effect.fields["id"]), approve=True))
