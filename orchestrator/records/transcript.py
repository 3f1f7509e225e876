"""What was said in a call, line by line, from its facts: who, when it was heard, and whether it was cut."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from orchestrator.observe.facts import Answered, CallerTurn, Fact, FirstAudio, Said

CALLER = "caller"
LONGEST_CUE = 7.0  # seconds that a subtitle of unknown length is shown
READING = 15.0  # characters a second, for one of unknown length


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """Words that were said by one side without a pause of the other; times in seconds of the call."""

    start: float
    end: float
    who: str  # "caller", or an agent
    text: str
    seat: str
    typed: bool = False
    cut: bool = False  # an interruption left the end of it unheard
    waited: float | None = None  # seconds that the caller waited for it

    def told(self) -> dict[str, Any]:
        """Return the line as JSON."""
        times = {"t": round(self.start, 3), "end": round(self.end, 3)}
        waited = None if self.waited is None else round(self.waited, 3)
        said = {"who": self.who, "text": self.text, "typed": self.typed, "cut": self.cut}
        return {**times, "seat": self.seat, **said, "waited": waited}


def transcript(facts: Iterable[Fact]) -> list[Line]:
    """Return the lines of a call in the order in which they were heard."""
    said: list[Said] = []
    turns: dict[tuple[str, str], CallerTurn] = {}
    answers: dict[tuple[str, str], Answered] = {}
    waits: dict[tuple[str, str], float] = {}
    for fact in facts:
        match fact:
            case Said():
                said.append(fact)
            case CallerTurn():
                turns[fact.seat, fact.item_id] = fact
            case Answered():
                answers[fact.seat, fact.response_id] = fact
            case FirstAudio():
                waits[fact.seat, fact.response_id] = fact.end - fact.start
    lines = []
    for one in said:
        heard: CallerTurn | Answered | None = turns.get((one.seat, one.item_id))
        answer = answers.get((one.seat, one.response_id)) if one.response_id else None
        heard = answer if answer is not None and answer.heard else heard
        lines.append(
            Line(
                start=heard.start if heard else one.start,
                end=heard.end if heard else one.end,
                who=one.who,
                text=one.text.strip(),
                seat=one.seat,
                typed=one.typed,
                cut=answer is not None and answer.cut,
                waited=waits.get((one.seat, one.response_id)),
            )
        )
    return sorted(lines, key=lambda line: line.start)


def subtitles(lines: Iterable[Line]) -> Iterator[str]:
    """Yield a transcript as WebVTT, with who speaks as the voice of each cue."""
    yield "WEBVTT\n"
    for line in lines:
        end = line.end if line.end > line.start else line.start + min(LONGEST_CUE, 1 + len(line.text) / READING)
        text = line.text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cue = " ".join(text.split())
        yield f"\n{_clock(line.start)} --> {_clock(end)}\n<v {line.who}>{cue}</v>\n"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(max(0.0, seconds) * 1000), 60_000)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
