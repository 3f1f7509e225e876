"""The calls that are open: counted, found, drained."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.events import CallerLeft, Ending
from orchestrator.gateway import calls as calls_module
from orchestrator.gateway.calls import Calls
from orchestrator.gateway.open_call import OpenCall
from orchestrator.gateway.seats import Joining
from orchestrator.records.audio import stereo
from orchestrator.settings import Settings
from tests.core.scene import team
from tests.gateway.serving import ScriptedCall, helpdesk, keep_sound, only, serving_only
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def _scripted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open calls that nothing runs."""
    monkeypatch.setattr(calls_module, "RunningCall", ScriptedCall)


def calls(**settings: Any) -> Calls:
    return Calls(teams=serving_only(helpdesk()), settings=Settings(**settings))


def test_calls_are_counted_and_found() -> None:
    """A call counts and is found by its id while it is open."""
    mine = calls()
    with mine.open("rtc_") as call:
        assert (len(mine), mine.find(call.call_id)) == (1, call)
        assert not mine.emptied.is_set()

    assert (len(mine), mine.find(call.call_id)) == (0, None)
    assert mine.emptied.is_set()


async def test_the_sound_of_calls_is_kept_where_that_is_wanted(tmp_path: Path) -> None:
    """From the start of each to its end; a call in which nobody spoke leaves nothing."""
    mine = calls()
    keep_sound(mine, tmp_path)
    clock = asyncio.get_running_loop().time
    began = clock()
    with mine.open("rtc_") as call:
        recording = call.caller.recording
        assert recording is not None
        call.spoke(base64.b64encode(b"\x10\x10" * 24_000).decode(), 1000)
        late = clock() - began
    await mine.close()
    with mine.open("sess_"):
        pass

    kept = stereo(tmp_path, call.call_id)
    assert kept is not None
    assert 0.9 < kept.seconds < 1.1 + late


def test_a_caller_joins_others() -> None:
    """With a call of their own that ends when the others' do; each id finds all of them, that of the first for good."""
    mine = calls(max_calls=3)
    with mine.open("sess_") as other, mine.open("sess_") as first:
        with mine.open("rtc_", joining=Joining(first, "billing", "Anna")) as second:
            assert (second.place.seat.name, second.place.seat.agent) == ("Anna", "billing")
            assert second.place.seat.shared is first.place.seat.shared is not other.place.seat.shared
            told = [call.view.echo() for call in (first, second)]
            assert told[0]["expires_at"] == told[1]["expires_at"]
            assert [one["audio"]["output"]["voice"] for one in told] == ["marin", "cedar"]
            entry = mine.board.find(second.call_id)
            assert entry is not None
            assert (entry.agent, entry.seat) == ("billing", {"seat": "Anna", "joined": first.call_id})
            assert mine.connected == 3
            for call in (first, second):
                assert mine.party(call.call_id) == [first, second]
            mine._register._open.pop(first.call_id)
            assert mine.party(first.call_id) == [second]
        assert mine.party(first.call_id) == []


async def test_hanging_up_the_first_hangs_up_all() -> None:
    """And any other only itself."""
    mine = calls()
    with mine.open("sess_") as first:
        with mine.open("sess_", joining=Joining(first, "billing", "Anna")) as second:
            mine.hang_up(second, "hung up")
            assert await running(second).next() == CallerLeft("hung up", Ending.LEFT)
            assert running(first).events.empty()
        with mine.open("sess_", joining=Joining(first, "billing", "Berta")) as third:
            mine.hang_up(first, "hung up")
            for call in (first, third):
                assert await running(call).next() == CallerLeft("hung up", Ending.LEFT)


def test_a_call_that_was_let_go_of_counts_no_more() -> None:
    """Its transport may take seconds to end, while its caller is back on another connection."""
    mine = calls()
    limited = team("team: helpdesk\nlimits: {calls: 1}\nagents: {front: {instructions: Hi}}\n")
    with mine.open("sess_") as call:
        assert mine.meters.exceeded(limited, None) is not None
        mine._close(call)
        assert mine.meters.exceeded(limited, None) is None
        with mine.open("sess_"):
            pass
    with mine.open("sess_"):
        assert mine.meters.exceeded(limited, None) is not None


async def test_p57_who_has_not_connected_makes_room() -> None:
    """P57: a pending call has its place while nobody else wants it, the oldest gives it up, and the limit holds."""
    mine = calls(max_calls=2)
    with (
        mine.open("rtc_", pending=True) as oldest,
        mine.open("rtc_", pending=True) as connecting,
        mine.open("rtc_", pending=True) as newest,
    ):
        assert (len(mine), mine.connected, mine.find(oldest.call_id)) == (2, 0, None)
        event = await running(oldest).next()
        assert event == CallerLeft("the caller did not connect before others came", Ending.IDLE)
        mine.keep(connecting)
        with mine.open("sess_"):
            assert (len(mine), mine.connected, mine.find(newest.call_id)) == (2, 2, None)
            assert mine.find(connecting.call_id) is connecting
        assert (len(mine), mine.connected) == (1, 1)
    assert mine.emptied.is_set()


def running(call: OpenCall) -> ScriptedCall:
    """Return what stands for the running call."""
    scripted = call.running
    assert isinstance(scripted, ScriptedCall)
    return scripted


def test_a_call_may_begin_with_another_agent() -> None:
    """That is whom the board and the session tell of."""
    mine = calls()
    with mine.open("sess_", agent="billing") as call:
        assert (call.place.first, call.place.seat.agent) == (True, "billing")
        assert call.view.echo()["audio"]["output"]["voice"] == "cedar"
        assert [entry.agent for entry in mine.board.entries()] == ["billing"]


def test_ids_begin_with_the_letter_of_the_worker() -> None:
    """So the process in front finds the call's worker; the session object has an id of its own kind."""
    mine = calls()
    mine.worker = "B"
    with mine.open("rtc_") as call:
        assert call.call_id.startswith("rtc_B")
        assert call.view.session_id == call.call_id.replace("rtc_", "sess_")


def test_the_teams_names_are_reserved() -> None:
    """A caller's own tool cannot have the name of a handoff or a consult."""
    ways = {f"{what}_{agent}" for what in ("transfer_to", "ask") for agent in ("front", "billing")}
    assert only(calls().teams).reserved == {"hand_back", *ways}


async def test_draining_waits_for_calls_that_end_by_themselves() -> None:
    """A call that ends in time is not cut off."""
    mine = calls(drain=5)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        with mine.open("sess_") as call:
            draining = group.create_task(mine.drain(), name="drain")
            await asyncio.sleep(0)
            assert mine.draining
            assert not draining.done()

    assert isinstance(call.running, ScriptedCall)
    assert call.running.events.empty()


async def test_draining_ends_the_rest() -> None:
    """When the time is over the calls are ended with code and reason."""
    mine = calls(drain=0)
    async with asyncio.timeout(PATIENCE), asyncio.TaskGroup() as group:
        with mine.open("sess_") as call:
            group.create_task(mine.drain(), name="drain")
            assert isinstance(call.running, ScriptedCall)
            assert await call.running.next() == CallerLeft("the server is shutting down", Ending.SHUTTING_DOWN)
