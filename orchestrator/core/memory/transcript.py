"""Who said what in this call, on whichever session, and what each agent has heard of it.

A line belongs to the agent on whose session it happened. Each agent has a *watermark*: the number of lines that it
knows, as far as its edges let them travel. What lies above it and happened elsewhere is told to the agent when it gets
the caller; a new session of an agent is told what the agent knew, no more and no less. Facts travel as text: an item
or function-call id of one session means nothing on another.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestrator.team import Context

LINES, TEXT = 400, 256 * 1024  # lines, and characters in them, that are remembered; older lines are forgotten
BRIEFINGS = 64  # remembered of one agent, of so many characters too; older ones are forgotten


class Speaker(Enum):
    CALLER = "Caller"
    AGENT = "agent"
    TOOL = "Tool"
    APPLICATION = "Note"  # of the caller's application: a system item
    DESK = "Desk"  # a person at the desk, who tells an agent something
    MESSAGE = "Message"  # from another agent, or to it
    TEAM = "Team"  # the orchestrator itself: a briefing


# How their lines are written as items of their own session; lines of other speakers travel as notes.
ROLES = {
    Speaker.CALLER: ("user", "input_text"),
    Speaker.AGENT: ("assistant", "output_text"),
    Speaker.APPLICATION: ("system", "input_text"),
    Speaker.DESK: ("system", "input_text"),
    Speaker.MESSAGE: ("system", "input_text"),
}


@dataclass(slots=True)
class Line:
    """One utterance, or one tool result."""

    number: int  # counts all lines of the call, from 0
    agent: str  # on whose session it happened
    speaker: Speaker
    item_id: str
    text: str | None  # None: the caller's words are not transcribed yet
    passed: Collection[str] = ()  # the secrets that a briefing may hold
    seat: str = ""  # of the caller, for whoever is on another seat

    def __str__(self) -> str:
        who = self.agent if self.speaker is Speaker.AGENT else self.speaker.value
        return f"{who} ({self.seat}): {self.text}" if self.seat else f"{who}: {self.text}"

    def item(self) -> Mapping[str, Any]:
        """Return the line as an item for a new session of its agent, by its old id: the caller can still name it.

        An assistant's line becomes `output_text`: a session cannot be given audio that it did not speak.
        """
        return message(*ROLES[self.speaker], str(self.text), self.item_id)


@dataclass(slots=True)
class Numbers:
    """Numbers the lines of a call, on whichever seat they are."""

    count: int = 0


class Transcript:
    """The lines of one seat."""

    def __init__(self, numbers: Numbers | None = None) -> None:
        # Lines by item, oldest first.
        self._lines: OrderedDict[str, Line] = OrderedDict()
        # Their characters.
        self.size = 0
        # Numbers them, the forgotten ones too.
        self._numbers = numbers or Numbers()
        # The caller, or an agent, has said or typed something.
        self.begun = False
        # Agent → number of lines it knows; of those on other seats, the number that it was told of.
        self._marks: dict[str, int] = {}
        self._told: dict[str, int] = {}
        # Agent → what it was told about what happened elsewhere.
        self._briefings: dict[str, deque[Line]] = {}

    @property
    def count(self) -> int:
        """Lines of the call so far."""
        return self._numbers.count

    def _line(self, agent: str, speaker: Speaker, item_id: str, text: str | None) -> Line:
        line = self._lines.get(item_id)
        if line is None:
            line = self._lines[item_id] = Line(self.count, agent, speaker, item_id, None)
            self._numbers.count += 1
            self._write(line, text)
        return line

    def _write(self, line: Line, text: str | None) -> None:
        """Put words into a line, the first `TEXT` of them; the oldest lines make room."""
        before, line.text = line.text, text if text is None else text[:TEXT]
        self.size += len(line.text or "") - len(before or "")
        while len(self._lines) > LINES or self.size > TEXT:
            _, oldest = self._lines.popitem(last=False)
            self.size -= len(oldest.text or "")

    def caller_spoke(self, agent: str, item_id: str) -> None:
        """Begin a line whose words will be known when they are transcribed."""
        self.begun = True
        self._line(agent, Speaker.CALLER, item_id, None)

    def caller_typed(self, agent: str, item_id: str, text: str) -> None:
        """Add a typed line."""
        self.begun = True
        self._line(agent, Speaker.CALLER, item_id, text)

    def noted(self, agent: str, item_id: str, text: str, speaker: Speaker = Speaker.APPLICATION) -> None:
        """Add what the caller's application, or the desk, tells the agents."""
        self._line(agent, speaker, item_id, text)

    def transcribed(self, item_id: str, text: str | None) -> Line | None:
        """Fill in a line's words (None: they could not be understood); return it when it was waiting for them."""
        line = self._lines.get(item_id)
        if line is None or line.text is not None:
            return None
        self._write(line, text if text is not None else "(not understood)")
        return line

    def give_up(self) -> None:
        """Note that words which are not transcribed yet never will be."""
        for item_id in [line.item_id for line in self._lines.values() if line.text is None]:
            self.transcribed(item_id, None)

    def agent_said(self, agent: str, item_id: str, text: str, *, begins: bool = True) -> None:
        """Add words to an agent's line; not all words begin a conversation."""
        self.begun = self.begun or begins
        line = self._line(agent, Speaker.AGENT, item_id, "")
        self._write(line, (line.text or "") + text)

    def tool_returned(self, agent: str, line_id: str, name: str, output: str) -> None:
        """Add a tool's result: it travels only where an edge's context is `all`."""
        self._line(agent, Speaker.TOOL, line_id, f"{name} → {output}")

    def cut(self, item_id: str, share: float) -> None:
        """Keep the share of an agent's line that the caller heard, at a word's end."""
        line = self._lines.get(item_id)
        if line is None or not line.text:
            return
        words = line.text.removesuffix(" …").split()  # it may have been cut before
        heard = words[: round(len(words) * share)]
        self._write(line, " ".join(heard) + " …" if heard else "")

    def forget(self, item_id: str) -> None:
        """Remove a line (`conversation.item.delete`)."""
        line = self._lines.pop(item_id, None)
        self.size -= len(line.text or "") if line is not None else 0

    def erased(self, item_id: str) -> bool:
        """Return whether an agent's item was cut to nothing: its session no longer has it."""
        line = self._lines.get(item_id)
        return line is not None and line.speaker is Speaker.AGENT and line.text == ""

    def number(self, item_id: str) -> int | None:
        """Return the number of an item's line; None when its words are not known."""
        line = self._lines.get(item_id)
        return None if line is None or line.text is None else line.number

    def item(self, item_id: str, mask: Callable[[str], str]) -> Mapping[str, Any] | None:
        """Return what was said as an item for another session; None when its words are not known."""
        line = self._lines.get(item_id)
        if line is None or line.text is None or line.speaker is Speaker.TOOL:
            return None
        role, kind = ROLES[line.speaker]
        return {"type": "message", "role": role, "content": [{"type": kind, "text": mask(line.text)}]}

    @property
    def answered(self) -> bool:
        """Whether the last words are an agent's, or none were said."""
        last = next(reversed(self._lines.values()), None)
        return last is None or last.speaker is Speaker.AGENT

    @property
    def incomplete(self) -> bool:
        """Whether the caller's last words are not transcribed yet."""
        last = next((line for line in reversed(self._lines.values()) if line.speaker is Speaker.CALLER), None)
        return last is not None and last.text is None

    def mark(self, agent: str, lines: int | None = None) -> None:
        """Note that the agent knows everything that it may know up to a line, by default the last."""
        self._marks[agent] = self.count if lines is None else lines

    def briefed(self, agent: str, text: str, passed: Collection[str] = ()) -> None:
        """Note what an agent was told about what happened elsewhere."""
        known = self._briefings.setdefault(agent, deque(maxlen=BRIEFINGS))
        known.append(Line(self.count, agent, Speaker.TEAM, "", text, passed))
        while len(known) > 1 and sum(len(str(line.text)) for line in known) > TEXT:
            known.popleft()

    def news(self, agent: str, context: Context, elsewhere: Iterable[Line] = ()) -> list[Line]:
        """Return what may travel of what happened since the agent last had the caller, newest last.

        That is what was said to other agents, and on the other seats (`elsewhere`).
        """
        mark, told = self._marks.get(agent, 0), self._told.get(agent, 0)
        here = (line for line in self.history() if line.number >= mark and line.agent != agent)
        return travel([*here, *(line for line in elsewhere if line.number >= told)], context)

    def tell_elsewhere(self, agent: str, lines: int) -> None:
        """Note that an agent was told of what was said on the other seats, up to a line."""
        self._told[agent] = lines

    def missed(self, agent: str) -> list[Line]:
        """Return what the caller has said elsewhere since the agent last had them."""
        mark = self._marks.get(agent, 0)
        lines = (line for line in self.history() if line.speaker is Speaker.CALLER)
        return [line for line in lines if line.number >= mark and line.agent != agent]

    def told(self, context: Context, elsewhere: Iterable[Line] = ()) -> list[Line]:
        """Return what may travel of the whole call, newest last."""
        return travel([*self.history(), *elsewhere], context)

    def history(self) -> list[Line]:
        """Return all that was said, newest last."""
        return [line for line in self._lines.values() if line.text]

    def known(self, agent: str) -> list[Line]:
        """Return what an agent's session has heard, said and been told, newest last."""
        own = (line for line in self.history() if line.agent == agent)
        return sorted([*self._briefings.get(agent, ()), *own], key=lambda line: line.number)


def travel(lines: Iterable[Line], context: Context) -> list[Line]:
    """Return the lines that a context lets travel."""
    if context.share == "none":
        return []
    tools = context.share == "all"
    wanted = [line for line in lines if (tools or line.speaker is not Speaker.TOOL) and line.agent not in context.drop]
    return sorted(wanted, key=lambda line: line.number)[-context.last :]


def message(role: str, kind: str, text: str, item_id: str) -> Mapping[str, Any]:
    """Build a message item."""
    return {"id": item_id, "type": "message", "role": role, "content": [{"type": kind, "text": text}]}
