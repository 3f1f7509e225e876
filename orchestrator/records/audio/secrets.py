"""Finds the turns of a call that hold a secret, from its events. Pure.

A turn is checked when its words are known, and again whenever a secret was set: it is often said before it is known to
be one. A number may be spread over several turns, so that turns in a row are read together too.

What a turn said is known from its transcript only. Of turns without one, those of the last two minutes before a secret
was set are taken to hold it. Limits: the last 128 turns are remembered, of each 32,000 characters.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from orchestrator.core.effects import Announce, Effect, SendAudio
from orchestrator.core.events import (
    Event,
    ResponseFinished,
    SessionLost,
    SpeechStarted,
    SpeechStopped,
    TranscriptProduced,
    TurnCommitted,
    TurnTranscribed,
)
from orchestrator.core.ids import SessionId
from orchestrator.core.memory.variables import HIDDEN
from orchestrator.observe.words import words

TURNS = 128
LONGEST = 32_000  # characters of one turn
TOGETHER = 4  # turns of one speaker that are read as one text
LEAD, TAIL = 1.0, 0.5  # seconds before speech was noticed, and after its end was, that belong to a turn
UNKNOWN = 120.0  # seconds
CATCH_UP = 5.0  # seconds that a session may take to hear what was held for it
CALLER = ""  # the name of the caller among the speakers; the others are agents
# The events that it needs.
CONCERNED = (
    TranscriptProduced,
    SpeechStarted,
    SpeechStopped,
    TurnCommitted,
    TurnTranscribed,
    ResponseFinished,
    SessionLost,
)


@dataclass(slots=True, eq=False)
class Turn:
    """What was said in one item."""

    speaker: str
    item_id: str
    start: float  # of a caller's: when it was noticed
    end: float | None = None
    text: str | None = None  # None: it is not known
    hidden: bool = False  # it was found to hold a secret


def replayed(effects: Iterable[Effect]) -> SessionId | None:
    """Return the session to which an event has sent audio of the caller that was held; None when there is none."""
    for effect in effects:
        if isinstance(effect, SendAudio):
            return effect.session
    return None


def secret_set(effects: Iterable[Effect]) -> bool:
    """Return whether an event has set a variable that is a secret."""
    for effect in effects:
        if isinstance(effect, Announce) and effect.name == "variables.set":
            return HIDDEN in effect.fields["values"].values()
    return False


class SecretTurns:
    """Tells where sound has to be silent. Times are those of the events."""

    def __init__(
        self,
        mask: Callable[[str], str],
        *,
        silence: Callable[[float, float], None],
        silence_item: Callable[[str, float], None],
    ) -> None:
        # Takes the secrets that are known out of a text.
        self._mask = mask
        # Called with the start and end of a caller's turn, and with the item of an agent and when it began.
        self._silence, self._silence_item = silence, silence_item
        # Item → turn, in the order in which they began.
        self._turns: OrderedDict[str, Turn] = OrderedDict()
        # Session → items of which the end has not come.
        self._saying: dict[SessionId, list[Turn]] = {}
        # When the last turn of the caller was committed: one of which no start is reported began after that.
        self._committed = 0.0
        # Session → since when the caller said what it was given at once, and until when it may be busy with that.
        self._replays: dict[SessionId, tuple[float, float]] = {}

    def replay(self, session: SessionId, held: float | None, now: float) -> None:
        """Note that a session was given audio which others had heard, or which was held since a moment."""
        unknown = (turn.start for turn in self._turns.values() if turn.speaker == CALLER and turn.text is None)
        since = min([now if held is None else held, *(start for start in unknown if start > now - UNKNOWN)])
        self._replays[session] = since, now + (now - since) + CATCH_UP

    def take(self, event: Event, now: float, changed: bool) -> None:
        """Take in an event; `changed`: a secret was set."""
        match event:
            case TranscriptProduced(session=session, item_id=item_id, text=text):
                self._said(session, item_id, text, now)
            case SpeechStarted(session=session, item_id=item_id):
                self._of_caller(item_id, self._start(session, now))
            case SpeechStopped(item_id=item_id):
                self._of_caller(item_id, self._committed).end = now
            case TurnCommitted(item_id=item_id):
                turn = self._of_caller(item_id, self._committed)
                turn.end = turn.end or now
                self._committed = now
            case TurnTranscribed(item_id=item_id, text=text):
                turn = self._of_caller(item_id, self._committed)
                turn.end, turn.text = turn.end or now, text
                self._check(CALLER, now, turn)
            case ResponseFinished(session=session):
                for _, item_id, text in words(event):
                    self._said(session, item_id, text, now, whole=True)
                self._finish(session, now)
            case SessionLost(session=session):
                self._finish(session, now)
        if changed:
            self._check_all(now)
            self._hide_unknown(now)

    def end(self) -> None:
        """Check all turns for the last time: other seats of the call may have set what is a secret here, too."""
        self._check_all(max((turn.end or turn.start for turn in self._turns.values()), default=0.0))

    def _start(self, session: SessionId, now: float) -> float:
        since, until = self._replays.get(session, (now, now))
        return since if now <= until else now

    def _of_caller(self, item_id: str, start: float) -> Turn:
        return self._turns.get(item_id) or self._remember(Turn(CALLER, item_id, start))

    def _remember(self, turn: Turn) -> Turn:
        self._turns[turn.item_id] = turn
        if len(self._turns) > TURNS:
            self._turns.popitem(last=False)
        return turn

    def _said(self, session: SessionId, item_id: str, text: str, now: float, *, whole: bool = False) -> None:
        """Note words of an agent: what came next, or `whole`, what the service says of all at the end."""
        turn = self._turns.get(item_id) or self._remember(Turn(session.agent, item_id, now))
        saying = self._saying.setdefault(session, [])
        if turn not in saying:
            saying.append(turn)
        before = turn.text or ""
        turn.text = max(before, text, key=len) if whole else (before + text)[:LONGEST]

    def _finish(self, session: SessionId, now: float) -> None:
        """Check what an agent has said in a response."""
        for turn in self._saying.pop(session, []):
            turn.end = now
            self._check(turn.speaker, now, turn)

    # --- whether there is a secret in them ---

    def _check_all(self, now: float) -> None:
        for speaker in {turn.speaker for turn in self._turns.values()}:
            self._check(speaker, now)

    def _hide_unknown(self, now: float) -> None:
        """Hide what the caller has just said in words that are not known."""
        for turn in self._turns.values():
            recent = turn.end is not None and turn.end > now - UNKNOWN
            if turn.speaker == CALLER and turn.text is None and recent:
                self._hide(turn, now)

    def _check(self, speaker: str, now: float, last: Turn | None = None) -> None:
        """Check the turns of a speaker, each alone and with those before it; with `last` only that one."""
        said = [turn for turn in self._turns.values() if turn.speaker == speaker and turn.text]
        for at, turn in enumerate(said):
            if last is None or turn is last:
                together = said[max(0, at + 1 - TOGETHER) : at + 1]
                for found in self._secret(together):
                    self._hide(found, now)

    def _secret(self, together: list[Turn]) -> list[Turn]:
        """Return those of some turns in a row that hold a secret; all of them when only together they do."""
        texts = [turn.text or "" for turn in together]
        shown = [self._mask(text) for text in texts]
        if self._mask("\n".join(texts)) != "\n".join(shown):
            return together
        return [turn for turn, text, masked in zip(together, texts, shown, strict=True) if text != masked]

    def _hide(self, turn: Turn, now: float) -> None:
        if turn.hidden:
            return
        turn.hidden = True
        if turn.speaker == CALLER:
            self._silence(turn.start - LEAD, (now if turn.end is None else turn.end) + TAIL)
        else:
            self._silence_item(turn.item_id, turn.start)
