"""The persons of one call: who writes down what is said with them."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from orchestrator.errors import RealtimeError
from orchestrator.people.desk import Desk
from orchestrator.people.session import PersonSession
from orchestrator.protocol.audio import PCM
from orchestrator.providers.choosing import Choice
from orchestrator.providers.port import Listen
from orchestrator.runner.backends import Backends
from orchestrator.runner.people import Persons
from tests.core.people.desks import DESK
from tests.core.scene import team
from tests.patience import PATIENCE
from tests.people.fakes import Somebody
from tests.runner.fakes import Provider, QuietSession

TEAM = team(DESK.replace("instructions: Find out what", "transcription: null\n    instructions: Find out what"))


class Keeper(Desk):
    """A desk that remembers how to listen."""

    def __init__(self) -> None:
        super().__init__()
        self.listen: Listen | None = None
        self.anna = Somebody()
        self.come(self.anna, "support")

    async def open(self, call: str, agent: str, role: str, listen: Listen) -> PersonSession:
        self.listen = listen
        self.claim(call, self.anna)
        return await super().open(call, agent, role, listen)


def persons(desk: Desk, provider: Provider, active: list[str]) -> Persons:
    """The persons of a call; the last of `active` has the caller."""
    models = {name: (Choice("p", f"model of {name}", "test"),) for name in ("front", "billing")}
    return Persons("c1", TEAM.agents, Backends({"p": provider}, models, desk), lambda: active[-1])


async def listened(desk: Keeper, provider: Provider) -> Mapping[str, Any]:
    """Open what listens; returns how it was configured."""
    assert desk.listen is not None
    session = await asyncio.wait_for(desk.listen({"type": "audio/pcmu"}), PATIENCE)
    assert isinstance(session, QuietSession)
    found: Mapping[str, Any] = json.loads(session.sent[-1])["session"]
    return found


async def test_it_is_written_down_by_the_agent_that_had_the_caller() -> None:
    """On its model and with its transcription, in the format of the call; it never answers."""
    desk, provider, active = Keeper(), Provider(), ["front", "billing"]
    session = await persons(desk, provider, active).open(TEAM.agents["colleague"])
    fields = await listened(desk, provider)
    await session.close()

    assert fields["output_modalities"] == ["text"]
    assert fields["audio"]["input"] == {
        "format": {"type": "audio/pcmu"},
        "turn_detection": {"type": "server_vad", "create_response": False, "interrupt_response": False},
        "transcription": {"model": "gpt-transcribe"},
    }


async def test_a_second_person_is_written_down_by_the_last_agent_too() -> None:
    """The person before has no model. An agent without transcription has it for persons."""
    desk, provider, active = Keeper(), Provider(), ["front"]
    mine = persons(desk, provider, active)
    first = await mine.open(TEAM.agents["colleague"])
    active.append("colleague")
    await first.close()
    second = await mine.open(TEAM.agents["nurse"])
    fields = await listened(desk, provider)
    await second.close()

    assert fields["audio"]["input"]["transcription"] == {"model": "gpt-transcribe"}


async def test_what_cannot_be_configured_is_closed() -> None:
    """It would be billed otherwise."""

    class Refusing(QuietSession):
        def send(self, frame: str) -> None:
            self.frames.put_nowait('{"type":"error","error":{"code":"invalid_value","message":"no"}}')

    class Bad(Provider):
        async def open(self, model: str) -> QuietSession:
            self.sessions.append(Refusing())
            return self.sessions[-1]

    desk, provider = Keeper(), Bad()
    session = await persons(desk, provider, ["front"]).open(TEAM.agents["colleague"])
    assert desk.listen is not None
    with pytest.raises(RealtimeError):
        await asyncio.wait_for(desk.listen(PCM), PATIENCE)
    await session.close()

    assert provider.sessions[0].closed
