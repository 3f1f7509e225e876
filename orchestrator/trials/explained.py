"""A failed test, for people: where it is written, what was said and done around it, what was expected, what was got."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from orchestrator.observe.facts import Fact
from orchestrator.records.transcript import CALLER, transcript
from orchestrator.team.trials.cases import Case
from orchestrator.terminal.call_report import spoken, told
from orchestrator.trials.matching import is_right
from orchestrator.trials.results import Attempt, Failure

LONGEST, MOST_LINES = 300, 40  # characters of a value, and lines of a transcript, that are shown
CALLS = ("calls",)  # whose difference is shown argument by argument


def explained(case: Case, attempt: Attempt) -> Iterator[str]:
    """Yield the lines that explain an attempt that failed; of the whole call, its last words if no turn was told."""
    turns = list(dict.fromkeys(failure.turn for failure in attempt.failures))
    for turn in turns:
        yield place(case, turn)
        if turn is not None:
            yield from around(attempt, turn)
        elif turns == [None]:
            yield from around(attempt, len(attempt.turns) - 1)
        for failure in attempt.failures:
            if failure.turn == turn:
                yield from (f"  {line}" for line in compared(failure, case.trial.given.now.date()))


def place(case: Case, turn: int | None) -> str:
    """Return the place of a turn; of what is expected of the whole call, that of its key."""
    if turn is not None:
        return case.place("talk", turn)
    return case.place("expect" if case.trial.caller is not None else "end")


def around(attempt: Attempt, turn: int) -> Iterator[str]:
    """Yield what was said and done in the turn before, and, marked with `>`, in a turn."""
    starts = [*attempt.turns, len(attempt.facts)]
    start, end = (starts[at] if 0 <= at < len(starts) else None for at in (turn, turn + 1))
    before = starts[turn - 1] if 0 < turn < len(starts) else 0
    lines = [f"    {line}" for line in _lines(attempt.facts[before:start])] if start is not None else []
    lines += [f"  > {line}" for line in _lines(attempt.facts[start:end])]
    hidden = len(lines) - MOST_LINES
    yield from lines if hidden <= 0 else [f"    … {hidden} lines before …", *lines[hidden:]]


def _lines(facts: Sequence[Fact]) -> Iterator[str]:
    """Yield what was said and done, in order; of one moment what the caller said first, and what an agent said last."""
    happened = [(fact.start, 1, text) for fact in facts if (text := told(fact))]
    for line in transcript(facts):
        heard = replace(line, typed=False, waited=line.waited or None)
        happened.append((line.start, 0 if line.who == CALLER else 2, spoken(heard)))
    yield from (f"{at:7.2f}  {text}" for at, _, text in sorted(happened, key=lambda one: one[:2]))


def compared(failure: Failure, today: date) -> Iterator[str]:
    """Yield what was expected and what was got; of a function's arguments, the difference."""
    if failure.key in CALLS and (difference := list(_difference(failure, today))):
        yield f"{failure.key}:"
        yield from (f"  {line}" for line in difference)
        return
    note = f"  ({failure.note})" if failure.note else ""
    if failure.expected is None and note:
        yield f"{failure.key}: {shown(failure.got)}{note}"
        return
    yield f"{failure.key}: expected {shown(failure.expected)}{note}"
    yield f"{' ' * len(failure.key)}  got      {shown(failure.got)}"


def _difference(failure: Failure, today: date) -> Iterator[str]:
    """Yield the arguments of the call that comes nearest, those that are wrong as they should be and as they are."""
    ((name, wanted),) = failure.expected.items()
    made = [arguments for call in failure.got for each, arguments in call.items() if each == name]
    if not made:
        return
    got = min(made, key=lambda arguments: len(_wrong(wanted, arguments, today)))
    wrong = _wrong(wanted, got, today)
    yield f"  {name}"
    for key in dict.fromkeys([*wanted, *got]):
        if key not in wrong:
            yield f"    {key}: {shown(got.get(key))}"
            continue
        yield f"-   {key}: {shown(wanted[key])}"
        if key in got:
            yield f"+   {key}: {shown(got[key])}"


def _wrong(wanted: Mapping[str, Any], got: Mapping[str, Any], today: date) -> list[str]:
    return [key for key, value in wanted.items() if not is_right(value, got.get(key), today)]


def shown(value: Any) -> str:
    """Return a value as JSON on one line, cut; nothing is `nothing`."""
    if value is None or value == [] or value == "":
        return "nothing"
    text = " ".join(json.dumps(value, ensure_ascii=False, default=str).split())
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
