"""What a test in Python says that tools do, read into what the engine of tests understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.team.trials import Mock
from orchestrator.team.trials.given import REAL

Functions = dict[str, Callable[..., Any]]
KEYS = "a dict has the keys returns, sets, fails and takes; one that the tool returns is written {'returns': {…}}"


def read_mocks(tools: Mapping[str, Any] | str) -> tuple[Any, Functions]:
    """Return the `tools` of a test, and the functions that run in place of real ones; raises ValueError."""
    if isinstance(tools, str):
        if tools != REAL:
            raise ValueError(f"tools={tools!r}: it is either {REAL!r} or a dict of tools, by name")
        return REAL, {}
    functions = {name: does for name, does in tools.items() if callable(does)}
    return {name: REAL if name in functions else _mocks(name, does) for name, does in tools.items()}, functions


def _mocks(name: str, does: Any) -> Any:
    if does == REAL:
        return REAL
    if does == []:
        raise ValueError(f"tools[{name!r}] is an empty list: give what the tool does, call by call")
    return [_mock(name, one) for one in (does if isinstance(does, list) else [does])]


def _mock(name: str, does: Any) -> Mock:
    if isinstance(does, BaseException):
        return Mock(fails=str(does))
    if isinstance(does, Mapping):
        if not does or does.keys() - Mock.model_fields.keys():
            raise ValueError(f"tools[{name!r}]: {KEYS}")
        return Mock.model_validate(dict(does))
    return Mock(returns=does)
