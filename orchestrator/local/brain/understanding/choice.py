"""How well a sentence matches each thing that an agent can do.

The sentence encoder compares its meaning with a function's description and examples. Three things are added that the
encoder does not see: words that only one of the functions has, a sentence that brings everything a function needs, and
a colleague asked for by name. The weights were chosen on 208 sentences (a service desk, an airline, the sample team;
with and without examples): 198 right, and 195 to 198 wherever a weight is changed by half.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import lru_cache, partial

from orchestrator.local.brain.dialogue.routes import is_transfer
from orchestrator.local.brain.language import Expression, Language, current, length
from orchestrator.local.brain.learned.meaning import Doing, Pending, meaning
from orchestrator.local.brain.port import FunctionTool
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import dates, numbers, slots, times
from orchestrator.local.brain.understanding.acts import Act, without_pleasantries
from orchestrator.local.brain.understanding.clauses import requests
from orchestrator.local.brain.understanding.encoder import SentenceEncoder, content
from orchestrator.local.brain.understanding.kinds import Kind, is_identifier, kind_of
from orchestrator.local.brain.understanding.knowledge import Knowledge, answers_to
from orchestrator.local.brain.understanding.meant import EXAMPLE_LIST, LEADS, LIKE, QUOTED, likelier, values, weighed
from orchestrator.local.brain.understanding.parameter import parameters, spaced
from orchestrator.local.brain.understanding.synonyms import groups
from orchestrator.local.brain.understanding.utterance import Context, Learnt
from orchestrator.team.functions import CONFIRM, USE_FOR

Ranked = list[tuple[float, FunctionTool]]
SUPPORT = 0.15  # weight of the second and third nearest example: a single one may be near by accident
RARE = 0.2  # weight of the words that few of the agent's functions have
FITS = 0.18  # added when the sentence has everything that a function needs
PARTLY = 0.1  # added for a part of it
CODED = 0.15  # added to the only function that takes a number of the form that a sentence has
LISTED = 0.12  # added when the sentence names one of the values that a function needs one of
FORM = 0.12  # added to what informs for a question, and to what acts for a wish
# What can be done with a thing that is booked; of several that a caller names, the first is what they want.
ACTIONS = ("cancel", "change", "extend", "join", "book")
UNDONE = ("cancel", "change", "extend")  # what is done to a thing that is there: nobody only asks about it
CONDITIONS = frozenset({"broken", "lost", "ill"})  # what can have happened to a thing or a person
THING = 0.15  # added when the thing that is wanted is one of the function's, taken off when it is another's
BOOK, BOOKS = frozenset({"book"}), 0.3  # added to bookings for a wish with a day, half of it for one of both
PARTY = Expression("party")
WHICH_VALUE = Expression("which_value")  # asks for a value, and for nothing to be done
INFORMS = Expression("informs")
WANTS = Expression("wants")
NEAR_ENOUGH = 0.5  # score from which nobody looks at what colleagues' colleagues can do
NAMED = 0.3  # added when the caller names the colleague they want
NO_QUESTION = 0.1  # taken off an answer when nothing is asked, and for a wish, where that was not learnt
ASKS = Expression("asks")
ELSEWHERE = 0.05  # taken off what a colleague could do: an agent's own functions come first
PLACED = Expression("placed")  # "I'm in room 304" wants no room
AT_PLACE, WANTED_THING = Expression("at_place"), Expression("wanted_thing")
MATTER = 2.0  # how much a word counts that has synonyms, as what happens to things has
UNKNOWN = 0.5  # how much a word counts that none of the functions has
NEAR_VALUE = 0.3  # likeness from which a listed value counts as meant
VALUE_MARGIN = 0.03  # how far it must be ahead of the next one
LITERAL = 1.0  # likeness from which a sentence is nearly word for word one of a function's own
PERSON = 0.6  # the same, when both are about speaking to a person
NOTHING_ELSE = 2  # most words of meaning in a sentence that only names a colleague
# The keys under which a transfer has the functions of the colleague that it leads to or, where they have none, of those
# whom they can connect to.
ABLE, BEYOND = "able", "beyond"
SPEAK_TO = Expression("speak_to")
UNWANTED = Expression("unwanted")
WISH = 2  # fewest words of meaning that are one, beside what is not wanted
DEPARTMENT = Expression("department")
SHORT = 4  # words of a sentence that may be just a colleague's name: "Billing, please."


class Choices:
    """What one agent can do, and how well a sentence matches it."""

    def __init__(self, encoder: SentenceEncoder, tools: Sequence[FunctionTool], instructions: str, today: date) -> None:
        # The functions that can be called.
        self.tools = tools
        # Compares sentences by meaning.
        self._encoder = encoder
        # What is known when it is tried whether a sentence brings all that a function needs.
        self._context = Context(today)
        # The names of these functions.
        self._own = {str(tool["name"]) for tool in tools}
        # Text → function → score, of these functions and of colleagues': a turn asks for them many times.
        self._scores: dict[str, dict[str, float]] = {}
        self._scores_of_others: dict[str, dict[str, float]] = {}
        # What is known without a function.
        self._knowledge = Knowledge(encoder, instructions)
        # What was learnt about sentences of the language in use; None when that is nothing.
        self._meaning = meaning(current().code)

    def ranked(self, text: str, among: Sequence[FunctionTool] | None = None) -> Ranked:
        """Return functions with their scores, the best first; a good match scores 0.4 to 1.4."""
        said = without_unwanted(without_pleasantries(text, current()))
        text = PLACED.sub(" ", numbers.written(said))
        tools = self.tools if among is None else among
        if said not in self._scores:
            rare = self._rare(text)
            whole = {str(tool["name"]): self._whole(said, text, tool, ABLE) for tool in self.tools}
            if max(whole.values(), default=0.0) < NEAR_ENOUGH:
                beyond = {str(tool["name"]): self._whole(said, text, tool, BEYOND) for tool in self.tools}
                whole = {name: max(score, beyond[name] - ELSEWHERE) for name, score in whole.items()}
            weight = RARE * (LIKE if self._meaning else 1)
            coded = self._coded(said)
            self._scores[said] = {name: score + weight * rare[name] + coded[name] for name, score in whole.items()}
        scores = self._scores[said]
        missing = {
            str(tool["name"]): self._whole(said, text, tool, ABLE) for tool in tools if str(tool["name"]) not in scores
        }
        scored = [({**scores, **missing}[str(tool["name"])], tool) for tool in tools]
        return sorted(scored, key=lambda pair: -pair[0])

    def _whole(self, said: str, text: str, tool: FunctionTool, key: str) -> float:
        """Return the score of a function or, of a transfer, that of what it makes possible if it is more."""
        score = self._alone(said, text, tool)
        others = (one for one in tool.get(key, ()) if str(one["name"]) not in self._own)
        return max([score, *(self._theirs(said, text, one) - ELSEWHERE for one in others)])

    def _theirs(self, said: str, text: str, tool: FunctionTool) -> float:
        """Return the score of a colleague's function."""
        known = self._scores_of_others.setdefault(said, {})
        name = str(tool["name"])
        if name not in known:
            known[name] = self._alone(said, text, tool)
        return known[name]

    def _alone(self, said: str, text: str, tool: FunctionTool) -> float:
        """Return the score of a function by itself; what was learnt counts where the language is one that was."""
        score = self._score(text, tool) + self._brought(said, tool)
        if self._meaning is None:
            return score
        return weighed(likelier(self._meaning, said, [tool])[0], score)

    def odds(self, text: str, tool: FunctionTool) -> float | None:
        """Return how much likelier a function, or what a transfer makes possible, is meant than none; None: unknown."""
        if self._meaning is None:
            return None
        said = without_pleasantries(text, current())
        return max(likelier(self._meaning, said, [tool, *tool.get(ABLE, ())]))

    def doings(self, text: str, pending: Pending) -> Mapping[Doing, float]:
        """Return how likely a text does what, after the caller was asked for something; {} where that is not learnt."""
        if self._meaning is None:
            return {}
        return self._meaning.doing(text, pending)

    def learnt_values(self, tool: FunctionTool) -> Learnt | None:
        """Return what finds the values of a function's parameters, as far as that was learnt; None where it was not."""
        return partial(values, self._meaning, str(tool["name"])) if self._meaning else None

    def small_talk(self, text: str) -> tuple[float, str]:
        """Return how much a sentence is small talk, and the reply, with `{who}` and `{able}` to fill in."""
        scored = ((self._nearness(text, sayings), reply) for reply, sayings in phrases.small_talk().items())
        return max(scored, default=(0.0, ""))

    def answer(self, text: str) -> tuple[float, str]:
        """Return how well the best known question or statement matches, and what to say."""
        text = without_pleasantries(text, current())
        score, answer = self._knowledge.best(text)
        if self._meaning:
            return score, answer
        score *= 1 + SUPPORT
        return score - NO_QUESTION * (not ASKS.search(text)) - NO_QUESTION * bool(WANTS.search(text)), answer

    def tells_value(self, question: str, told: str) -> bool:
        """Return whether a sentence has the kind of value that a question asks for: "how much is the cruise?"."""
        fits = answers_to(question)
        return fits is not None and fits(told, self._context.today)

    def tells_rather(self, question: str, told: str) -> bool:
        """Return whether a sentence has the value that a question asks for, and the best function tells nothing."""
        best = self.ranked(question)[:1]
        return self.tells_value(question, told) and not any(self.tells(tool) for _, tool in best)

    def answer_for(self, act: Act, text: str) -> str:
        """Return the author's answer to who the agent is, or what it can do; "" when there is none."""
        return self._knowledge.for_act(act, text)

    def nearest(self, text: str, values: Sequence[str], least: float = NEAR_VALUE) -> int | None:
        """Return the index of the value that a text means; None when it is not clear."""
        ranked = sorted(zip(self._encoder.likeness(text, values), range(len(values)), strict=True), reverse=True)
        if not ranked or ranked[0][0] < least:
            return None
        clear = len(ranked) == 1 or ranked[0][0] - ranked[1][0] >= VALUE_MARGIN
        return ranked[0][1] if clear else None

    def is_for_another(self, text: str, than: FunctionTool) -> bool:
        """Return whether a text is nearly what callers say for another function, or asks for a person where one is."""
        for tool in self.tools:
            person = is_transfer(tool) and "person" in content(text) & vocabulary(tool)
            near = max(self._encoder.likeness(text, prototypes(tool)), default=0.0)
            if tool["name"] != than["name"] and near >= (PERSON if person else LITERAL):
                return True
        return False

    def _score(self, text: str, tool: FunctionTool) -> float:
        score, wish = self._nearness(text, prototypes(tool)), action(text)
        if names(text, tool):
            score += NAMED
        if is_transfer(tool):
            score -= ELSEWHERE
        form = ASKS.search(text) and not WANTS.search(text) if informs(tool) else WANTS.search(text)
        if form and not is_transfer(tool) and (content(text) & vocabulary(tool) or self._brings_all(text, tool)):
            score += FORM
        if vocabulary(tool) >= BOOK and wish in ("", "book"):
            wants = WANTS.search(text) and content(text) & vocabulary(tool)
            score += BOOKS * (bool(wants) + self._is_planned(text)) / 2
        if not is_transfer(tool) and not informs(tool) and WHICH_VALUE.search(text) and not WANTS.search(text):
            score -= 2 * FORM / (LIKE if self._meaning else 1)
        thing = WANTED_THING.search(text)
        wanted = content(thing.group(1)) if thing else frozenset()
        if wanted and len(requests(text, current())) == 1 and any(wanted & vocabulary(one) for one in self.tools):
            score += THING if wanted & vocabulary(tool) else -THING
        if wanted & _vocabulary(prototypes(tool), current()) and not wanted & _objects(prototypes(tool), current()):
            score -= FORM
        return score + self._done(wish, tool) + self._suffered(text, tool)

    def _suffered(self, text: str, tool: FunctionTool) -> float:
        """Return what is added for a function that is for what has happened, or taken off if it is for another."""
        happened, helps = CONDITIONS & content(text), CONDITIONS & vocabulary(tool)
        if not happened or not helps:
            return 0.0
        return (FORM if happened & helps else -FORM) / 2

    def _done(self, wish: str, tool: FunctionTool) -> float:
        """Return what is added for a function that does what is wanted, or taken off if it does another thing."""
        if is_transfer(tool):
            for_these = [one for one in ACTIONS if one in vocabulary({**tool, ABLE: ()})]
            return 0.0 if not wish or not for_these else FORM / 2 if wish in for_these else -FORM / 2
        if informs(tool):
            return -FORM if wish in UNDONE else 0.0
        does = _does(tool)
        if not does or (not wish and does != "cancel"):
            return 0.0
        if does == wish == "book":
            return 0.0
        return FORM if does == wish else -FORM

    def _brought(self, text: str, tool: FunctionTool) -> float:
        """Return what is added for what a text has of what a function needs."""
        needed = [parameter for parameter in parameters(tool) if parameter.required]
        listed = [one for each in tool.get(ABLE, ()) for one in parameters(each) if kind_of(one) is Kind.CHOICE]
        if listed and slots.fill(listed, text, self._context):
            return LISTED
        if not needed:
            return 0.0
        found = slots.fill(needed, text, self._context)
        brought = len(found) / len(needed)
        named = any(kind_of(one) is Kind.CHOICE and one.name in found for one in needed)
        return (FITS if brought == 1 else PARTLY * brought) + LISTED * named

    def _brings_all(self, text: str, tool: FunctionTool) -> bool:
        """Return whether a text has all that a function needs which only tells something."""
        return informs(tool) and self._brought(text, tool) >= FITS

    def tells(self, tool: FunctionTool) -> bool:
        """Return whether a function only tells something, or leads to a colleague who has one that does."""
        return any(informs(one) for one in (tool.get(ABLE, ()) if is_transfer(tool) else (tool,)))

    def left(self, text: str, tool: FunctionTool) -> str:
        """Return what is left of a text without the values in it that a function takes."""
        return slots.left(parameters(tool), text, self._context)

    def _is_planned(self, text: str) -> bool:
        """Return whether a text has a day, a time, or how many come, as bookings have."""
        today = self._context.today
        ahead = any(day.value >= today for day in dates.find(text, today))
        return bool(ahead or times.find(text) or PARTY.search(text))

    def _nearness(self, text: str, others: Sequence[str]) -> float:
        """Return the likeness to the nearest sentence plus a little for the next two."""
        best = sorted(self._encoder.likeness(text, others), reverse=True)
        nearest, more = best[:1], best[1:3]
        return (nearest[0] if nearest else 0.0) + (SUPPORT * sum(more) / len(more) if more else 0.0)

    def _coded(self, text: str) -> dict[str, float]:
        """Return what is added for a number of the form that a function needs: the more, the fewer functions do."""
        found: dict[str, bool] = {}
        for tool in self.tools:
            needed = [one for each in (tool, *tool.get(ABLE, ())) for one in parameters(each) if one.required]
            formed = [one for one in needed if one.pattern and is_identifier(one)]
            found[str(tool["name"])] = bool(formed and slots.fill(formed, text, self._context))
        having = sum(found.values())
        share = math.log(len(found) / having) / math.log(len(found)) if having and len(found) > 1 else 0.0
        return {name: CODED * share * one for name, one in found.items()}

    def _rare(self, text: str) -> dict[str, float]:
        """Return, for each function, its share of the text's words, rare words counting more."""
        own = {str(tool["name"]): vocabulary(tool) for tool in self.tools}
        in_text, matters = content(text), groups(text)[0]
        weight: dict[str, float] = {}
        for word in in_text:
            having = len([name for name, words in own.items() if word in words])
            weight[word] = math.log(1 + len(own) / having) if having else UNKNOWN * math.log(1 + len(own))
            weight[word] *= MATTER if word in matters else 1
        total = sum(weight.values()) or 1.0
        return {name: sum(weight[word] for word in in_text & words) / total for name, words in own.items()}


