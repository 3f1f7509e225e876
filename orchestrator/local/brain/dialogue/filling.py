"""Collects what a function call needs, over as many turns as it takes: it asks, takes answers and corrections."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from orchestrator.local.brain.dialogue.agreeing import asks_besides, names_a_value, says_so
from orchestrator.local.brain.dialogue.frames import Dialogue, Frame, Stage
from orchestrator.local.brain.dialogue.heard import Heard, hear, not_covered
from orchestrator.local.brain.dialogue.routes import is_consult, is_message, is_transfer
from orchestrator.local.brain.dialogue.said import HARDLY, PASSED_ON, Said
from orchestrator.local.brain.dialogue.telling import GIVES, gives, inquires, wonders
from orchestrator.local.brain.language import Expression, Language, asks, current, length
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import slots
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import (
    WANTS,
    Choices,
    informs,
    is_destructive,
    names,
)
from orchestrator.local.brain.understanding.clauses import SENTENCE
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import Kind, is_identifier, kind_of
from orchestrator.local.brain.understanding.parameter import Parameter, parameters
from orchestrator.local.brain.understanding.utterance import Context
from orchestrator.team.functions import HAND_BACK

ENOUGH = 0.28  # score from which a function or an answer counts as meant: unrelated sentences reach 0.2
SURE = 0.5  # score from which a sentence abandons the question that was asked before
CLEARER = 0.04  # how far one of two options must be ahead to be taken
TALK = 0.6  # likeness from which a sentence is small talk: others reach 0.4
CERTAIN = 0.75  # score from which a known answer is asked for, whatever values the question has
LIKELY = 0.7  # likelihood of a request that changes nothing, whatever values it has
TRIES = 3  # questions for one value before the matter is dropped
NEW_SUBJECT = 3  # fewest words of a change of subject
ELSEWHERE = 0.3  # how far another function must be ahead for a sentence not to be the answer, even with a value in it
REASON = 200  # most characters of the caller's words in the reason of a handoff
NUMBERS = (Kind.COUNT, Kind.AMOUNT)  # any number can be one
BEGUN = (Kind.DAY, Kind.MOMENT)  # values whose beginning may come with the wish
SHORT = 8  # most words with which a caller asks for time
AGREES = (Doing.CONFIRM, Doing.THANKS, Doing.GOODBYE)  # what is said beside a yes, or is one
UNLIKELY = 0.3  # likelihood of that below which a yes is not all that is said
ASIDE = (Doing.QUESTION, Doing.REPEAT, Doing.WHO, Doing.PERSON, Doing.CANCEL)  # what answers no question
MESSAGES = ("message", "any_question")  # values of which no word is left out
FIRST, SECOND, EXCEPT = Expression("first_of_two"), Expression("second_of_two"), Expression("except")
INQUIRIES, INSTEAD = Expression("inquiries"), Expression("instead")


class Filling:
    """Works on the frames of a dialogue."""

    def __init__(self, choices: Choices, dialogue: Dialogue, today: date, words: Language) -> None:
        # The functions that the caller may mean.
        self._choices = choices
        # What the conversation is about.
        self._dialogue = dialogue
        # The day of the call.
        self._today = today
        # Reads what the caller says.
        self._said = Said(choices, today, words)

    def begin(
        self, tool: FunctionTool, text: str, known: Mapping[str, Any] | None = None, *, wish: str = "", lead: str = ""
    ) -> list[Action]:
        """Start a matter with what a text says and what is known already."""
        frame = Frame(tool, dict(known or {}), wish=wish or text)
        self._dialogue.push(frame)
        return self.proceed(frame, text, lead)

    def proceed(self, frame: Frame, text: str, lead: str = "") -> list[Action]:
        """Make the call with what the text says, or ask for what is still missing."""
        if is_transfer(frame.tool) or frame.tool["name"] == HAND_BACK:
            frame.arguments.setdefault("reason", (frame.wish or text)[:REASON])
        elif is_consult(frame.tool):
            frame.arguments.setdefault("question", frame.wish or text)
        elif is_message(frame.tool):
            frame.arguments.setdefault("text", frame.wish or text)
        self._said.read(frame, text)
        missing = [one for one in parameters(frame.tool) if one.required and one.name not in frame.arguments]
        if missing:
            if frame.stage is not Stage.ASKING or frame.asked != missing[0].name:
                frame.asked, frame.tries, frame.heard = missing[0].name, 0, ""
            frame.stage = Stage.ASKING
            frame.heard = frame.pieces if kind_of(missing[0]) is Kind.MOMENT else frame.heard
            others = [one for one in parameters(frame.tool) if one.name in frame.arguments and slots.is_definite(one)]
            rest = slots.left(others, text, self.context(frame.tool)) if text else ""
            if rest and kind_of(missing[0]) in BEGUN and slots.is_begun(missing[0], rest, self.context(frame.tool)):
                frame.heard = f"{frame.heard} {text}".strip()
            return [Say(lead + self.prompt(frame))]
        if is_destructive(frame.tool):
            frame.stage, frame.asked, frame.tries = Stage.CONFIRMING, "", 0
            return [Say(lead + self.prompt(frame))]
        numbered = [one for one in parameters(frame.tool) if one.required and is_identifier(one)]
        if informs(frame.tool) and (more := slots.another(numbered, text, self.context(frame.tool))):
            self._dialogue.wait_with(more)
        return self._call(frame)

    def prompt(self, frame: Frame) -> str:
        """Return what the caller is asked for a frame."""
        if frame.stage is Stage.CHOOSING:
            return phrases.ask_back(frame.options)
        if frame.stage is Stage.CONFIRMING:
            return phrases.confirmation(frame.tool, frame.arguments, self._today)
        parameter = self._asked(frame)
        return phrases.rest(parameter, frame.heard) if frame.heard else phrases.question(parameter)

    def context(self, tool: FunctionTool) -> Context:
        """Return what is known when values for a function are read."""
        return self._said.context(tool)

    def take(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Take a clear answer to what was asked, or a correction; None when it is neither."""
        short = length(heard.text) <= 2 * NEW_SUBJECT
        if (
            Act.FORGET in heard.acts
            and short
            and (heard.surely(Doing.CANCEL) or not self._said.values(frame, heard.text))
        ):
            return self.drop(frame, phrases.DROPPED)
        if (
            Act.WAIT in heard.acts
            and not heard.question
            and (heard.agreed is not False or frame.stage is Stage.ASKING or heard.only(Act.WAIT, Act.DENY))
            and length(heard.text) <= SHORT
            and not self._said.values(frame, heard.text)
        ):
            return [Say(phrases.TAKE_YOUR_TIME)]
        elsewhere = INSTEAD.search(heard.text) and self.is_elsewhere(frame, heard.text)
        elsewhere = elsewhere or self._said.answers(frame, heard)
        confirming = frame.stage is Stage.CONFIRMING and heard.doings
        if (
            heard.repair is not None
            and not elsewhere
            and not confirming
            and not self._says_yes_or_no(frame, heard)
            and (changed := self._said.corrections(frame, heard))
        ):
            return self._change(frame, changed, heard.text)
        takers = {Stage.ASKING: self._answer, Stage.CONFIRMING: self._confirm, Stage.CHOOSING: self._option}
        return takers[frame.stage](frame, heard)

    def _says_yes_or_no(self, frame: Frame, heard: Heard) -> bool:
        """Return whether that was asked for: "No, nobody was hurt" takes nothing back."""
        return frame.stage is Stage.ASKING and kind_of(self._asked(frame)) is Kind.FLAG and heard.agreed is not None

    def take_anyway(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Take the values in a sentence that asks something: "Could it be on Friday?"."""
        if frame.stage is not Stage.ASKING:
            return None
        open_ones = [
            one for one in parameters(frame.tool) if one.name not in frame.arguments and not slots.is_free(one)
        ]
        if not (values := slots.read(open_ones, heard.text, self.context(frame.tool))):
            return None
        frame.arguments |= values
        return self.proceed(frame, "", phrases.acknowledged(len(frame.arguments)))

    def again(self, frame: Frame, heard: Heard) -> list[Action]:
        """Ask again for what was not understood; after a few times the matter is dropped."""
        frame.tries += not (heard.doings and heard.question) and not heard.surely(Doing.REQUEST, Doing.QUESTION)
        if frame.stage is Stage.ASKING and Act.IGNORANT in heard.acts:
            return self.drop(frame, phrases.without(self._asked(frame)))
        if frame.tries >= TRIES:
            if frame.stage is Stage.CONFIRMING:
                return self.drop(frame, phrases.NOT_DONE)
            return self.drop(frame, phrases.GIVEN_UP.format(able=phrases.abilities(self._choices.tools)))
        if heard.question or heard.surely(Doing.REQUEST):
            return [Say(f"{not_covered(heard)} {self.prompt(frame)}")]
        if frame.stage is not Stage.CONFIRMING:
            return [Say(phrases.NOT_GOT + self.prompt(frame))]
        corrects = heard.rather(Doing.CORRECT, Doing.CONFIRM)
        return [Say((phrases.WHAT_TO_CHANGE if corrects else phrases.YES_OR_NO_PLEASE) + self.prompt(frame))]

    def asks_freely(self, frame: Frame) -> bool:
        """Return whether any words answer the question that was asked."""
        return slots.is_free(self._asked(frame))

    def drop(self, frame: Frame, words: str) -> list[Action]:
        """Give a matter up, and go on with the one before it."""
        self._dialogue.frames.remove(frame)
        below = self._dialogue.current
        if below is not None:
            return [Say(f"{words} {self.resume(below)}")]
        return [Say(words if asks(words) else f"{words} {phrases.ELSE}")]

    def resume(self, frame: Frame) -> str:
        """Return the words with which a matter is taken up again."""
        if frame.stage is Stage.CONFIRMING:
            return self.prompt(frame)
        return f"{phrases.you_wanted(frame.tool)} {self.prompt(frame)}"

    def is_change(self, frame: Frame, text: str) -> bool:
        """Return whether a text has other values than those that were read back, or says yes or no to an open one."""
        if frame.stage is Stage.ASKING:
            flags = [one for one in parameters(frame.tool) if kind_of(one) is Kind.FLAG]
            return bool(slots.fill(flags, text, self.context(frame.tool)))
        pending = frame.stage.pending
        heard = hear(text, current(), self._choices.doings(text, pending))
        if heard.doings.get(Doing.REQUEST, 0) >= LIKELY:
            return False
        return frame.stage is Stage.CONFIRMING and bool(self._said.changes_of_held(frame, heard))

    def ask_back(self, options: Sequence[FunctionTool], text: str) -> list[Action]:
        """Ask which of two functions is meant."""
        frame = Frame(options[0], stage=Stage.CHOOSING, options=tuple(options), wish=text)
        self._dialogue.push(frame)
        return [Say(self.prompt(frame))]

    def is_elsewhere(self, frame: Frame, text: str, ahead: float = ELSEWHERE) -> bool:
        """Return whether a sentence so clearly means another function that even a value in it is not the answer."""
        instead = [part for part in SENTENCE.split(text) if INSTEAD.search(part)]
        text = instead[-1] if instead else text  # "Leave the room, I'd rather have a table."
        scores = {str(tool["name"]): score for score, tool in self._choices.ranked(text)}
        best, own = max(scores.values(), default=0.0), scores.get(str(frame.tool["name"]), 0.0)
        if self.looks_up(text) and best >= own:
            return True
        return best >= SURE and best - own >= ahead and length(text) > NEW_SUBJECT

    def looks_up(self, text: str) -> bool:
        """Return whether a question has all that a function needs which only tells something."""
        score, tool = (self._choices.ranked(text) or [(0.0, {})])[0]
        if score < ENOUGH or not informs(tool) or not INQUIRIES.search(text):
            return False
        needed = [one for one in parameters(tool) if one.required]
        return bool(needed) and len(slots.fill(needed, text, self.context(tool))) == len(needed)

    def _answer(self, frame: Frame, heard: Heard) -> list[Action] | None:
        parameter = self._asked(frame)
        learnt = self.context(frame.tool).learnt is not None
        if slots.is_free(parameter) and self._is_aside(frame, heard):
            return None
        if slots.is_free(parameter) and (parameter.hints(*MESSAGES) or not learnt):
            return self._free_answer(frame, heard, parameter)
        for one in parameters(frame.tool):
            if slots.is_free(one) and self._said.says_better(frame, one, heard):
                frame.arguments.pop(one.name, None)
        before = dict(frame.arguments)
        more = self._said.more(frame, heard.text)
        self._said.read_answer(frame, heard.text, parameter.name)
        answered = parameter.name in frame.arguments
        asks = heard.question or WANTS.search(heard.text) or not answered or heard.rather(Doing.REQUEST, Doing.ANSWER)
        if asks and not (answered and heard.surely(*GIVES)) and self.is_elsewhere(frame, heard.text):
            frame.arguments = before
            return None
        given = {name for name, value in frame.arguments.items() if before.get(name) != value}
        if any(slots.is_definite(one) for one in parameters(frame.tool) if one.name in given):
            frame.arguments = {**frame.looked_up, **frame.arguments}  # "What is free on Monday?" "I'll take ten."
            given = {name for name, value in frame.arguments.items() if before.get(name) != value}
        cued = slots.fill([parameter], heard.text, self.context(frame.tool))
        loose = not learnt and not slots.is_definite(parameter) and parameter.name not in cued
        doubtful = heard.question or self._is_other(heard)
        missed = parameter.name not in given and inquires(parameter, heard)
        if missed or (given == {parameter.name} and loose and doubtful):
            frame.arguments = before
            return None
        if given:
            frame.arguments |= more
            return self.proceed(frame, "", phrases.acknowledged(len(frame.arguments)))
        if slots.is_begun(parameter, heard.text, self.context(frame.tool)) and not heard.question:
            frame.heard = f"{frame.heard} {heard.text}".strip()
            return self._beginning(frame, heard)
        if not heard.question and (changed := self._said.changes(frame, heard.text)):
            return self._change(frame, changed)
        again = learnt and slots.is_free(parameter) and gives(parameter, heard)
        return self._free_answer(frame, heard, parameter) if again else None

    def _beginning(self, frame: Frame, heard: Heard) -> list[Action]:
        frame.tries += 1
        return [Say(self.prompt(frame))] if frame.tries < TRIES else self.again(frame, heard)

    def _is_other(self, heard: Heard) -> bool:
        """Return whether what could be a name does something else."""
        if heard.surely(*GIVES) or heard.hardly(*GIVES):
            return heard.hardly(*GIVES)
        if heard.acts - {Act.AFFIRM, Act.GREETING} or heard.only(Act.AFFIRM, Act.DENY, Act.THANKS):
            return True
        return self._choices.small_talk(heard.text)[0] >= TALK

    def _is_aside(self, frame: Frame, heard: Heard) -> bool:
        """Return whether words are short and about the question itself, or meant for another function."""
        short = length(heard.text) <= 2 * NEW_SUBJECT
        named = any(names(heard.text, one) for one in self._choices.tools)
        if short and (named or heard.acts & {Act.WHY, Act.WHO, Act.HELP}):
            return True
        if (short and Act.IGNORANT in heard.acts) or heard.only(*Act):
            return True
        return length(heard.text) >= NEW_SUBJECT and self._choices.is_for_another(heard.text, frame.tool)

    def _free_answer(self, frame: Frame, heard: Heard, parameter: Parameter) -> list[Action] | None:
        """Take any words, unless they ask or do something else; by rules, where nothing learnt finds a value."""
        short = length(heard.text) <= 2 * NEW_SUBJECT
        passed_on = parameter.hints(*PASSED_ON)
        if heard.hardly(*GIVES) and heard.surely(*ASIDE) and not (passed_on or wonders(parameter, heard)):
            return None
        known = self._choices.answer(heard.text)[0] >= SURE
        if inquires(parameter, heard) and (short or not passed_on or known):
            return None
        if heard.question and not parameter.hints("message", "any_question") and self._said.answers(frame, heard):
            return None  # "Would Tuesday work?"
        self._said.read_by_rules(frame, heard.text, parameter.name)
        return self.proceed(frame, "") if parameter.name in frame.arguments else None

    def _confirm(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Make the call when the caller says yes, change it when they say something else."""
        changed = self._said.changes_of_held(frame, heard)
        corrects = bool(changed) and (heard.agreed is not None or heard.rather(Doing.CORRECT, Doing.QUESTION))
        if (
            heard.agreed is None
            and not corrects
            and self.is_elsewhere(frame, heard.text, ELSEWHERE if changed else CLEARER)
        ):
            return None
        if heard.question and self._choices.answer(heard.text)[0] >= (SURE if not changed else CERTAIN):
            return None
        if changed:
            return self._change(frame, changed)
        excepted = heard.agreed and (EXCEPT.search(heard.text) or heard.surely(Doing.CORRECT))
        if excepted and (more := self._said.more(frame, heard.text, HARDLY)):
            return self._change(frame, more)
        if heard.question and heard.agreed is None:
            return None
        if heard.agreed and asks_besides(frame, heard, self.context(frame.tool)):
            return None
        if heard.agreed is False or Act.FORGET in heard.acts:
            self._dialogue.done = frame
            if self._wants_instead(frame, heard):
                self._dialogue.frames.remove(frame)
                return None
            wrong = heard.rather(Doing.CORRECT, Doing.DENY) and heard.rather(Doing.CORRECT, Doing.CANCEL)
            named = names_a_value(frame, heard.text) and not heard.hardly(Doing.CORRECT)
            wrong = (wrong or named) and Act.FORGET not in heard.acts
            return self.again(frame, heard) if wrong else self.drop(frame, phrases.NOT_DONE)
        if excepted:
            return None  # "Yes, but …": what is to be changed was not understood
        if heard.agreed and not heard.only(*Act) and heard.hardly(*AGREES, below=UNLIKELY):
            return None  # "Oh good, then it should be in the evening"
        return self._call(frame) if heard.agreed or says_so(frame, heard) else None

    def _wants_instead(self, frame: Frame, heard: Heard) -> bool:
        """Return whether a caller who says no wants another function in the same breath."""
        others = [tool for tool in self._choices.tools if tool["name"] != frame.tool["name"]]
        ranked = self._choices.ranked(heard.text, others)
        if not ranked or ranked[0][0] < ENOUGH or length(heard.text) <= NEW_SUBJECT:
            return False
        wants = INSTEAD.search(heard.text) or WANTS.search(heard.text) or heard.question
        own = self._choices.ranked(heard.text, [frame.tool])[0][0]
        return bool(wants) and ranked[0][0] >= own + CLEARER

    def _change(self, frame: Frame, values: Mapping[str, Any], text: str = "") -> list[Action]:
        """Change values, and say the new ones unless they are about to be read back; others in the text count too."""
        needed = [one for one in parameters(frame.tool) if one.required or kind_of(one) not in NUMBERS]
        others = [one for one in needed if one.name not in frame.arguments and not slots.is_free(one)]
        more = self._said.changes(frame, text, others) if text else {}
        frame.arguments |= {**more, **values}
        missing = any(one.required and one.name not in frame.arguments for one in parameters(frame.tool))
        new = (one for one in parameters(frame.tool) if one.name in values)
        said = [spoken for one in new if (spoken := phrases.value(one, values[one.name], self._today))]
        lead = phrases.line("changed_to", values=", ".join(said)) if missing and said else phrases.CHANGED
        return self.proceed(frame, "", lead)

    def _option(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Find out which of the options is meant; the caller's first words still count."""
        first, second = frame.options
        tool: FunctionTool | None = first if FIRST.search(heard.text) else None
        if tool is None and SECOND.search(heard.text):
            tool = second
        named = [one for one in frame.options if content(phrases.plain(str(one["name"]))) & content(heard.text)]
        ranked = self._choices.ranked(heard.text, frame.options)
        if tool is None and len(named) == 1:
            tool = named[0]
        if tool is None and ranked[0][0] - ranked[1][0] >= CLEARER and ranked[0][0] >= ENOUGH:
            tool = ranked[0][1]
        if tool is not None:
            self._dialogue.frames.remove(frame)
            return self.begin(tool, f"{frame.wish} {heard.text}", wish=frame.wish)
        return self.drop(frame, phrases.DROPPED) if heard.agreed is False else None

    def _asked(self, frame: Frame) -> Parameter:
        return next(one for one in parameters(frame.tool) if one.name == frame.asked)

    def _call(self, frame: Frame) -> list[Action]:
        self._dialogue.frames.remove(frame)
        self._dialogue.done = frame
        return [CallFunction(str(frame.tool["name"]), frame.arguments)]
