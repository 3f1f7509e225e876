"""Who was heard when: turns of the caller, answers of agents, and interruptions.

What an agent says is heard later than it comes: it is assumed that the caller's side plays it without gaps, as
everywhere in the core. A client that tells how much it had played when it was interrupted is believed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from math import inf
from typing import Any, ClassVar

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.observe.facts import Answered, CallerTurn, FirstAudio, Interrupted, Outcome
from orchestrator.observe.story.part import Part, Tell

SETTLED = 2.0  # seconds after the end of an answer in which a client may still tell how much of it was heard
WAITING = 2000  # frames of an item that are not heard yet; more are forgotten
ITEMS = 64  # of which it is known to what response they belong


@dataclass(slots=True)
class Response:
    """A response of an agent, as far as it was heard."""

    id: str
    agent: str
    asked: float
    begins: float = inf  # when its first sound was heard
    until: float = -inf  # when its last sound will have been
    status: str = ""  # once it is done
    cut: bool = False


@dataclass(slots=True)
class Item:
    """An item with sound."""

    response: Response
    waiting: deque[float] = field(
        default_factory=lambda: deque(maxlen=WAITING)
    )  # milliseconds of frames not played yet
    begins: float = inf  # when its first sound was heard


class Voices(Part):
    """Looks for who was heard when."""

    def __init__(self, tell: Tell, seat: str) -> None:
        super().__init__(tell, seat)
        # Responses that are not told yet, and items that they consist of.
        self._responses: dict[str, Response] = {}
        self._items: dict[str, Item] = {}
        # When all that was given to the caller will have been heard.
        self._end = -inf
        # Items of the caller's speech that has not stopped → when it began, and whether an agent was heard then.
        self._speech: dict[str, tuple[float, bool]] = {}
        # When the caller began to speak last.
        self._spoke = 0.0
        # When the caller's last turn ended that was not answered yet.
        self._turn: float | None = None
        # When sound of the caller came first since their last turn; whether they end their turns by hand.
        self._sound: float | None = None
        self._by_hand = False

    # --- audio on its way ---

    def caller_sound(self, at: float, ms: float) -> None:
        """Note a frame of the caller, which arrives when it was spoken."""
        if self._sound is None:
            self._sound = max(0.0, at - ms / 1000)

    def produced(self, event: ev.AudioProduced) -> None:
        """Note a frame of an agent, which may be heard now, later or never."""
        item = self._items.get(event.item_id)
        if item is None:
            response = self._responses.get(event.response_id)
            if response is None:
                return
            item = self._items[event.item_id] = Item(response)
            if len(self._items) > ITEMS:
                del self._items[next(iter(self._items))]
        item.waiting.append(event.ms)

    def played(self, effect: do.PlayAudio, at: float) -> None:
        """Note that a frame was given to the caller."""
        item = self._items.get(effect.item_id)
        if item is None or not item.waiting:
            return
        response, begins = item.response, max(self._end, at)
        self._end = response.until = begins + item.waiting.popleft() / 1000
        item.begins = min(item.begins, begins)
        if begins < response.begins:
            response.begins = begins
            self._settle(at)
            if self._turn is not None:
                self.tell(FirstAudio(start=self._turn, end=begins, seat=self.seat, **_whose(response)))
                self._turn = None

    # --- the caller ---

    def _starts(self, event: ev.SpeechStarted, at: float) -> None:
        self._speech[event.item_id] = (at, at < self._end)
        self._spoke = at
        self._settle(at)

    def _stops(self, event: ev.SpeechStopped, at: float) -> None:
        began, over = self._speech.pop(event.item_id, (self._sound or at, False))
        self._turn_ended(event, began, at, over=over)

    def _turn_ended(self, event: ev.OfItem, began: float, at: float, *, over: bool) -> None:
        whose = {"agent": event.session.agent, "item_id": event.item_id}
        self.tell(CallerTurn(start=min(began, at), end=at, seat=self.seat, over=over, **whose))
        self._turn = at

    def _committed(self, event: ev.TurnCommitted, at: float) -> None:
        if self._by_hand and self._sound is not None:
            self._turn_ended(event, self._sound, at, over=self._sound < self._end)
        self._sound, self._by_hand = None, False
        self._turn = at if self._turn is None else self._turn

    def _ends_by_hand(self, _: ev.CallerCommitted, __: float) -> None:
        self._by_hand = True

    def _typed(self, event: ev.CallerTyped, at: float) -> None:
        if event.item.get("role") == "user":
            self._turn = self._spoke = at

    # --- the agents ---

    def _begins(self, event: ev.ResponseStarted, at: float) -> None:
        if not event.aside:
            self._responses[event.response_id] = Response(event.response_id, event.session.agent, at)

    def _done(self, event: ev.ResponseFinished, at: float) -> None:
        response = self._responses.get(event.response_id)
        if response is not None:
            response.status = event.status
            self._settle(at)

    def _stopped(self, _: do.StopPlayback, at: float) -> None:
        for response in self._responses.values():
            if at < response.until:
                response.cut = True
                response.until = max(at, response.begins)
                began = min(max(self._spoke, response.begins), at)
                self.tell(Interrupted(start=began, end=at, seat=self.seat, **_whose(response)))
        self._end = min(self._end, at)

    def _truncated(self, event: ev.CallerTruncated, at: float) -> None:
        item = self._items.get(event.item_id)
        if item is not None and (heard := item.begins + event.ms / 1000) < item.response.until:
            item.response.until, item.response.cut = heard, True
            self._end = min(self._end, at)

    def _closed(self, effect: do.EndResponse, at: float) -> None:
        """Take note of a response that the caller sees end, whatever its session still says."""
        response = self._responses.get(effect.response_id)
        if response is not None and not response.status:
            response.status = effect.status
            self._settle(at)

    # --- what is over ---

    def _settle(self, at: float) -> None:
        """Tell the answers that were heard to their end, or cut."""
        for response in list(self._responses.values()):
            if response.status and at > response.until + SETTLED and not self._is_held(response):
                self._answered(response)

    def _is_held(self, response: Response) -> bool:
        """Whether an answer is complete, but was not given to the caller yet: the one before it goes on."""
        if response.status != "completed" or response.begins < inf:
            return False
        return any(item.waiting for item in self._items.values() if item.response is response)

    def _answered(self, response: Response) -> None:
        del self._responses[response.id]
        heard = response.until > -inf
        begins, until = (response.begins, response.until) if heard else (response.asked, response.asked)
        self.tell(
            Answered(
                start=begins,
                end=max(begins, until),
                seat=self.seat,
                agent=response.agent,
                response_id=response.id,
                asked=response.asked,
                status=response.status,
                cut=response.cut,
                heard=heard,
            )
        )

    def finish(self, at: float, outcome: Outcome) -> None:
        """Tell the rest: what was to be heard after the end of the call was not, and so far nobody has heard it."""
        for response in list(self._responses.values()):
            response.status = response.status or outcome.value
            response.until = min(response.until, max(at, response.begins)) if response.begins < inf else response.until
            self._answered(response)

    takes: ClassVar[Any] = {
        ev.SpeechStarted: _starts,
        ev.SpeechStopped: _stops,
        ev.CallerCommitted: _ends_by_hand,
        ev.TurnCommitted: _committed,
        ev.CallerTyped: _typed,
        ev.ResponseStarted: _begins,
        ev.ResponseFinished: _done,
        ev.CallerTruncated: _truncated,
        do.StopPlayback: _stopped,
        do.EndResponse: _closed,
        do.PlayAudio: played,
    }


def _whose(response: Response) -> dict[str, str]:
    return {"agent": response.agent, "response_id": response.id}
