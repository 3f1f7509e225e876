"""The keys of tools of every kind."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orchestrator.team import ToolKeys


def test_an_entry_without_keys_is_as_tools_always_were() -> None:
    """Nobody confirms, the usual filler, no time limit of its own; late answers wait for a pause."""
    keys = ToolKeys.model_validate({})

    assert (keys.own_name, keys.names, keys.more) == (None, (), True)
    assert (keys.asks_caller, keys.approval, keys.idempotent, keys.timeout) == (False, None, False, None)
    assert keys.filler is not None
    assert (keys.when_late, keys.result, keys.sets, keys.hide) == ("when_idle", None, {}, ())


def test_a_name_makes_it_one_tool() -> None:
    """It is known to rules before anything is loaded."""
    keys = ToolKeys.model_validate({"name": "refund", "confirm": "person"})

    assert (keys.names, keys.more) == (("refund",), False)
    assert keys.approval is not None
    assert not keys.asks_caller


def test_an_idempotency_key_is_a_template() -> None:
    """`true` only says that the tool may run twice."""
    assert ToolKeys.model_validate({"idempotent": True}).idempotent is True
    assert ToolKeys.model_validate({"idempotent": "{{ call.function_call }}"}).idempotent == "{{ call.function_call }}"


@pytest.mark.parametrize(
    "wrong",
    [{"name": "not a name"}, {"timeout": 0}, {"when_late": "never"}, {"sets": {"1x": "y"}}, {"result": "{{ }}"}],
)
def test_what_cannot_be_meant_is_refused(wrong: dict[str, object]) -> None:
    """Names that services refuse, no time at all, templates that are none."""
    with pytest.raises(ValidationError):
        ToolKeys.model_validate(wrong)
