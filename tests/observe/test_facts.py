"""Facts as JSON."""

from __future__ import annotations

import json

from orchestrator.observe.facts import Outcome, ToolRan, as_json


def test_a_fact_as_json_says_what_it_is() -> None:
    """The name of the fact comes first, times are to the millisecond, and all of it can be written as JSON."""
    ran = ToolRan(
        start=1.23456, end=2.0, agent="billing", name="find", call_id="call_1", arguments="{}", output="12.50",
        outcome=Outcome.COMPLETED, variables={"price": 12.505},
    )  # fmt: skip

    told = json.loads(json.dumps(as_json(ran)))

    assert next(iter(told)) == "fact"
    assert told == {
        "fact": "ToolRan", "start": 1.235, "end": 2.0, "seat": "caller", "agent": "billing", "name": "find",
        "call_id": "call_1", "arguments": "{}", "output": "12.50", "outcome": "completed",
        "variables": {"price": 12.505}, "server": "",
    }  # fmt: skip
