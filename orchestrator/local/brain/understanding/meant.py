"""How likely a sentence is about a function, as far as that was learnt from examples."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from orchestrator.local.brain.dialogue.patterns import expression
from orchestrator.local.brain.dialogue.routes import is_route
from orchestrator.local.brain.learned.meaning import Likely, Meaning
from orchestrator.local.brain.port import FunctionTool
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding.encoder import neutral
from orchestrator.local.brain.understanding.parameter import Parameter, parameters, spaced
from orchestrator.team.functions import ASK, CONFIRM, EXAMPLES, HAND_OVER, USE_FOR, WRITE

EXAMPLE_LIST = re.compile(rf"\s*{EXAMPLES}(.+)$", re.DOTALL)
QUOTED = re.compile(r'"([^"]+)"')
EXEMPLARY = 0.25  # how much the nearest example counts beside what a function is for
LITERAL = (
    3.0  # what is taken off an example's score that counts alone: sentences are nearer to each other than to functions
)
# What was learnt and likeness together: LEARNT is added for each factor of e by which something is likelier than none,
# LIKE for likeness and rules. Their ratio was fitted on teams that were not learnt from; the more is learnt, the larger
# these factors become, so EVEN and LEARNT keep the scores where the limits of the dialogue expect them.
EVEN, LEARNT, LIKE = 0.13, 0.045, 0.48
# What a form or type of a schema is called where a parameter is described.
FORMS = {
    "date": "a day",
    "time": "a time of day",
    "date-time": "a day and time",
    "integer": "a number",
    "number": "a number",
    "boolean": "yes or no",
}
# How the description of a way to another agent begins.
LEADS = tuple(re.compile(rf"^{expression(lead)} ?") for lead in (HAND_OVER, ASK, WRITE))


def weighed(likelier: float, likeness: float) -> float:
    """Return a score of what was learnt, how much likelier something is meant than nothing, and likeness and rules."""
    return EVEN + LEARNT * likelier + LIKE * likeness


def likelier(meaning: Meaning, said: str, tools: Sequence[FunctionTool]) -> list[float]:
    """Return for each function how much likelier it is meant than none: a logarithm."""
    texts = [described(tool) for tool in tools]
    scores = iter(meaning.match(said, [text for own in texts for text in own]))
    return [_together(*(next(scores) for _ in own)) for own in texts]


def _together(about: float, *examples: float) -> float:
    """Return how likely a function is meant by what it is for and by its examples."""
    if not examples:
        return about
    nearest = max(examples)
    return max((1 - EXEMPLARY) * about + EXEMPLARY * nearest, nearest - LITERAL)


def described(tool: FunctionTool) -> tuple[str, ...]:
    """Return the texts with which sentences are compared: what a function is for, and what callers say for it."""
    needs = () if is_route(tool) else tuple((tool.get("parameters") or {}).get("properties") or {})
    return _described(str(tool["name"]), str(tool.get("description") or ""), needs)


@lru_cache(maxsize=512)
def _described(name: str, about: str, needs: tuple[str, ...]) -> tuple[str, ...]:
    about = about.replace(CONFIRM, "").strip()
    found = EXAMPLE_LIST.search(about)
    examples = QUOTED.findall(found.group(1)) if found else []
    about = EXAMPLE_LIST.sub("", about)
    for lead in LEADS:
        about = lead.sub("", about)
    about = " ".join(about.replace(USE_FOR, "").split())
    whole = f"{phrases.plain(name)}: {about}" + (f" ({', '.join(map(spaced, needs))})" if needs else "")
    return (neutral(whole), *(neutral(example).lower() for example in examples))


def values(meaning: Meaning, function: str, said: str, wanted: Sequence[Parameter], asked: str) -> dict[str, Likely]:
    """Return how likely words are the value of each parameter; the caller may have been `asked` for one of them."""
    texts = [sought(function, one) for one in wanted]
    at = next((at for at, one in enumerate(wanted) if one.name == asked), None)
    found = meaning.likely(said, texts, at, other=bool(asked))
    return {one.name: likely for one, likely in zip(wanted, found, strict=True)}


def sought_of(tool: FunctionTool) -> list[str]:
    """Return the texts by which the values of a function's parameters are looked for."""
    return [sought(str(tool["name"]), one) for one in parameters(tool)]


def sought(function: str, parameter: Parameter) -> str:
    """Return the text by which the value of a parameter is looked for."""
    one = parameter.item or parameter
    form = str(one.schema.get("format") or one.kind)
    about = str(parameter.schema.get("description") or "")
    return _sought(parameter.words, about, form, tuple(map(str, one.choices)), phrases.plain(function))


@lru_cache(maxsize=2048)
def _sought(words: str, about: str, form: str, choices: tuple[str, ...], function: str) -> str:
    return neutral(described_parameter(words, about, form, choices, function))


def described_parameter(words: str, about: str, form: str, choices: Sequence[str], function: str) -> str:
    """Return the text by which the value of a parameter is looked for."""
    listed = f"one of {', '.join(choices)}" if choices else FORMS.get(form, "")
    parts = ", ".join(part for part in (about.strip(" ."), listed) if part)
    whole = f"{words}: {parts}" if parts else words
    return f"{whole} ({function})" if function else whole
