"""One turn of the caller and what the router does about it: take an answer, step aside, start something, give up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from orchestrator.local.brain.dialogue.answering import AHEAD, CERTAIN, FAINT, is_asked_for, is_wish
from orchestrator.local.brain.dialogue.arrival import Arrival
from orchestrator.local.brain.dialogue.asides import Asides
from orchestrator.local.brain.dialogue.colleagues import Colleagues
from orchestrator.local.brain.dialogue.courtesies import Courtesies
from orchestrator.local.brain.dialogue.documents import Documents, searches
from orchestrator.local.brain.dialogue.explaining import explained
from orchestrator.local.brain.dialogue.filling import ENOUGH, NEW_SUBJECT, REASON, SURE, TALK, Filling
from orchestrator.local.brain.dialogue.frames import Dialogue, Frame, Stage
from orchestrator.local.brain.dialogue.heard import Heard, hear, not_covered
from orchestrator.local.brain.dialogue.history import last_call, turns_since_call
from orchestrator.local.brain.dialogue.past import Past
from orchestrator.local.brain.dialogue.people import People
from orchestrator.local.brain.dialogue.routes import callable_now, can_give_back, is_route, is_transfer
from orchestrator.local.brain.dialogue.told import Told
from orchestrator.local.brain.dialogue.wishes import Wishes, is_other_action, only_numbers
from orchestrator.local.brain.language import Expression, current, length
from orchestrator.local.brain.learned.meaning import Doing, Pending
from orchestrator.local.brain.port import Action, CallFunction, FunctionTool, Request, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.saying.results import FAILED
from orchestrator.local.brain.understanding import slots
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import (
    CONDITIONS,
    SPEAK_TO,
    WANTS,
    Choices,
    Ranked,
    informs,
    only_names,
    vocabulary,
)
from orchestrator.local.brain.understanding.encoder import SentenceEncoder, content
from orchestrator.local.brain.understanding.knowledge import answers_to
from orchestrator.local.brain.understanding.parameter import parameters
from orchestrator.team.functions import HAND_BACK

SHORT = 12  # most words of a sentence that only asks for a repetition
VAGUE = 0.45  # a score below it counts only if it is AHEAD of the next
COVERED = 2.5  # how much likelier than none a function must be that is meant: a logarithm
MISSED = 2  # turns in a row that are not understood, after which a person is wanted
MATTERS = (Doing.REQUEST, Doing.QUESTION)
FACT = Expression("asks_fact")
INSTEAD, REFERRING, INQUIRIES = Expression("instead"), Expression("referring"), Expression("inquiries")
FEW = 2  # most words of meaning in a question that is about "that"
SENTENCE = 5  # fewest words that are taken for a whole sentence


class Turn:
    """One turn of the caller."""

    def __init__(self, encoder: SentenceEncoder, request: Request, memory: dict[str, Any]) -> None:
        # What the agent can do; nothing when the session forbids function calls.
        able = callable_now(request)
        others = [tool for tool in able if not searches(tool)]
        self._choices = Choices(encoder, others, request.instructions, request.today)
        # The session's items.
        self._items = request.items
        # What the conversation is about.
        self._dialogue: Dialogue = memory.setdefault("dialogue", Dialogue())
        # What it can look up.
        self.documents = Documents(encoder, able, self._choices, memory)
        # Collects what function calls need.
        self._filling = Filling(self._choices, self._dialogue, request.today, current())
        # What was done before.
        self._past = Past(self._choices, self._filling, self._dialogue, request.items, request.today)
        # What was told.
        self._told = Told(self._choices, self._filling, self._past, request.items, request.today)
        # Finds the wishes in a text.
        self._wishes = Wishes(self._choices, self._dialogue, self._items, current())
        # Greets, thanks, says goodbye.
        self._courtesies = Courtesies(self._choices, self._filling, self._dialogue, request.instructions)
        # Answers questions in between.
        self._asides = Asides(self._choices, self._filling, self.documents, self._courtesies)
        # Puts callers through to a person.
        self._people = People(self._choices, self._filling, self._past, self._dialogue, self._items, current())
        # The agent's work with other agents.
        self.colleagues = Colleagues(self._choices, self._filling, self._items)

    def answer(self, text: str) -> list[Action]:
        """React to the caller's words."""
        missed, done = self._dialogue.missed, self._dialogue.done
        frame = self._dialogue.current
        asked = frame.asked if frame else ""
        if frame is not None and frame.stage is not Stage.CHOOSING:
            text = self._wishes.queue_others_than(frame.tool, text, partial(self._filling.is_change, frame))
        heard = hear(text, current(), self._choices.doings(text, frame.stage.pending if frame else Pending.NOTHING))
        steps: dict[str, Callable[[], list[Action] | None]] = {
            "asks what was said": lambda: self._told.asked_about(frame, heard),
            "asks about what is asked for": lambda: self._asides.explained(frame, heard) if frame else None,
            "asks to hear it again": lambda: self._told.repeated(frame, heard),
            "asks for a person": lambda: self._people.asked_for(heard),
            "asks the same about another": lambda: self._past.followed_up(frame, heard),
            "asks for a part of it": lambda: self._told.say_again(heard),
            "asks on": lambda: self._told.asks_on(frame, heard),
            "says goodbye": lambda: self._courtesies.leave(frame, heard) if frame else None,
            "answers the question": lambda: self._filling.take(frame, heard) if frame else None,
            "corrects what was done before": lambda: self._past.corrected_before(frame, heard) if frame else None,
            "asks in between": lambda: self._asides.answered(frame, heard) if frame else None,
            "wants something else": lambda: self._another(frame, heard) if frame else None,
            "answers in passing": lambda: self._filling.take_anyway(frame, heard) if frame else None,
            "asks about what was told": lambda: self._told.goes_on_about(frame, heard) if frame else None,
            "is angry": lambda: self._people.put_through(heard) if frame and Act.ANGER in heard.acts else None,
            "was not understood": lambda: self._again(frame, heard) if frame else None,
            "corrects the last call": lambda: self._past.corrected(heard),
            "only greets": lambda: self._courtesies.greeted(heard),
            "wants something": lambda: self._choose(heard),
            "goes on about what was told": lambda: self._told.goes_on_about(None, heard),
            "was not understood at all": lambda: self._not_understood(heard),
        }
        for why, step in steps.items():
            if actions := step():
                about = frame or self._dialogue.current or self._dialogue.newly_done(done)
                self._dialogue.why = explained(why, heard, self._choices, about.tool if about else None, asked)
                if self._dialogue.missed == missed:
                    self._dialogue.missed = 0
                return self._next(actions) if frame and not self._dialogue.frames else actions
        return []

    def _next(self, actions: list[Action]) -> list[Action]:
        """Go on with a request that waits when the matter before it was given up."""
        told = [action.text for action in actions if isinstance(action, Say)]
        return self.go_on(" ".join(told)) if self._dialogue.later and len(told) == len(actions) else actions

    @property
    def why(self) -> dict[str, Any]:
        """Why the last turn was answered as it was."""
        return self._dialogue.why

    def go_on(self, result: str) -> list[Action]:
        """Say a result, and go on with the matter before, or with what the caller also wanted."""
        frame = self._dialogue.current
        if frame is not None:
            name, values, _ = last_call(self._items)
            asked = next((one for one in self._choices.tools if one["name"] == name), None)
            if asked is not None and informs(asked):
                frame.looked_up = slots.taken_over(parameters(frame.tool), parameters(asked), values)
            return [Say(f"{result} {self._filling.resume(frame)}")]
        if self._dialogue.later:
            text = self._dialogue.later.pop(0)
            ranked = self._choices.ranked(text)
            best = ranked[0][0] if ranked else 0.0
            score, known = self._choices.answer(text)
            if known and score >= max(SURE, best):
                return self.go_on(f"{result} {known}")
            if best >= ENOUGH:
                actions = self._past.begin(ranked[0][1], text)
                first = actions[0]
                if isinstance(first, Say):
                    return [Say(f"{result} {phrases.you_wanted(ranked[0][1])} {first.text}"), *actions[1:]]
                return [Say(result), *actions]
        if not FAILED.search(result) and (onward := self.colleagues.onward()):
            return [Say(result), *onward]
        return [Say(f"{result} {phrases.ANYTHING_ELSE}")]

    def take_over(self, briefing: str) -> list[Action]:
        """React to a handoff."""
        self._dialogue.frames.clear()
        arrival = Arrival(self._choices, self._filling, self.colleagues, self._wishes, self._items, self.documents)
        return arrival.take_over(briefing)

    def _again(self, frame: Frame, heard: Heard) -> list[Action]:
        """Ask again for what was not understood; after the second time, get a person."""
        self._dialogue.missed += not heard.surely(*MATTERS)  # what nobody covers was understood
        if (
            self._dialogue.missed >= MISSED
            and Act.IGNORANT not in heard.acts
            and (away := self._people.put_through(heard))
        ):
            return away
        return self._filling.again(frame, heard)

    def _another(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Do what the caller clearly wants instead; the matter at hand waits, unless they are put through."""
        others = [tool for tool in self._choices.tools if tool["name"] != frame.tool["name"]]
        ranked = self._choices.ranked(heard.text, others)
        if not ranked or (length(heard.text) < NEW_SUBJECT and not only_names(heard.text)):
            return None
        own = self._choices.ranked(heard.text, [frame.tool])[0][0]
        score, meant = ranked[0]
        if Act.IGNORANT in heard.acts and heard.doings and not heard.surely(*MATTERS):
            return None
        least = ENOUGH if heard.surely(*MATTERS) else SURE
        if (score < least and not self._filling.looks_up(heard.text)) or score <= own:
            return None
        if not self._is_covered(heard, score, meant):
            return None
        if score < CERTAIN and FACT.search(heard.text) and not self._choices.tells(meant):
            return None  # "Is the pool heated?" is no request
        had: dict[str, Any] = {}
        if is_other_action(frame.tool, meant):  # "Cancel it", of what was understood as a booking
            self._dialogue.frames = [one for one in self._dialogue.frames if one is not frame]
            had = slots.taken_over(parameters(meant), parameters(frame.tool), frame.arguments)
        if INSTEAD.search(heard.text) or is_transfer(meant):
            self._dialogue.frames.clear()
        return self._past.begin(meant, heard.text, had)

    def _choose(self, heard: Heard) -> list[Action] | None:
        """Choose a function, an answer or small talk; None when nothing fits."""
        text = heard.text
        if only_numbers(text) and (lookups := self._wishes.lookups(text)):
            return self._past.begin(lookups[0], text)
        ranked = self._people.behind_others(heard, self._choices.ranked(text))
        best = ranked[0][0] if ranked else 0.0
        score, known = self._choices.answer(text)
        known = "" if self.documents.may_know_better(text, score) or is_wish(heard, score, best) else known
        if is_asked_for(heard, score, known, best, tells=self._choices.tells_rather(text, known)):
            return [Say(known)]
        if best < SURE and (taken := self._takes_offer(heard)):
            return taken
        if reply := self._courtesies.reflex(heard):
            return reply
        matters = WANTS.search(text) or heard.surely(*MATTERS) or heard.rather(Doing.QUESTION, Doing.SMALL_TALK)
        wishes = SPEAK_TO.search(text) or (matters and best >= SURE) or (CONDITIONS & content(text) and best >= ENOUGH)
        wishes = wishes or (heard.question and answers_to(text) is not None)
        talk, answer = (0.0, "") if wishes else self._choices.small_talk(text)
        if known and score >= max(SURE if heard.question else CERTAIN, talk if talk >= TALK else 0.0, best):
            return [Say(known)]
        if talk >= max(TALK, best):
            return self._courtesies.talked(answer)
        angry = Act.ANGER in heard.acts and best < SURE
        if actions := self._people.put_through(heard) if angry else self.documents.asked(heard):
            return actions
        if not ranked or not self._is_clear(heard, ranked):
            if can_give_back(self._items) and length(text) >= NEW_SUBJECT:
                return [CallFunction(HAND_BACK, {"reason": text[:REASON]})]
            return None
        return self._take_requests(heard, ranked)

    def _is_covered(self, heard: Heard, score: float, tool: FunctionTool) -> bool:
        """Return whether a function is clearly likelier meant than none, where its score alone does not tell."""
        if score >= VAGUE or (is_transfer(tool) and not heard.rather(Doing.QUESTION, Doing.REQUEST)):
            return True
        odds = self._choices.odds(heard.text, tool)
        return odds is None or odds >= COVERED

    def _is_clear(self, heard: Heard, ranked: Ranked) -> bool:
        """Return whether what a text is most like is what it means."""
        text, best = heard.text, ranked[0][0]
        if self._past.is_done_again(ranked[0][1], heard) or not self._is_covered(heard, *ranked[0]):
            return False
        second = ranked[1][0] if len(ranked) > 1 else 0.0
        elsewhere = is_transfer(ranked[0][1]) and length(text) >= SENTENCE
        if elsewhere and best >= FAINT and best - second >= AHEAD:
            return True
        near = self._is_near(text, ranked) and (not heard.question or self._brings_something(text, ranked[0][1]))
        whole = best - second >= AHEAD and length(text) >= NEW_SUBJECT
        return best >= ENOUGH and (best >= VAGUE or near or whole or heard.surely(*MATTERS))

    def _takes_offer(self, heard: Heard) -> list[Action] | None:
        """Do what a caller wants who takes what was just told: "I'll take that one"."""
        told = next((tool for tool in self._choices.tools if tool["name"] == last_call(self._items)[0]), None)
        if told is None or not informs(told) or turns_since_call(self._items) != 1 or heard.question:
            return None
        does = [tool for tool in self._choices.tools if not is_route(tool) and not informs(tool)]
        takes = REFERRING.search(heard.text) and WANTS.search(heard.text)
        return self._past.begin(does[0], heard.text) if takes and len(does) == 1 else None

    def _is_near(self, text: str, ranked: Ranked) -> bool:
        """Return whether a text is a whole sentence, or has words of what it is most like."""
        return bool(ranked) and (
            bool(content(text) & vocabulary(ranked[0][1])) or (is_transfer(ranked[0][1]) and length(text) >= SENTENCE)
        )

    def _brings_something(self, text: str, tool: FunctionTool) -> bool:
        """Return whether a question has a value that a function needs which does something: "could you keep one?"."""
        needed = [one for one in parameters(tool) if one.required and not slots.is_free(one)]
        does = not is_route(tool) and not informs(tool) and not INQUIRIES.search(text)
        return does and bool(slots.fill(needed, text, self._filling.context(tool)))

    def _take_requests(self, heard: Heard, ranked: Ranked) -> list[Action]:
        """Begin with the first of the requests in a sentence, and remember the others."""
        requests = self._wishes.apart(heard.text)
        if len(requests) > 1:
            tool = requests[0][1]
            return self._past.begin(tool, heard.text if is_transfer(tool) else self._wishes.queue_others(heard.text))
        meant = self._wishes.best(heard.text, ranked)
        return self._past.begin(meant[0], heard.text) if len(meant) == 1 else self._filling.ask_back(meant, heard.text)

    def _not_understood(self, heard: Heard) -> list[Action]:
        """Look a question up where the agent can; else say what it can do; after the second time, get a person."""
        if heard.question and (asking := self._for_any_question()):
            return self._filling.begin(asking[0], "", {asking[1]: heard.text})
        if (heard.question or length(heard.text) >= SENTENCE) and (actions := self.documents.look_up(heard.text)):
            return actions
        self._dialogue.missed += not heard.surely(*MATTERS)
        if self._dialogue.missed >= MISSED and (actions := self._people.put_through(heard)):
            return actions
        able = phrases.abilities(self._choices.tools)
        if Act.ANGER in heard.acts:
            return [Say(phrases.SORRY.format(able=able))]
        if heard.surely(*MATTERS) or (heard.question and self._dialogue.missed == 1):
            return [Say(f"{not_covered(heard)} {able}")]
        return [Say(phrases.not_understood(self._dialogue.missed).format(able=able))]

    def _for_any_question(self) -> tuple[FunctionTool, str] | None:
        """Return the function that takes any question, and its parameter."""
        own = (tool for tool in self._choices.tools if not is_route(tool))
        taking = ((tool, one.name) for tool in own for one in parameters(tool) if one.named("any_question"))
        return next(taking, None)
