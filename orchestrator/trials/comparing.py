"""What a test expects, compared with what happened: pure, and in the order in which a test is written."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from orchestrator.core.memory.masking import Masker, forms
from orchestrator.observe.facts import (
    CallBegan,
    CallEnded,
    Consulted,
    Fact,
    FirstAudio,
    HandedOver,
    Inferred,
    Outcome,
    Refused,
    ToolRan,
)
from orchestrator.team.trials import EndExpected, Expected, HandoffExpected, WholeExpected
from orchestrator.trials.matching import is_right, said
from orchestrator.trials.results import Failure
from orchestrator.trials.witness import Seen, Words

Found = tuple[str, Any, Any, str]  # key, expected, got, note


def compare_turn(turn: int, expected: Expected, seen: Seen) -> list[Failure]:
    """Return what is not so after a turn."""
    checks = (
        _agent,
        _says,
        _says_not,
        _first_audio,
        _handoff,
        _calls,
        _never_calls,
        _refused,
        _consults,
        _knows,
        _instructed,
    )
    return _failures(turn, expected, seen, (*checks, _never_told, _voice))


def compare_end(expected: EndExpected, seen: Seen) -> list[Failure]:
    """Return what is not so at the end of the call; `seen` is the whole of it."""
    checks = (_agent, _variables, _refused, _calls, _never_calls, _handoffs, _ending, _cost)
    return _failures(None, expected, seen, checks)


def compare_whole(expected: WholeExpected, seen: Seen) -> list[Failure]:
    """Return what is not so of a call that a simulated caller has held, but for what is judged."""
    return compare_end(expected, seen) + _failures(None, expected, seen, (_reaches, _never_reaches, _says_not))


def _failures(
    turn: int | None, expected: Any, seen: Seen, checks: Sequence[Callable[[Any, Seen], Iterator[Found]]]
) -> list[Failure]:
    found = (one for check in checks for one in check(expected, seen))
    return [Failure(turn=turn, key=key, expected=wanted, got=got, note=note) for key, wanted, got, note in found]


def of(kind: type[Any], facts: Sequence[Fact]) -> list[Any]:
    """Return the facts of a kind."""
    return [fact for fact in facts if isinstance(fact, kind)]


# --- who, and what is said ---


def _agent(expected: Expected | EndExpected, seen: Seen) -> Iterator[Found]:
    if expected.agent is not None and expected.agent != seen.agent:
        yield "agent", expected.agent, seen.agent, ""


def _told(seen: Seen) -> str:
    return " ".join(one.text for one in seen.words)


def _says(expected: Expected, seen: Seen) -> Iterator[Found]:
    for wanted in expected.says:
        if not said(wanted, (one.text for one in seen.words)):
            yield "says", wanted, _told(seen), ""


def _says_not(expected: Expected | WholeExpected, seen: Seen) -> Iterator[Found]:
    for unwanted in expected.says_not:
        if said(unwanted, (one.text for one in seen.words)):
            guilty = [one.agent for one in seen.words if said(unwanted, (one.text,))]
            yield "says_not", unwanted, _told(seen), f"said by {guilty[0]}" if guilty else ""


def _voice(expected: Expected, seen: Seen) -> Iterator[Found]:
    if expected.voice is not None and expected.voice != seen.voice:
        yield "voice", expected.voice, seen.voice, "" if seen.voice else "the team file names no voice for this agent"


def _first_audio(expected: Expected, seen: Seen) -> Iterator[Found]:
    if expected.first_audio is None:
        return
    first: FirstAudio | None = next(iter(of(FirstAudio, seen.facts)), None)
    if first is None:
        yield "first_audio", expected.first_audio, None, "nothing was heard"
    elif (seconds := round(first.end - first.start, 3)) > expected.first_audio:
        yield "first_audio", expected.first_audio, seconds, "seconds from the end of the turn to the first sound"


# --- where the caller goes ---


def _handoff(expected: Expected, seen: Seen) -> Iterator[Found]:
    wanted = expected.handoff
    if wanted is None:
        return
    done: list[HandedOver] = of(HandedOver, seen.facts)
    right = [one for one in done if one.outcome is Outcome.COMPLETED and _goes(wanted, one)]
    told = wanted.model_dump(by_alias=True, exclude_unset=True, mode="json")
    if not right:
        got = [{"from": one.source, "to": one.target, **_fault(one)} for one in done]
        yield "handoff", told, got, ""
        return
    seconds = round(right[-1].end - right[-1].start, 3)
    if wanted.within is not None and seconds > wanted.within:
        yield "handoff.within", wanted.within, seconds, "seconds from the function call to the next agent's first sound"
    for words in wanted.opens or ():
        opening = _opening(right[-1].target, seen.words)
        if not said(words, (opening,)):
            yield "handoff.opens", words, opening, f"the first words of {right[-1].target}"


def _goes(wanted: HandoffExpected, one: HandedOver) -> bool:
    return wanted.to in (None, one.target) and wanted.source in (None, one.source)


def _fault(one: HandedOver) -> dict[str, str]:
    return {} if one.outcome is Outcome.COMPLETED else {"outcome": one.outcome.value, "fault": one.fault or ""}


def _opening(agent: str, words: Sequence[Words]) -> str:
    return next((one.text for one in words if one.agent == agent), "")


def _handoffs(expected: EndExpected, seen: Seen) -> Iterator[Found]:
    done = [one for one in of(HandedOver, seen.facts) if one.outcome is Outcome.COMPLETED]
    if expected.handoffs is not None and expected.handoffs != len(done):
        way = ", ".join(f"{one.source} → {one.target}" for one in done)
        yield "handoffs", expected.handoffs, len(done), way


def _reached(seen: Seen) -> list[str]:
    began = [one.agent for one in of(CallBegan, seen.facts)]
    done = [one.target for one in of(HandedOver, seen.facts) if one.outcome is Outcome.COMPLETED]
    return list(dict.fromkeys([*began, *done, seen.agent]))


def _reaches(expected: WholeExpected, seen: Seen) -> Iterator[Found]:
    for wanted in expected.reaches:
        if wanted not in _reached(seen):
            yield "reaches", wanted, _reached(seen), ""


def _never_reaches(expected: WholeExpected, seen: Seen) -> Iterator[Found]:
    for unwanted in expected.never_reaches:
        if unwanted in _reached(seen):
            yield "never_reaches", unwanted, _reached(seen), ""


# --- functions ---


def _calls(expected: Expected | EndExpected, seen: Seen) -> Iterator[Found]:
    """Find the wanted calls in order, whatever else runs between them; what began together has no order."""
    ran: list[ToolRan] = of(ToolRan, seen.facts)
    left = list(ran)
    for wanted in expected.calls:
        ((name, arguments),) = wanted.items()
        at = next((n for n, one in enumerate(left) if one.name == name and _right(arguments, one, seen.today)), None)
        if at is None:
            got = [{one.name: _arguments(one)} for one in ran]
            late = any(one.name == name for one in ran) and not any(one.name == name for one in left)
            note = f"{name} did not run after that" if late else _difference(name, arguments, left, seen.today)
            yield "calls", {name: arguments}, got, note
        else:
            since = left[at].start
            left = [one for n, one in enumerate(left) if n != at and one.start >= since]


def _right(wanted: Mapping[str, Any], ran: ToolRan, today: date) -> bool:
    return not _differing(wanted, _arguments(ran), today)


def _differing(wanted: Mapping[str, Any], given: Mapping[str, Any], today: date) -> list[str]:
    return [key for key, value in wanted.items() if not is_right(value, given.get(key), today)]


def _difference(name: str, wanted: Mapping[str, Any], ran: Sequence[ToolRan], today: date) -> str:
    """Say how the call that comes nearest differs."""
    given = [_arguments(one) for one in ran if one.name == name]
    if not given:
        return f"{name} did not run"
    nearest = min(given, key=lambda one: len(_differing(wanted, one, today)))
    told = (f"{key}: {_json(wanted[key])} ≠ {_json(nearest.get(key))}" for key in _differing(wanted, nearest, today))
    return "; ".join(told)


def _arguments(ran: ToolRan) -> dict[str, Any]:
    """Return the arguments that a model has written; under `""` what is no JSON object."""
    try:
        given = json.loads(ran.arguments or "{}")
    except ValueError:
        given = ran.arguments
    return given if isinstance(given, dict) else {"": given}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _never_calls(expected: Expected | EndExpected, seen: Seen) -> Iterator[Found]:
    for unwanted in expected.never_calls:
        if guilty := [one for one in of(ToolRan, seen.facts) if one.name == unwanted]:
            yield "never_calls", unwanted, [{one.name: _arguments(one)} for one in guilty], f"by {guilty[0].agent}"


def _refused(expected: Expected | EndExpected, seen: Seen) -> Iterator[Found]:
    if expected.refused is None:
        return
    found: list[Refused] = of(Refused, seen.facts)
    rules, note = [one.rule for one in found], "; ".join(f"{one.agent} {one.name}: {one.reason}" for one in found)
    if not expected.refused and rules:
        yield "refused", [], rules, note
    for wanted in expected.refused:
        if wanted not in rules:
            yield "refused", wanted, rules, note


def _consults(expected: Expected, seen: Seen) -> Iterator[Found]:
    asked = [one.to for one in of(Consulted, seen.facts)]
    for wanted in expected.consults:
        if wanted not in asked:
            yield "consults", wanted, asked, ""


# --- what an agent knows ---


def _knows(expected: Expected, seen: Seen) -> Iterator[Found]:
    for wanted in expected.knows:
        if not any(said(wanted, (text,)) for text in seen.arrived):
            yield "knows", wanted, list(seen.arrived), f"this has arrived at {seen.agent}"


def _instructed(expected: Expected, seen: Seen) -> Iterator[Found]:
    for wanted in expected.instructed:
        if not said(wanted, (seen.instructions,)):
            yield "instructed", wanted, seen.instructions, f"the instructions of {seen.agent}"


def _never_told(expected: Expected, seen: Seen) -> Iterator[Found]:
    for unwanted in expected.never_told:
        guilty = next((text for text in seen.arrived if _tells(unwanted, text, seen)), None)
        if guilty is not None:
            yield "never_told", unwanted, guilty, f"this has arrived at {seen.agent}"


def _tells(unwanted: str, text: str, seen: Seen) -> bool:
    """Return whether a text holds a value of a variable, however it is written, or some words."""
    if unwanted not in seen.variables:
        return said(unwanted, (text,))
    values = [form for value in seen.values.get(unwanted, ()) for form in forms(value)]
    return bool(values) and Masker({unwanted: values}, {}).mask(text) != text


# --- the call ---


def _variables(expected: EndExpected, seen: Seen) -> Iterator[Found]:
    for name, wanted in expected.variables.items():
        got = seen.variables.get(name)
        if not is_right(wanted, got, seen.today):
            yield f"variables.{name}", wanted, got, ""


def _ending(expected: EndExpected, seen: Seen) -> Iterator[Found]:
    ended: CallEnded | None = next(iter(of(CallEnded, seen.facts)), None)
    if expected.ending is not None and (ended is None or ended.ending != expected.ending):
        yield "ending", expected.ending, ended.ending if ended else None, ended.reason if ended else ""


def _cost(expected: EndExpected, seen: Seen) -> Iterator[Found]:
    cost = round(sum(one.cost for one in of(Inferred, seen.facts)), 6)
    if expected.cost is not None and cost > expected.cost:
        yield "cost", expected.cost, cost, "US dollars"