def without_unwanted(text: str) -> str:
    """Return a text without what the caller does not want, if they say what they do: "don't cancel it, move it"."""
    rest = UNWANTED.sub(" ", text.replace("’", "'"))
    return rest if len(content(rest)) >= WISH else text


def action(text: str) -> str:
    """Return which of the actions a text speaks of; "" when it is none of them."""
    said = content(text)
    return next((one for one in ACTIONS if one in said), "")


def _does(tool: FunctionTool) -> str:
    """Return which action a function is, by its name or, where that does not tell, by how its description begins."""
    described = str(tool.get("description") or "").partition(". ")[0]
    return action(phrases.plain(str(tool["name"]))) or action(described)


def is_destructive(tool: FunctionTool) -> bool:
    """Return whether the caller must confirm before a function is called."""
    return CONFIRM in str(tool.get("description"))


def informs(tool: FunctionTool) -> bool:
    """Return whether a function only tells something, as its description begins."""
    return bool(INFORMS.match(str(tool.get("description") or "")))


def names(text: str, tool: FunctionTool) -> bool:
    """Return whether the caller asks for the colleague that a transfer leads to, by name."""
    called = f"{phrases.plain(str(tool['name']))} {phrases.colleague(tool)}"
    if not is_transfer(tool) or not content(called) & content(text):
        return False
    alone = content(DEPARTMENT.sub(" ", text)) <= content(called)
    return bool(SPEAK_TO.search(text)) or (length(text) <= SHORT and alone)


