"""The scripted model: each step is one response of its agent's model."""

from __future__ import annotations

import json
from typing import Any

from orchestrator.core import wording
from orchestrator.core.wording import marked
from orchestrator.providers.port import Session
from orchestrator.team.trials import Step
from orchestrator.trials.scripted import ScriptedModels


async def asked(session: Session, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask a session for a response; return it."""
    found: list[dict[str, Any]] = []

    def take(frame: str) -> bool:
        event = json.loads(frame)
        found.extend([event["response"]] if event["type"] == "response.done" else [])
        return bool(found)

    session.send(
        json.dumps({"type": "response.create", "response": {"output_modalities": ["text"], **(options or {})}})
    )
    await session.read(take)
    return found[0]


def outputs(response: dict[str, Any]) -> list[str]:
    """Return what a response consists of: words, and functions with their arguments."""
    items = response["output"]
    return [one["content"][0]["text"] if one["type"] == "message" else one["name"] + one["arguments"] for one in items]


async def test_steps_are_taken_in_order_by_the_sessions_of_their_agent() -> None:
    """Words first, then functions; without a step an agent says something short."""
    models = ScriptedModels()
    models.load([Step(agent="a", says="One.", calls=({"f": {"x": 1}}, {"g": {}})), Step(agent="a", says="Two.")])
    first, second, other = [await models.open(name) for name in ("a", "a", "b")]

    assert outputs(await asked(first)) == ["One.", 'f{"x": 1}', "g{}"]
    assert outputs(await asked(other)) == ["Okay."]
    assert outputs(await asked(second)) == ["Two."]
    assert outputs(await asked(first)) == ["Okay."]


async def test_a_step_can_fail() -> None:
    """With a code."""
    models = ScriptedModels()
    models.load([Step(agent="a", fails="server_error")])
    response = await asked(await models.open("a"))

    assert response["status"] == "failed"
    assert response["status_details"]["error"]["code"] == "server_error"


async def test_what_is_left_is_told() -> None:
    """And forgotten."""
    models, step = ScriptedModels(), Step(agent="a", says="One.")
    models.load([step])

    assert models.unload() == [step]
    assert models.unload() == []


async def test_what_the_orchestrator_asks_for_takes_no_step() -> None:
    """Words of the team file, summaries and fillers; a greeting or a goodbye is a step if there is one."""
    models = ScriptedModels()
    models.load([Step(agent="a", says="One.")])
    session = await models.open("a")
    exactly = marked({"instructions": wording.exactly("Welcome.")}, wording.EXACTLY)

    assert outputs(await asked(session, exactly)) == ["Welcome."]
    assert outputs(await asked(session, marked({}, wording.FILLER))) == ["One moment, please."]
    assert outputs(await asked(session, marked({}, wording.GREETING))) == ["One."]
    assert outputs(await asked(session, marked({"instructions": "Say it."}, wording.EXACTLY))) == ["Okay."]
