"""Checks of tests: what they name is there, what they expect can happen, and none expects two things at once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from orchestrator.errors import Problem
from orchestrator.team.checks.needs import constraint_hidden
from orchestrator.team.checks.rule_checks import has_unnamed, meant_tool
from orchestrator.team.definitions import reserved_names
from orchestrator.team.positions import Path
from orchestrator.team.schema import VOICES, Team
from orchestrator.team.trials.cases import Case
from orchestrator.team.trials.expectations import EndExpected, Expected, expression_in
from orchestrator.team.trials.explaining import TESTS
from orchestrator.team.trials.naming import (
    Part,
    agents_in,
    expected_in,
    functions_in,
    mocks_in,
    tools_in,
    variables_in,
)
from orchestrator.team.trials.talk import CALLERS, Recorded, Spoken
from orchestrator.team.validation import suggest

Finding = tuple[Path, str, str]  # where in the test, what, what to do
# Lists of what must be and of what must not be, which have nothing in common.
OPPOSITES = (("calls", "never_calls"), ("says", "says_not"), ("knows", "never_told"), ("reaches", "never_reaches"))


def check_cases(team: Team, cases: Sequence[Case], *, earlier: Sequence[Case] = ()) -> list[Problem]:
    """Report what is wrong with tests, as far as it does not take the names of all tools."""
    found = [*_names_twice(cases, earlier)]
    complete = all(gap.partition(" ")[2].startswith(TESTS) for gap in team.gaps)  # but for tests
    for case in cases:
        findings = [*_agents(team, case), *_variables(team, case), *_recordings(case), *_expressions(case)]
        findings += [*_contradictions(case), *_callers(case)]
        if complete:
            findings += [*_unasked(team, case), *_voices(team, case), *_two_agents(team, case)]
        found += [Problem(case.place(*path), what, remedy) for path, what, remedy in findings]
        doubts = [*(_nothing(case) if case.whole else ()), *(_no_way(team, case) if complete else ())]
        found += [Problem(case.place(*path), what, remedy, fatal=False) for path, what, remedy in doubts]
    return found


def check_tools_of(team: Team, cases: Sequence[Case], tools: Collection[str]) -> list[Problem]:
    """Report what tests say of tools that no agent has."""
    others = reserved_names(team)
    found = []
    for case in cases:
        for path, name in tools_in(case.trial):
            if name in tools:
                continue
            what, remedy = "no agent has this tool" if case.hidden(*path) else f"no agent has a tool {name!r}", ""
            if name in others:
                what = f"{name!r} is no tool: it {others[name]}"
                remedy = "Write `handoff: {to: …}` or `consults: […]` for what is expected of it."
            remedy = remedy or meant_tool(team, "" if case.hidden(*path) else name, sorted(tools)) or "Remove it."
            found.append(Problem(case.place(*path), what, remedy, fatal=not has_unnamed(team) or name in others))
        for path, name in functions_in(case.trial):
            if name not in tools and name not in others:
                remedy = suggest(name, sorted({*tools, *others}))
                found.append(Problem(case.place(*path), f"no agent has a function {name!r}", remedy, fatal=False))
    return found


def _names_twice(cases: Sequence[Case], earlier: Sequence[Case]) -> Iterator[Problem]:
    taken = {case.name: case for case in reversed(earlier)}
    for case in cases:
        if case.name in taken:
            what = f"another test has this name: {taken[case.name].place().partition(' ')[0]}"
            yield Problem(case.place(), what, "Rename one of them.")


def _agents(team: Team, case: Case) -> Iterator[Finding]:
    for path, name, part in agents_in(case.trial):
        if name not in team.agents:
            hidden = case.hidden(*path)
            what = "unknown agent" if hidden else f"unknown agent {name!r}"
            yield path, what, suggest("" if hidden else name, list(team.agents))
            continue
        agent = team.agents[name]
        if agent.kind == "text" and part in (Part.FIRST, Part.HAS):
            yield path, f"{name!r} is a text agent and never has the caller", "Name a voice agent, or a person."
        elif (agent.person or agent.outside) and part is Part.FIRST:
            who = "a person" if agent.person else "somebody outside"
            yield path, f"calls cannot start with {who}", "Name a voice agent."
        elif agent.outside and part is Part.HAS:
            yield (
                path,
                f"{name!r} is outside: the call is over when it has the caller",
                "Write `end: {ending: transferred}`.",
            )


def _unasked(team: Team, case: Case) -> Iterator[Finding]:
    asked = {edge.to for agent in team.agents.values() for edge in (*agent.consult, *agent.messages)}
    for path, name, part in agents_in(case.trial):
        if part is Part.ASKED and name in team.agents and name not in asked:
            yield path, f"no agent consults {name!r}", f"Let one of them, `consult: [{name}]`, or remove it."


def _variables(team: Team, case: Case) -> Iterator[Finding]:
    for path, name, value in variables_in(case.trial):
        if (variable := team.variables.get(name)) is None:
            hint = suggest(name, list(team.variables)) or f"Declare it: `variables: {{{name}: null}}`."
            yield path, f"unknown variable {name!r}", hint
        elif value is not None and (fault := variable.fault(value)):
            hidden = case.hidden(*path) or constraint_hidden(team, ("variables", name), variable)
            what = f"not a valid value of the variable {name!r}"
            remedy = "Correct the value; a text that looks like a number needs quotes."
            yield path, what if hidden else f"{what}: it {fault}", remedy
    for path, tool, mock in mocks_in(case.trial):
        for name in mock.sets:
            setter = team.variables[name].set_by if name in team.variables else None
            if setter is not None and setter != tool:
                yield (*path, "sets", name), f"only {setter!r} may set {name!r}", f"Set it in the mock of {setter!r}."


def _voices(team: Team, case: Case) -> Iterator[Finding]:
    named = (agent.voice for agent in team.agents.values() if agent.kind == "voice")
    voices = [voice if isinstance(voice, str) else voice.id for voice in named]
    for index, turn in enumerate(case.trial.talk):
        if turn.expect.voice is not None and turn.expect.voice not in voices:
            path = ("talk", index, "expect", "voice")
            hidden = case.hidden(*path)
            what = "no agent has this voice" if hidden else f"no agent has the voice {turn.expect.voice!r}"
            yield path, what, suggest("" if hidden else turn.expect.voice, voices)


def _callers(case: Case) -> Iterator[Finding]:
    """Report voices that a caller cannot have."""
    voices = [*CALLERS, *VOICES]
    for index, turn in enumerate(case.trial.talk):
        line = turn.caller
        if isinstance(line, Spoken) and line.voice is not None and line.voice not in voices:
            path = ("talk", index, "caller", "voice")
            hidden = case.hidden(*path)
            what = "callers have no such voice" if hidden else f"callers have no voice {line.voice!r}"
            yield path, what, suggest("" if hidden else line.voice, voices)


def _contradictions(case: Case) -> Iterator[Finding]:
    end = case.trial.end
    for path, expected in expected_in(case.trial):
        for wanted, unwanted in OPPOSITES:
            yield from _opposites(case, path, expected, (wanted, unwanted))
        if path[0] == "talk":
            barred = {name for call in expected.calls for name in call}.intersection(end.never_calls)
            for name in sorted(barred):
                yield (*path, "calls"), f"{name!r} is expected here, and never by `end`", "Remove one of them."
            if expected.refused and end.refused == ():
                yield (*path, "refused"), "refused here, while `end` expects that nothing is", "Remove one of them."


def _opposites(case: Case, path: Path, expected: Expected | EndExpected, keys: tuple[str, str]) -> Iterator[Finding]:
    wanted = {name for each in getattr(expected, keys[0], ()) for name in (each if isinstance(each, dict) else [each])}
    for index, each in enumerate(getattr(expected, keys[1], ())):
        if each in wanted:
            named = "this" if case.hidden(*path, keys[1], index) else repr(each)
            yield (*path, keys[1], index), f"{named} is also under `{keys[0]}`", "Remove one of them."


def _two_agents(team: Team, case: Case) -> Iterator[Finding]:
    """Report that the caller is handed to one agent and is with another one, who cannot have got them from there."""
    for index, turn in enumerate(case.trial.talk):
        to, agent = turn.expect.handoff.to if turn.expect.handoff else None, turn.expect.agent
        if to in team.agents and agent in team.agents and to != agent and not _leads(team, to, agent):
            what = f"handed over to {to!r}, but {agent!r} is expected to have the caller"
            yield ("talk", index, "expect", "agent"), what, "Name the same agent in both."


def _recordings(case: Case) -> Iterator[Finding]:
    for index, turn in enumerate(case.trial.talk):
        line = turn.caller
        if isinstance(line, Recorded) and not case.recording(line.wav).is_file():
            yield (
                ("talk", index, "caller", "wav"),
                "this file does not exist",
                f"Paths are relative to {case.file.name}.",
            )


def _expressions(case: Case) -> Iterator[Finding]:
    """Report regular expressions in arguments that are none; those in words are refused when they are read."""
    for path, expected in expected_in(case.trial):
        for index, call in enumerate(expected.calls):
            for name, arguments in call.items():
                for key, value in arguments.items():
                    if fault := _fault(value):
                        where = (*path, "calls", index, name, key)
                        remedy = "Between slashes, escape literal characters with \\."
                        yield where, f"invalid regular expression: {fault}", remedy


def _fault(value: Any) -> str:
    try:
        re.compile(expression_in(value) or "" if isinstance(value, str) else "")
    except re.error as error:
        return error.msg
    return ""


def _nothing(case: Case) -> Iterator[Finding]:
    if not any(expected.model_fields_set for _, expected in expected_in(case.trial)):
        yield (), "this test expects nothing", "Add `expect: {agent: …}` to a turn, or `end: {…}`."


def _no_way(team: Team, case: Case) -> Iterator[Finding]:
    for index, turn in enumerate(case.trial.talk):
        handoff = turn.expect.handoff
        source, to = (handoff.source, handoff.to) if handoff else (None, None)
        if source in team.agents and to in team.agents and to != source and not _leads(team, source, to):
            what = f"no handoff of the team leads from {source!r} to {to!r}"
            yield ("talk", index, "expect", "handoff"), what, "Add one, unless a tool takes the caller there."


def _leads(team: Team, source: str, to: str) -> bool:
    """Return whether an agent can hand the caller over to another one, or give them back to it."""
    agent = team.agents[source]
    vain = agent.wait is not None and agent.wait.then == to
    return vain or team.gives_back(source) or any(edge.to == to for edge in team.edges(source))
