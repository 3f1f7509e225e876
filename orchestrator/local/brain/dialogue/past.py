"""What was said and done before in the call, and what a caller says about it: questions, corrections, "it"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from orchestrator.local.brain.dialogue.filling import NEW_SUBJECT, SURE, Filling
from orchestrator.local.brain.dialogue.frames import Dialogue, Frame
from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.dialogue.history import (
    arguments_so_far,
    has_just_failed,
    last_call,
    last_said,
    sentences_said,
    turns_since_call,
)
from orchestrator.local.brain.dialogue.options import chosen_time
from orchestrator.local.brain.dialogue.recollection import lines, recollected
from orchestrator.local.brain.dialogue.routes import is_route
from orchestrator.local.brain.dialogue.said import EVEN, Said
from orchestrator.local.brain.language import Expression, current, length
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.port import Action, FunctionTool, Item
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import changes, dates, slots, times
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import ASKS, WANTS, Choices, informs, is_destructive, vocabulary
from orchestrator.local.brain.understanding.clauses import SENTENCE
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.kinds import Kind, is_identifier, kind_of, may_be_speaker
from orchestrator.local.brain.understanding.parameter import Parameter, parameters

SHORT = 12  # most words of a sentence that only asks for a repetition
VAGUE = 0.45  # score from which a known answer is not what was said before
GOES_ON = Expression("goes_on")
FOLLOWS = Expression("follows")  # "and at four"
RECALLS, INQUIRIES, PERSONS = Expression("recalls"), Expression("inquiries"), Expression("persons")
OTHER_WORDS = 2  # most words of meaning beside the value in a sentence that only gives another one
ELLIPTIC = 6  # most words of a question that only names another value
CERTAINLY = 0.9  # likelihood from which a caller corrects the call just made, whatever else their words are like
PERHAPS = 0.2  # likelihood from which another value for the call just made corrects it
OFFERED = 3  # sentences among which an offer is looked for
ANOTHER, ALSO = Expression("another"), Expression("also")
REMEMBERED = (Kind.CODE, Kind.NAME, Kind.PHONE, Kind.EMAIL)
# "Cancel it" after an order was found.
REFERRING = Expression("referring")
SAME_DAY, SAME_TIME, SAME_NAME = Expression("same_day"), Expression("same_time"), Expression("same_name")


class Past:
    """What one turn can refer to."""

    def __init__(
        self, choices: Choices, filling: Filling, dialogue: Dialogue, items: Sequence[Item], today: date
    ) -> None:
        # What the agent can do, and how well words match it.
        self._choices = choices
        # Collects what function calls need.
        self._filling = filling
        # Reads what is corrected.
        self._said = Said(choices, today, current())
        # What the conversation is about.
        self._dialogue = dialogue
        # The session's items.
        self._items = items
        # The day of the call.
        self._today = today

    def looked_up_again(self, heard: Heard) -> list[Action] | None:
        """Look "it" up with the values that were given for something else."""
        known = self._arguments_so_far()
        for _, tool in self._choices.ranked(heard.text):
            needed = [one.name for one in parameters(tool) if one.required]
            if informs(tool) and needed and not is_destructive(tool) and known.keys() >= set(needed):
                return self._filling.begin(tool, heard.text, {name: known[name] for name in needed})
        return None

    def begin(self, tool: FunctionTool, text: str, had: Mapping[str, Any] | None = None) -> list[Action]:
        """Make a call, or ask for what it needs; "it" and "that" refer to what the last calls were about."""
        referred = {**self.known(tool, text), **(had or {})}
        in_text = slots.read(parameters(tool), text, self._filling.context(tool))
        arguments = {name: value for name, value in referred.items() if name not in in_text}
        return self._filling.begin(tool, text, arguments | self._same(tool, text))

    def _same(self, tool: FunctionTool, text: str) -> dict[str, Any]:
        """Return what is to be as in the last call: "on the same day, at ten", "under the same name"."""
        name, before, _ = last_call(self._items)
        done = next((one for one in self._choices.tools if one["name"] == name), None)
        if done is None or not any(one.search(text) for one in (SAME_DAY, SAME_TIME, SAME_NAME)):
            return {}
        given = {kind_of(one): str(before[one.name]) for one in parameters(done) if one.name in before}
        day, _, clock = given.get(Kind.MOMENT, "").partition("T")
        day = given.get(Kind.DAY, day) if SAME_DAY.search(text) else ""
        clock = given.get(Kind.TIME, clock) if SAME_TIME.search(text) else ""
        same = {Kind.DAY: day, Kind.TIME: clock, Kind.NAME: given.get(Kind.NAME, "") if SAME_NAME.search(text) else ""}
        if day or clock:
            about = f"{self._filling.context(tool).about} {text}"
            on = day or next((one.value.isoformat() for one in dates.find(text, self._today)), "")
            at = clock or next((one.resolved(about) for one in times.find(text)), "")
            same[Kind.MOMENT] = f"{on}T{at}" if on and at else ""
        return {one.name: value for one in parameters(tool) if (value := same.get(kind_of(one)))}

    def known(self, tool: FunctionTool, text: str) -> dict[str, Any]:
        """Return what the caller has said before and a patient clerk remembers: numbers, names, addresses.

        A function that is called again is about something else, unless the caller says "it".
        """
        before = recollected(parameters(tool), lines(self._items), self._filling.context(tool))
        before |= self._remembered(tool, text)
        if another := ANOTHER.search(text):
            named = not PERSONS.search(text[another.end() :])  # "a new appointment" is for the same patient
            own = {one.name for one in parameters(tool) if is_own(one) or (named and kind_of(one) is Kind.NAME)}
            before = {name: value for name, value in before.items() if name in own}
        return before | self._offered(tool, text) | self._chosen(tool, text)

    def _offered(self, tool: FunctionTool, text: str) -> dict[str, Any]:
        """Return the day and time that was offered last, if the caller takes "that one"."""
        if informs(tool) or not REFERRING.search(text) or ANOTHER.search(text):
            return {}
        wanted = [one for one in parameters(tool) if kind_of(one) in (Kind.DAY, Kind.TIME, Kind.MOMENT)]
        told = [one for one in sentences_said(self._items)[:OFFERED] if not one.endswith("?")]
        said = replace(self._filling.context(tool), nearest=None)
        return next((found for one in told if (found := slots.fill(wanted, one, said))), {})

    def _chosen(self, tool: FunctionTool, text: str) -> dict[str, Any]:
        """Return the time that a caller chooses of those just named."""
        wanted = [one.name for one in parameters(tool) if kind_of(one) in (Kind.TIME, Kind.MOMENT)]
        time = chosen_time(text, last_said(self._items))
        if len(wanted) != 1:
            return {}
        if any(one.name == wanted[0] and kind_of(one) is Kind.MOMENT for one in parameters(tool)):
            return self._on_the_day(tool, wanted[0], text, time)
        return {wanted[0]: time} if time else {}

    def _on_the_day(self, tool: FunctionTool, moment: str, text: str, time: str) -> dict[str, Any]:
        """Return the time that a caller chooses on the day that was just looked up: "half past seven it is then"."""
        name, before, _ = last_call(self._items)
        asked = next((one for one in self._choices.tools if one["name"] == name), None)
        if asked is None or not informs(asked) or informs(tool) or turns_since_call(self._items) > OFFERED:
            return {}
        days = [before[one.name] for one in parameters(asked) if kind_of(one) is Kind.DAY and one.name in before]
        said = times.find(text)
        if len(days) != 1 or dates.find(text, self._today) or not (said or time):
            return {}
        about = f"{self._filling.context(tool).about} {text}"
        return {moment: f"{days[0]}T{time or said[0].resolved(about)}"}

    def _remembered(self, tool: FunctionTool, text: str) -> dict[str, Any]:
        """Return what the caller has said before and serves a function."""
        said = self._arguments_so_far()
        last, refers = last_call(self._items)[0], REFERRING.search(text)
        if informs(tool) and (frame := self._dialogue.current):  # "What would it cost for three days?"
            return slots.taken_over(parameters(tool), parameters(frame.tool), said)
        again = informs(tool) and GOES_ON.match(text) and ALSO.search(text)  # "and is a double room free as well?"
        if tool["name"] == last and not refers and not again:
            return {one.name: said[one.name] for one in parameters(tool) if is_own(one) and one.name in said}
        done = next((one for one in self._choices.tools if one["name"] == last), None)
        if done is not None and (informs(tool) and (refers or again) if tool is done else informs(done)):
            return slots.taken_over(parameters(tool), parameters(done), said)
        return {one.name: said[one.name] for one in parameters(tool) if kind_of(one) in REMEMBERED and one.name in said}

    def followed_up(self, frame: Frame | None, heard: Heard) -> list[Action] | None:
        """Look the same up again with the one value that a caller changes: "And for a week?", "on Thursday?"."""
        name, before, _ = last_call(self._items)
        tool = next((tool for tool in self._choices.tools if tool["name"] == name), None)
        recent = 1 <= turns_since_call(self._items) <= OFFERED
        if tool is None or not informs(tool) or not recent:
            return None
        text, most = heard.core, 0
        goes_on = GOES_ON.match(text)
        if heard.question and REFERRING.search(text) and INQUIRIES.search(text):
            most = OTHER_WORDS  # "What would that come to with breakfast?"
        elif length(text) > ELLIPTIC or (
            not goes_on and (not heard.question or INQUIRIES.search(text) or ASKS.match(text))
        ):
            return None
        text = GOES_ON.sub(" ", text).strip()
        if frame is not None and self._is_given(frame, text):
            return None
        values = self._other_values(tool, before, text, most)
        return self._filling.begin(tool, "", {**before, **values}, wish=heard.text) if values else None

    def is_done_again(self, tool: FunctionTool, heard: Heard) -> bool:
        """Return whether a question would have what was just done be done again, though nobody wants that."""
        just = last_call(self._items)[0] == tool["name"] and 1 <= turns_since_call(self._items) <= OFFERED
        wants = WANTS.search(heard.text) or ANOTHER.search(heard.text) or not heard.surely(Doing.QUESTION)
        return just and heard.question and not wants and not informs(tool) and not is_route(tool)

    def _is_given(self, frame: Frame, text: str) -> bool:
        """Return whether a text has the value that is asked for, or another one for what is to be confirmed."""
        wanted = [one for one in parameters(frame.tool) if slots.is_definite(one) and frame.asked in ("", one.name)]
        return bool(slots.fill(wanted, text, replace(self._filling.context(frame.tool), nearest=None)))

    def _other_values(self, tool: FunctionTool, before: Mapping[str, Any], text: str, most: int = 0) -> dict[str, Any]:
        """Return the values in a text of at most so many other words, for a call that was made with other ones."""
        wanted, context = parameters(tool), replace(self._filling.context(tool), nearest=None)
        values = slots.fill(wanted, text, context)
        if not values:
            each = [slots.fill([one], text, context, asked=one.name) for one in wanted if slots.is_definite(one)]
            found = [one for one in each if one]
            values = found[0] if len(found) == 1 else {}
        rest = content(slots.left([one for one in wanted if one.name in values], text, context)) - vocabulary(tool)
        if any(is_identifier(one) for one in wanted if one.name in values):  # "and the smaller one, 550020?"
            most = OTHER_WORDS
        return {} if len(rest) > most else {name: value for name, value in values.items() if before.get(name) != value}

    def corrected_before(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Repeat the call that was just made with another value, while the caller is asked for something else."""
        name, _, _ = last_call(self._items)
        goes_on = heard.repair is not None or FOLLOWS.match(heard.core)
        if turns_since_call(self._items) != 1 or name == frame.tool["name"] or not goes_on:
            return None
        return self.corrected(heard)

    def corrected(self, heard: Heard) -> list[Action] | None:
        """Repeat the last call with what the caller corrects, or answers to a result that was a question."""
        name, before, was_question = last_call(self._items)
        tool = next((tool for tool in self._choices.tools if tool["name"] == name), None)
        declined = self._dialogue.done
        if declined is not None and declined.arguments and str(declined.tool["name"]) != name:
            tool, before, was_question = declined.tool, declined.arguments, False
        if tool is None or is_route(tool):
            return None
        context = self._filling.context(tool)
        ranked = self._choices.ranked(heard.text)
        other = ranked[0][1]["name"] != tool["name"] and ranked[0][0] >= SURE and length(heard.text) >= NEW_SUBJECT
        made = tool["name"] == name and 1 <= turns_since_call(self._items) <= OFFERED
        goes_on = ANOTHER.search(heard.text) or (GOES_ON.match(heard.core) and heard.repair is None)
        least = CERTAINLY if other else EVEN
        changed = self._said.corrections_of_call(tool, before, heard, least) if made and not goes_on else {}
        if not other and phrases.NOT_DONE in last_said(self._items):  # "Could we come at half past six?"
            changed = changed or self._other_values(tool, before, heard.text, OTHER_WORDS)
        if changed := changed or self._changed(tool, before, heard):
            return self._filling.begin(tool, "", {**before, **changed}, wish=heard.text)
        follows = FOLLOWS.match(heard.core) or self._is_other_value(tool, before, heard)
        follows = follows or (has_just_failed(self._items) and not heard.question)
        if not (was_question or heard.repair or follows):
            return None
        if other and not (FOLLOWS.match(heard.core) and turns_since_call(self._items) == 1):
            return None
        if heard.question and self._choices.answer(heard.text)[0] >= SURE:
            return None
        more = FOLLOWS.match(heard.core) and ANOTHER.search(heard.core)  # "and two more pillows"
        wanted = [one for one in parameters(tool) if was_question or more or not slots.is_free(one)]
        values = changes.corrected(wanted, heard.repair, before, context) if heard.repair else {}
        values = values or slots.fill(wanted, heard.text, context)
        if was_question and not values:
            definite = [one for one in wanted if one.required and slots.is_definite(one)]
            answers = (slots.fill([one], heard.text, context, asked=one.name) for one in definite)
            values = next((answer for answer in answers if answer), {})
        return self._filling.begin(tool, "", {**before, **values}, wish=heard.text) if values else None

    def _changed(self, tool: FunctionTool, before: Mapping[str, Any], heard: Heard) -> dict[str, Any]:
        """Return the values of the call just made that are wrong, or what it should have had besides."""
        turns = turns_since_call(self._items)
        if not 1 <= turns <= OFFERED or ANOTHER.search(heard.text) or self._is_for_another(tool, before, heard):
            return {}
        wanted = [one for one in parameters(tool) if slots.is_definite(one)]
        context = replace(self._filling.context(tool), nearest=None)
        found = [slots.fill(wanted, part, context) for part in SENTENCE.split(heard.text)]
        latest = slots.latest(wanted, heard.text, context)
        changed = {name: value for name, value in latest.items() if before.get(name) != value}
        replaced = [name for name in changed if name in before]
        if any(values.get(name) == before[name] for values in found for name in replaced):
            return changed  # "Did I say 28450? It's 28540."
        if turns > 1:
            return {}
        if replaced:
            corrects = heard.doings.get(Doing.CORRECT, 0) >= PERHAPS or self._is_own_again(tool, replaced, heard)
            return changed if corrects and not heard.question else {}
        same = self._choices.ranked(heard.text)[:1]
        return changed if same and same[0][1]["name"] == tool["name"] and not heard.question else {}

    def _is_for_another(self, tool: FunctionTool, before: Mapping[str, Any], heard: Heard) -> bool:
        """Return whether the same is wanted of another thing: "and two bathrobes"."""
        free = [one for one in parameters(tool) if one.required and slots.is_free(one) and one.name in before]
        values = slots.fill(free, heard.text, self._filling.context(tool)) if GOES_ON.match(heard.core) else {}
        return any(before[name] != value for name, value in values.items())

    def _is_own_again(self, tool: FunctionTool, replaced: Sequence[str], heard: Heard) -> bool:
        """Return whether a caller gives another telephone number or e-mail address of theirs, and wants nothing new."""
        own = {one.name for one in parameters(tool) if kind_of(one) in (Kind.PHONE, Kind.EMAIL)}
        if not own.issuperset(replaced) or WANTS.search(heard.text) or ALSO.search(heard.text):
            return False
        (_, best), *_ = self._choices.ranked(heard.text)
        kinds_of_best = {kind_of(one) for one in parameters(best) if one.required}
        return best["name"] == tool["name"] or not kinds_of_best & {Kind.PHONE, Kind.EMAIL}

    def _is_other_value(self, tool: FunctionTool, before: Mapping[str, Any], heard: Heard) -> bool:
        """Return whether a caller only gives another value for the call just made: "then at four"."""
        recent = OFFERED if GOES_ON.match(heard.core) else 1
        if not 1 <= turns_since_call(self._items) <= recent or heard.question or Act.GOODBYE in heard.acts:
            return False
        if heard.only(Act.AFFIRM, Act.DENY, Act.THANKS):
            return False
        wanted = [one for one in parameters(tool) if not slots.is_free(one)]
        context = replace(self._filling.context(tool), nearest=None)
        values = slots.fill(wanted, heard.text, context)
        changed = any(before.get(name) != value for name, value in values.items() if name in before)
        return changed and len(content(slots.left(wanted, heard.text, context))) <= OTHER_WORDS

    def _arguments_so_far(self) -> dict[str, Any]:
        """Return the arguments of all calls, and of those in preparation."""
        found = arguments_so_far(self._items) | (self._dialogue.done.arguments if self._dialogue.done else {})
        for frame in self._dialogue.frames:
            found |= frame.arguments
        return found


def is_own(parameter: Parameter) -> bool:
    """Return whether a value is the caller's own, whatever a function is called for."""
    kind = kind_of(parameter)
    return kind in (Kind.PHONE, Kind.EMAIL) or (kind is Kind.NAME and may_be_speaker(parameter))
