"""What is said beside a yes or a no when something is to be confirmed."""

from __future__ import annotations

from orchestrator.local.brain.dialogue.frames import Frame
from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.language import Expression, asks
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import slots
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import vocabulary
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.parameter import parameters
from orchestrator.local.brain.understanding.utterance import Context

CLAUSE_END = Expression("clause_end")


def asks_besides(frame: Frame, heard: Heard, context: Context) -> bool:
    """Return whether a caller who says yes asks something else as well: "Okay, and can I pay by card?"."""
    *_, last = CLAUSE_END.pattern.split(heard.text.strip())
    if not asks(last):
        return False
    rest = heard.words.within[Act.AFFIRM.value].sub(" ", last)
    rest = slots.left(parameters(frame.tool), rest, context)
    return bool(content(rest) - vocabulary(frame.tool))


def says_so(frame: Frame, heard: Heard) -> bool:
    """Return whether the caller agrees by naming what is to be done: "book it"."""
    verb, said = content(phrases.plain(str(frame.tool["name"])).split()[0]), content(heard.text)
    return bool(verb) and verb <= said <= vocabulary(frame.tool)


def names_a_value(frame: Frame, text: str) -> bool:
    """Return whether a text names what is read back: "No, the day is wrong"."""
    said = content(text)
    given = (one for one in parameters(frame.tool) if one.name in frame.arguments)
    return any(bool(content(one.words)) and content(one.words) <= said for one in given)
