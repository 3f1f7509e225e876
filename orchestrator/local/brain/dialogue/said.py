"""Reads what a caller says for a matter: values that are missing, other ones than before, and more of the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from orchestrator.local.brain.dialogue.frames import Frame, Stage
from orchestrator.local.brain.dialogue.heard import SURE, Heard
from orchestrator.local.brain.language import Expression, Language, length
from orchestrator.local.brain.learned.meaning import Doing, Pending
from orchestrator.local.brain.port import FunctionTool
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import changes, names, slots
from orchestrator.local.brain.understanding.acts import Act, acts
from orchestrator.local.brain.understanding.choice import ASKS, SPEAK_TO, WANTS, Choices, vocabulary
from orchestrator.local.brain.understanding.claims import held
from orchestrator.local.brain.understanding.kinds import LOOSE, Kind, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter, parameters
from orchestrator.local.brain.understanding.readers import MESSAGE
from orchestrator.local.brain.understanding.utterance import Context
from orchestrator.team.functions import EXAMPLES

WHOLE = 5  # fewest words of a message that is said beside a value
PASSED_ON = ("message", "any_question", "text")  # values that may be a question themselves
EVEN = 0.5  # likelihood from which a caller corrects something
ABOUT = Expression("about")
ALSO = Expression("also")
LATER = (changes.later_day, changes.later_counts, changes.fuller, changes.restated)
# Likelihoods from which words add to a value: in an answer, and beside "as well".
LEAST, HARDLY = 0.0, -4.0


class Said:
    """Reads values for the frames of a dialogue."""

    def __init__(self, choices: Choices, today: date, words: Language) -> None:
        # Finds words that are values.
        self._choices = choices
        # The day of the call.
        self._today = today
        # The language.
        self._words = words

    def context(self, tool: FunctionTool) -> Context:
        """Return what is known when values for a function are read."""
        described, _, _ = str(tool.get("description", "")).partition(EXAMPLES)  # which are about the caller's matter
        about = f"{phrases.plain(str(tool['name']))} {described}"
        nearest, learnt = self._choices.nearest, self._choices.learnt_values(tool)
        return Context(self._today, self._words, about, vocabulary(tool), parameters(tool), nearest, learnt)

    def read(self, frame: Frame, text: str, asked: str = "") -> None:
        """Put the values in a text into the arguments; the beginning of a value that came before counts too."""
        self._read(frame, text, self.context(frame.tool), asked)

    def read_answer(self, frame: Frame, text: str, asked: str) -> None:
        """Do the same with an answer; what it says anew replaces what was understood before."""
        before, context = dict(frame.arguments), self.context(frame.tool)
        self.read(frame, text, asked)
        for later in LATER:
            frame.arguments |= later(parameters(frame.tool), text, before, context)

    def read_by_rules(self, frame: Frame, text: str, asked: str) -> None:
        """Do the same where nothing that was learnt finds a value."""
        self._read(frame, text, replace(self.context(frame.tool), learnt=None), asked)

    def _read(self, frame: Frame, text: str, context: Context, asked: str) -> None:
        wanted = [one for one in parameters(frame.tool) if one.name not in frame.arguments]
        person = self._choices.doings(text, Pending.NOTHING).get(Doing.PERSON, 0) >= SURE
        asks_for_somebody = person or Act.PERSON in acts(text, self._words) or SPEAK_TO.search(text)
        if asks_for_somebody and not ABOUT.search(text):
            # Whoever asks for a person has not said yet what it is about, and names that person.
            named = bool(names.introduced(text, self._words))
            open_ones = (Kind.NAME, Kind.FREE) if not named else (Kind.FREE,)
            wanted = [one for one in wanted if one.name == asked or kind_of(one) not in open_ones]
        frame.arguments |= slots.read(wanted, text, context, asked=asked)
        for one in wanted:
            moment = kind_of(one) is Kind.MOMENT and one.name not in frame.arguments
            if moment and text not in frame.pieces and slots.is_begun(one, text, context):
                frame.pieces = f"{frame.pieces} {text}".strip()
                frame.arguments |= slots.fill([one], frame.pieces, context)
        if asked and asked not in frame.arguments and frame.heard:
            parameter = [one for one in wanted if one.name == asked]
            frame.arguments |= slots.fill(parameter, f"{frame.heard} {text}", context, asked=asked)

    def values(self, frame: Frame, text: str) -> dict[str, Any]:
        """Return the values in a text, without those that any words can be."""
        definite = [one for one in parameters(frame.tool) if not slots.is_free(one)]
        return slots.fill(definite, text, self.context(frame.tool))

    def answers(self, frame: Frame, heard: Heard) -> bool:
        """Return whether a text that takes nothing back has a value that is missing: "let's say half past ten"."""
        if frame.stage is not Stage.ASKING or (heard.repair and heard.repair.wrong):
            return False
        missing = (one for one in parameters(frame.tool) if one.required and one.name not in frame.arguments)
        said = replace(self.context(frame.tool), nearest=None)
        return bool(slots.fill([one for one in missing if slots.is_definite(one)], heard.text, said))

    def says_better(self, frame: Frame, free: Parameter, heard: Heard) -> bool:
        """Return whether a message is said that nobody had asked for: "tell him that …", "I'd like to know …"."""
        if free.hints("message") and MESSAGE.search(heard.text):
            return True
        if not free.hints(*PASSED_ON):
            return False
        others = [one for one in parameters(frame.tool) if not slots.is_free(one)]
        rest = slots.left(others, heard.text, self.context(frame.tool))
        return length(rest) >= WHOLE and bool(WANTS.search(rest) or ASKS.search(rest))

    def changes(self, frame: Frame, text: str, among: Sequence[Parameter] | None = None) -> dict[str, Any]:
        """Return the values in a text that are other ones than before."""
        among = parameters(frame.tool) if among is None else among
        said = replace(self.context(frame.tool), nearest=None)
        found = changes.changed(among, text, frame.arguments, said)
        own = any(slots.is_free(one) for one in among if one.name in found)
        if ALSO.search(text) and (own or not found):
            return found | self.more(frame, text, HARDLY)
        return found

    def changes_of_held(self, frame: Frame, heard: Heard) -> dict[str, Any]:
        """Return what a caller changes of the values that were read back to them, however they word it."""
        context = self.context(frame.tool)
        if context.learnt is None:
            return self.changes(frame, heard.text)
        wrong, right = (heard.repair.wrong, heard.repair.right) if heard.repair else ("", "")
        corrects = heard.repair is not None or heard.doings.get(Doing.CORRECT, 0) >= EVEN
        answer = held.Answer(heard.core, wrong, corrects, heard.question, right)
        found = held.changed(parameters(frame.tool), answer, frame.arguments, context)
        own = {one.name for one in parameters(frame.tool) if slots.is_free(one)} & found.keys()
        if ALSO.search(heard.text) and (own or not found):
            return found | self.more(frame, heard.text, HARDLY)
        return found

    def corrections_of_call(
        self, tool: FunctionTool, given: Mapping[str, Any], heard: Heard, least: float = EVEN
    ) -> dict[str, Any]:
        """Return the values of a call just made that a caller corrects, as if they had been read back to them."""
        doings = self._choices.doings(heard.text, Pending.YES)
        if doings.get(Doing.CORRECT, 0) < least:
            return {}
        found = self.changes_of_held(Frame(tool, dict(given)), replace(heard, doings=doings))
        kinds = {one.name: kind_of(one) for one in parameters(tool)}
        return {name: value for name, value in found.items() if kinds[name] not in LOOSE or kinds[name] is Kind.NAME}

    def more(self, frame: Frame, text: str, least: float = LEAST) -> dict[str, Any]:
        """Return a value in the caller's own words with what a text adds to it."""
        context = self.context(frame.tool)
        return changes.added(parameters(frame.tool), text, frame.arguments, context, least, frame.asked)

    def corrections(self, frame: Frame, heard: Heard) -> dict[str, Any]:
        """Return what a correction changes among the values that were given already."""
        given = [one for one in parameters(frame.tool) if one.name in frame.arguments and one.name != frame.asked]
        if heard.repair is None:
            return {}
        changed = changes.corrected(given, heard.repair, frame.arguments, self.context(frame.tool))
        return changed or self.changes(frame, heard.text, [one for one in given if not slots.is_definite(one)])
