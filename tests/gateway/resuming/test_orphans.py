"""Calls to which nobody came back are ended by another node, with all that belongs to an end."""

from __future__ import annotations

import pytest
import structlog

from orchestrator.core.takeover.events import CallTakenOver
from orchestrator.gateway.resuming import orphans, retelling
from orchestrator.gateway.resuming.continuing import continued, take_over
from tests.calls import TEAM, TOOLS
from tests.gateway.resuming.nodes import Nodes, nodes, token_of
from tests.gateway.resuming.test_continuing import talk
from tests.test_hooks import until

FILING = '''
import json
from pathlib import Path


def file_it(call) -> None:
    """File a finished call."""
    found = Path(__file__).with_name("finished")
    found.write_text((found.read_text() if found.exists() else "") + json.dumps(call) + "\\n")
'''
FILED = TEAM.replace("agents:\n", "after: filing.py:file_it\nagents:\n", 1)


async def filed(both: Nodes) -> list[str]:
    """Return the finished calls that the hook was given, once there is one."""
    path = both.folder / "finished"
    text: str = await until(lambda: path.exists() and path.read_text())
    return text.splitlines()


async def test_a_call_to_which_nobody_comes_back_is_ended() -> None:
    """Its hook is given it once, with what was said on the node that is gone; then there is no coming back."""
    async with nodes(FILED, TOOLS, {"filing.py": FILING}) as both, both.one.caller() as caller:
        await talk(both, caller, "My invoice is wrong.")
        await both.one.kill()
        both.store.window = 0.0
        claimed = await both.two.fleet.claim_orphan()
        assert claimed is not None
        await orphans.end(both.two.calls, claimed)
        (finished,) = await filed(both)

        assert "My invoice is wrong." in finished
        assert caller.call in finished
        await until(lambda: both.store.calls[caller.call].state == "ended")
        assert len(both.two.calls) == 0
        assert await both.two.fleet.claim_orphan() is None


async def test_a_call_that_ended_before_all_of_it_was_kept_is_finished_by_another_node(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It had moved, its caller hung up, and then its node died, which had not told of its past yet."""
    async with nodes(FILED, TOOLS, {"filing.py": FILING}) as both, both.one.caller() as caller:
        await talk(both, caller, "My name is Ada.")
        await both.one.kill()
        monkeypatch.setattr(retelling, "REST", 3600.0)
        monkeypatch.setattr(retelling, "LONG_REST", 3600.0)
        async with both.two.back(caller) as again:
            await talk(both, again, "My order is 48213.")
        await both.two.quiet()
        assert both.store.calls[caller.call].state == "over"
        await both.two.kill()
        monkeypatch.undo()
        both.store.window, both.one.fleet.dead = 0.0, False
        claimed = await both.one.fleet.claim_orphan()
        assert claimed is not None
        await orphans.end(both.one.calls, claimed)
        (finished,) = await filed(both)

        assert "My name is Ada." in finished
        assert "My order is 48213." in finished
        await until(lambda: both.store.calls[caller.call].state == "ended")


async def test_a_call_that_moved_is_finished_once() -> None:
    """The node that it left says nothing of it; the one where it ends hands it on, whole."""
    async with nodes(FILED, TOOLS, {"filing.py": FILING}) as both, both.one.caller() as caller:
        await talk(both, caller, "My name is Ada.")
        await both.one.kill()
        async with both.two.back(caller) as again:
            await talk(both, again, "My order is 48213.")
        await both.two.quiet()
        (finished,) = await filed(both)

        assert "My name is Ada." in finished
        assert "My order is 48213." in finished


async def test_a_call_that_cannot_be_ended_here_is_left_to_other_nodes() -> None:
    """That of a team which this node does not serve: its record is to be closed by one that does."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        await both.one.kill()
        both.store.window = 0.0
        stored = both.store.calls[caller.call]
        stored.header = {**stored.header, "team": "elsewhere"}
        claimed = await both.two.fleet.claim_orphan()
        assert claimed is not None
        with structlog.testing.capture_logs() as logs:
            await orphans.end(both.two.calls, claimed)

        assert [line["event"] for line in logs] == ["call not ended for its node"]
        assert stored.state == "released"


async def test_orphans_are_looked_for_as_long_as_the_node_lives(monkeypatch: pytest.MonkeyPatch) -> None:
    """One after the other."""
    monkeypatch.setattr(orphans, "LOOK_SECONDS", 0.01)
    async with nodes() as both, both.one.caller() as first, both.one.caller() as second:
        for caller in (first, second):
            await talk(both, caller)
        await both.one.kill()
        both.store.window = 0.0
        await until(lambda: all(stored.state == "ended" for stored in both.store.calls.values()))


async def test_a_caller_who_is_gone_again_at_once_can_come_back_once_more() -> None:
    """The call that nobody ran is left, with the token that they have; it is not over, and no node keeps it."""
    async with nodes(FILED, TOOLS, {"filing.py": FILING}) as both, both.one.caller() as caller:
        await talk(both, caller)
        await both.one.kill()
        taken = await take_over(both.two.calls, token_of(caller))
        with pytest.raises(ConnectionError):
            async with continued(both.two.calls, taken, CallTakenOver()):
                raise ConnectionError
        assert both.store.calls[caller.call].state == "released"
        assert not (both.folder / "finished").exists()

        both.store.calls[caller.call].epoch = 1  # Redis lets a token be used again with which nobody was heard
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")
            await talk(both, again, "Hello again.")
