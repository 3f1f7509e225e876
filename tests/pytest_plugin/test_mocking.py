"""What a test in Python says that tools do."""

from __future__ import annotations

from typing import Any
from unittest.mock import Mock as FunctionMock

import pytest

from orchestrator.pytest_plugin.mocking import read_mocks
from orchestrator.team.trials import Mock

DOES: dict[str, tuple[Any, Any]] = {
    "text": ("right", [Mock(returns="right")]),
    "a number": (14, [Mock(returns=14)]),
    "nothing": (None, [Mock(returns=None)]),
    "an exception": (ValueError("The database is away."), [Mock(fails="The database is away.")]),
    "a dict": ({"sets": {"a": 1}, "takes": 2}, [Mock(sets={"a": 1}, takes=2)]),
    "call by call": (["wrong", {"returns": {"b": 1}}], [Mock(returns="wrong"), Mock(returns={"b": 1})]),
    "as it is": ("real", "real"),
}


@pytest.mark.parametrize("case", DOES)
def test_what_a_tool_does_is_read(case: str) -> None:
    """In each form; none of them is a function."""
    does, mocks = DOES[case]

    assert read_mocks({"find": does}) == ({"find": mocks}, {})


def test_functions_are_kept_apart() -> None:
    """They run where the real function would."""
    function = FunctionMock()

    assert read_mocks({"find": function, "book": "done"}) == (
        {"find": "real", "book": [Mock(returns="done")]},
        {"find": function},
    )


def test_all_tools_can_be_as_they_are() -> None:
    """That is one word."""
    assert read_mocks("real") == ("real", {})


@pytest.mark.parametrize(
    ("tools", "message"),
    [
        ("reall", "it is either 'real' or a dict"),
        ({"find": {"amount": 14}}, r"tools\['find'\]: a dict has the keys"),
        ({"find": {}}, r"tools\['find'\]: a dict has the keys"),
        ({"find": []}, r"tools\['find'\] is an empty list"),
    ],
    ids=["misspelt", "a result", "an empty dict", "an empty list"],
)
def test_what_means_nothing_is_refused(tools: Any, message: str) -> None:
    """With what to write instead."""
    with pytest.raises(ValueError, match=message):
        read_mocks(tools)