def only_names(text: str) -> bool:
    """Return whether a sentence only says whom the caller wants to speak to: "Transfer me to billing, please."."""
    if length(text) <= SHORT and DEPARTMENT.search(text):
        return True
    return bool(SPEAK_TO.search(text)) and len(content(SPEAK_TO.sub("", text))) <= NOTHING_ELSE


def is_about_speaking(tool: FunctionTool) -> bool:
    """Return whether a function is for callers who want to speak to somebody: taking a message, calling them."""
    calls = {Kind.NAME, Kind.PHONE, Kind.FREE} <= {kind_of(one) for one in parameters(tool) if one.required}
    return calls or any(SPEAK_TO.search(text) for text in prototypes(tool))


def prototypes(tool: FunctionTool) -> Sequence[str]:
    """Return sentences that stand for a function: its description, and what callers say for it."""
    own = _prototypes(str(tool["name"]), str(tool.get("description") or ""))
    able = (_prototypes("", str(one.get("description") or "")) for one in tool.get(ABLE, ()))
    return own + tuple(text for texts in able for text in texts)


@lru_cache(maxsize=512)
def _prototypes(name: str, described: str) -> tuple[str, ...]:
    described = described.replace(CONFIRM, "").strip()
    found = EXAMPLE_LIST.search(described)
    examples = QUOTED.findall(found.group(1)) if found else []
    about = EXAMPLE_LIST.sub("", described)
    for lead in LEADS:
        about = lead.sub("", about)
    parts = re.split(r"(?<=\.)\s+|: ", about.replace(USE_FOR, ""))
    lists = [item for part in parts if part.count(",") > 1 for item in part.rstrip(".").split(", ")]
    return tuple(text for text in (about, *parts[1:], *lists, phrases.plain(name), *examples) if text)


@lru_cache(maxsize=512)
def _vocabulary(sentences: Sequence[str], language: Language) -> frozenset[str]:
    return frozenset[str]().union(*(content(sentence) for sentence in sentences))


@lru_cache(maxsize=512)
def _objects(sentences: Sequence[str], language: Language) -> frozenset[str]:
    """Return the words of sentences without places: who wants a room does not want something brought to one."""
    return frozenset[str]().union(*(content(AT_PLACE.sub(" ", sentence)) for sentence in sentences))


def vocabulary(tool: FunctionTool) -> frozenset[str]:
    """Return the words of a function that carry meaning."""
    listed = (str(value) for one in (tool, *tool.get(ABLE, ())) for part in parameters(one) for value in part.choices)
    needed = (one for each in (tool, *tool.get(ABLE, ())) for one in parameters(each) if one.required)
    named = (one.words for one in needed if not is_identifier(one))  # "room 304" is no room
    return _vocabulary((*prototypes(tool), *map(spaced, listed), *named), current())
