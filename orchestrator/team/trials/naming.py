"""What a test names: agents, tools and variables, each with its place in the test."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from orchestrator.team.positions import Path
from orchestrator.team.trials.expectations import EndExpected, Expected, WholeExpected
from orchestrator.team.trials.given import Mock
from orchestrator.team.trials.trial import Trial


class Part(Enum):
    """What part an agent has where a test names it."""

    FIRST = "has the caller when the call begins"
    HAS = "has the caller"
    ASKED = "is asked by another agent"
    MODEL = "does what the test says its model does"


def agents_in(trial: Trial) -> Iterator[tuple[Path, str, Part]]:
    """Yield the agents that a test names."""
    if trial.given.agent is not None:
        yield ("given", "agent"), trial.given.agent, Part.FIRST
    for index, turn in enumerate(trial.talk):
        at: Path = ("talk", index)
        for each, step in enumerate(turn.model):
            yield (*at, "model", each, "agent"), step.agent, Part.MODEL
        yield from _agents_expected((*at, "expect"), turn.expect)
    for key, end in (("end", trial.end), ("expect", trial.expect)):
        if end.agent is not None:
            yield (key, "agent"), end.agent, Part.HAS
    for key, names in (("reaches", trial.expect.reaches), ("never_reaches", trial.expect.never_reaches)):
        yield from ((("expect", key, index), name, Part.HAS) for index, name in enumerate(names))


def _agents_expected(at: Path, expected: Expected) -> Iterator[tuple[Path, str, Part]]:
    handoff = expected.handoff
    if expected.agent is not None:
        yield (*at, "agent"), expected.agent, Part.HAS
    if handoff is not None and handoff.source is not None:
        yield (*at, "handoff", "from"), handoff.source, Part.HAS
    if handoff is not None and handoff.to is not None:
        yield (*at, "handoff", "to"), handoff.to, Part.HAS
    yield from (((*at, "consults", index), name, Part.ASKED) for index, name in enumerate(expected.consults))


def expected_in(trial: Trial) -> Iterator[tuple[Path, Expected | EndExpected | WholeExpected]]:
    """Yield all that a test expects: after each turn, and at the end."""
    yield from ((("talk", index, "expect"), turn.expect) for index, turn in enumerate(trial.talk))
    yield ("end",), trial.end
    yield ("expect",), trial.expect


def tools_in(trial: Trial) -> Iterator[tuple[Path, str]]:
    """Yield the tools that a test mocks, or expects to run or not to run."""
    if isinstance(trial.given.tools, Mapping):
        yield from ((("given", "tools", name), name) for name in trial.given.tools)
    for at, expected in expected_in(trial):
        for index, call in enumerate(expected.calls):
            yield from (((*at, "calls", index, name), name) for name in call)
        yield from (((*at, "never_calls", index), name) for index, name in enumerate(expected.never_calls))


def functions_in(trial: Trial) -> Iterator[tuple[Path, str]]:
    """Yield the functions that models call because a test says so."""
    for index, turn in enumerate(trial.talk):
        for each, step in enumerate(turn.model):
            yield from ((("talk", index, "model", each, name), name) for call in step.calls for name in call)


def mocks_in(trial: Trial) -> Iterator[tuple[Path, str, Mock]]:
    """Yield the mocks of a test, each with its tool."""
    if isinstance(trial.given.tools, Mapping):
        for name, mocks in trial.given.tools.items():
            for index, mock in enumerate(mocks if isinstance(mocks, tuple) else ()):
                yield ("given", "tools", name, index), name, mock


def variables_in(trial: Trial) -> Iterator[tuple[Path, str, Any]]:
    """Yield the variables that a test sets or expects, with their values."""
    for at, _, mock in mocks_in(trial):
        yield from (((*at, "sets", name), name, value) for name, value in mock.sets.items())
    for key, values in (("given", trial.given), ("end", trial.end), ("expect", trial.expect)):
        yield from (((key, "variables", name), name, value) for name, value in values.variables.items())
