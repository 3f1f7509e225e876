"""What is wrong in a test, and what to do: the words for tests where those for the rest of a team file do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel

from orchestrator.team.trials.expectations import EndExpected, Expected, HandoffExpected, WholeExpected
from orchestrator.team.trials.given import Given, Mock
from orchestrator.team.trials.talk import Interrupt, Keys, Persona, Recorded, Silence, Spoken, Step, Turn
from orchestrator.team.trials.trial import Trial

TESTS = "tests"  # the key of the team file; a file of tests stands for what is below it
MAPPING = "expected a mapping of keys to values"
# Key → the model of the mapping below it. Where there are two, the one of a whole test comes first.
BELOW: dict[str, type[BaseModel]] = {
    "given": Given,
    "tools": Mock,
    "talk": Turn,
    "model": Step,
    "handoff": HandoffExpected,
    "end": EndExpected,
    "interrupt": Interrupt,
    **{kind.__name__: kind for kind in (Spoken, Recorded, Keys, Silence)},
}
WHOLE: dict[str, type[BaseModel]] = {"caller": Persona, "expect": WholeExpected}
IN_TURN: dict[str, type[BaseModel]] = {"caller": Spoken, "expect": Expected}
# Key → what to do when it is missing.
MISSING = {
    "caller": "Add what the caller says: `caller: I want my money back.`.",
    "say": "Write the words, or `{say: …}`, `{wav: …}`, `{keys: …}` or `{silence: 8}`.",
    "agent": "Name the agent whose model it is: `- billing: It is paid.`.",
    "goal": "Add what the caller wants: `goal: a refund`.",
    "after": "Add `after: 0.4`, in seconds.",
}
# Key → what to do when the value below it is not a mapping.
MAPPINGS = {
    "tests": "Name each test, with its keys below it: `money back: {talk: [{caller: I want my money back.}]}`.",
    "given": "Write `given: {variables: {branch: Kiel}}`.",
    "variables": "Write `variables: {name: value}`.",
    "tools": "Write what each tool returns, `tools: {check_pin: right}`, or `tools: real`.",
    "sets": "Write `sets: {name: value}`.",
    "talk": "Write each turn as `- caller: I want my money back.`.",
    "caller": "Write the words, or `{say: …}`, `{wav: …}`, `{keys: …}` or `{silence: 8}`.",
    "model": "Write each step as `- billing: It is paid.`, or `- billing: {says: …, calls: […]}`.",
    "expect": "Write `expect: {agent: billing}`.",
    "end": "Write `end: {agent: billing}`.",
    "calls": 'Write `calls: [{check_pin: {pin: "4821"}}]`, or the name alone: `calls: [check_pin]`.',
    "knows": "Write `knows: {name: value}`, which the caller tells when asked.",
}
# Key → what, what to do, for text below it that does not have the required form.
PATTERNS = {
    "keys": ("not keys of a telephone", 'Write digits, A to D, * and #, in quotes: `{keys: "12#"}`.'),
    "tests": ("not a name for a test", "Use at most 120 characters, in one line."),
    "variables": ("not a valid variable name", "Use letters, digits and underscores; do not start with a digit."),
    "sets": ("not a valid variable name", "Use letters, digits and underscores; do not start with a digit."),
}
NAMES = ("not a valid name", "Write an agent's name as it is in the team file.")
TIME = ("not a date and time", "Write for example `now: 2026-12-01 10:00`.")
EXPRESSION = (
    "Text between slashes is a regular expression: escape literal characters with \\, or leave out the slashes."
)
ONE_EACH = ("more than one function in one entry", "Write each as an entry of its own: `calls: [check_pin, refund]`.")


def explain(kind: str, loc: Sequence[str], context: Mapping[str, Any]) -> tuple[str, str] | None:
    """Return what is wrong in a test and what to do; None where the words for a team file fit."""
    name = loc[-1]
    match kind:
        case "missing":
            return f"the key {name!r} is missing", MISSING.get(name, f"Add `{name}:`.")
        case "value_error":
            what, stop, remedy = str(context["error"]).partition(". ")
            return what, f"{remedy}." if stop else EXPRESSION
        case "string_pattern_mismatch" | "string_too_long" if "say" not in loc:
            return next((PATTERNS[step] for step in _key_first(loc) if step in PATTERNS), NAMES)
        case "model_type" | "dict_type" | "model_attributes_type":
            below = next((MAPPINGS[step] for step in reversed(loc) if step in MAPPINGS), "")
            return MAPPING, below
        case "string_type" if name == "say" and "model" not in loc:
            return "expected the caller's words", MISSING[name]
        case "too_long":
            return ONE_EACH
    return TIME if kind.startswith("datetime") else None


def _key_first(loc: Sequence[str]) -> list[str]:
    """Return the steps to a value, the last first; a name of an agent is not told by what is around it."""
    return [loc[-1]] if loc[-1] in ("agent", "from", "to") else [*reversed(loc)]


def model_below(path: Sequence[str]) -> type[BaseModel]:
    """Return the model of the mapping at a path below `tests`."""
    model: type[BaseModel] = Trial
    steps = iter(path[1:])  # the first is the name of the test
    whole = True
    for step in steps:
        whole = whole and step not in ("talk", "given")
        model = {**BELOW, **(WHOLE if whole else IN_TURN)}.get(step, model)
        if step == "tools":
            next(steps, None)  # the name of the tool
    return model
