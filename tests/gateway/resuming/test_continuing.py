"""A call goes on: on another node, or on this one for a caller who had lost the connection. Two nodes, real sockets."""

from __future__ import annotations

import asyncio
import base64
import json
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus

from orchestrator.fleet.port import Claimed, Lost
from orchestrator.testing import call, say
from tests.calls import TEAM, CallerClient, desk
from tests.gateway.resuming.nodes import Nodes, Station, cut, nodes, refused, token_of
from tests.patience import PATIENCE
from tests.test_hooks import until

GREETED = "Hello, this is Acme."
OWN = {"type": "function", "name": "look", "parameters": {"type": "object", "properties": {}}}


async def talk(both: Nodes, caller: CallerClient, words: str = "My invoice is wrong.", answer: str = "I see.") -> None:
    """Let a caller say something, and an agent answer."""
    done = len(caller.of("response.done"))
    both.service.reply("front", say(answer))
    await caller.type(words)
    await caller.until("response.done", done + 1)


async def knows(both: Nodes, number: int, *texts: str, model: str = "front") -> str:
    """Wait until the session of an agent was told some texts; return all that it was told, in items."""
    session = await both.service.session(model, number)

    def told() -> str:
        items = [event["item"] for event in session.of("conversation.item.create")]
        return "\n".join(part.get("text", "") for item in items for part in item.get("content", ()))

    await both.service._until(lambda: all(text in told() for text in texts))
    return told()


async def test_a_caller_who_can_come_back_is_told_how() -> None:
    """After `session.created`; others are told nothing."""
    async with nodes() as both, both.one.caller() as caller, both.one.caller("events=team") as other:
        resumable = await caller.until("team.call.resumable")
        await talk(both, other)

        assert [event["type"] for event in caller.events[:2]] == ["session.created", "team.call.resumable"]
        assert resumable["seconds"] == 120
        assert resumable["token"]
        assert other.of("team.call.resumable") == []


async def test_a_call_lives_on_when_its_node_is_killed() -> None:
    """The same session, the same history, and an agent who knows what was said; nothing is said unasked."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        await both.one.kill()
        async with both.two.back(caller) as again:
            resumed = await again.until("team.call.resumed")
            await again.until("team.call.resumable")
            await knows(both, 1, "My invoice is wrong.")
            await talk(both, again, "Are you still there?", "Yes, I am.")

            assert again.call == caller.call
            assert again.of("session.created")[0]["session"] == caller.of("session.created")[0]["session"]
            assert resumed["from"] == "one"
            assert resumed["lost_ms"] >= 0
            assert token_of(again) != token_of(caller)
            kinds = [event["type"] for event in again.events]
            assert kinds[:3] == ["session.created", "team.call.resumed", "team.call.resumable"]
            last = caller.of("conversation.item.done")[-1]["item"]["id"]
            assert again.of("conversation.item.added")[0]["previous_item_id"] == last
            assert not {e["event_id"] for e in again.events} & {e["event_id"] for e in caller.events}
            assert len(again.of("response.done")) == 1


async def test_what_was_said_in_a_call_is_not_lost_by_two_kills() -> None:
    """The journal has the take-over, too: a third connection knows what was said to both nodes."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller, "My name is Ada.")
        await both.one.kill()
        async with both.two.back(caller) as second:
            await second.until("team.call.resumable")
            await talk(both, second, "My order is 48213.")
            cut(second.socket)
            async with both.two.back(second) as third:
                await third.until("team.call.resumable")
                await knows(both, 2, "My name is Ada.", "My order is 48213.")


async def test_a_lost_connection_is_no_hang_up() -> None:
    """The call is left, and goes on when its caller comes back to the same node."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        cut(caller.socket)
        async with both.one.back(caller) as again:
            await again.until("team.call.resumed")
            await talk(both, again, "Hello again.")

            assert again.call == caller.call
            assert len(both.one.calls) == 1


async def test_a_close_frame_is_a_hang_up() -> None:
    """The call has ended, and cannot be resumed."""
    async with nodes() as both:
        async with both.one.caller() as caller:
            await talk(both, caller)
        await both.one.quiet()
        assert await both.two.refused(f"resume={token_of(caller)}") == ("call_not_resumable", 4404)


async def test_a_connection_that_only_seems_alive_is_closed_by_the_one_that_comes_back() -> None:
    """Its close code says that another has the call; nothing that it still sends reaches the call."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")

            assert (await caller.closed())[0] == 1012
            await both.one.quiet()
            assert len(both.two.calls) == 1


async def test_a_token_is_good_once() -> None:
    """Who comes second with it is refused; whoever came first keeps the call."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        await both.one.kill()
        async with both.two.back(caller) as again:
            await again.until("team.call.resumable")
            assert await both.two.refused(f"resume={token_of(caller)}") == ("call_not_resumable", 4404)
            await talk(both, again, "Still here.")


@pytest.mark.parametrize("token", ["", "nonsense", "sess_1.1"])
async def test_a_token_that_is_not_ours_is_refused(token: str) -> None:
    """Forged, empty, or of a call that nobody knows."""
    async with nodes() as both:
        assert await both.one.refused(f"resume={token}") == ("call_not_resumable", 4404)


async def test_redis_gone_is_no_reason_to_give_up() -> None:
    """The close code says that the same token may do later."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        await both.one.kill()
        both.store.away = True
        assert await both.two.refused(f"resume={token_of(caller)}") == ("cluster_unreachable", 1013)
        both.store.away = False
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")


async def test_a_token_needs_no_key_beside_it() -> None:
    """It is a credential of its own: a browser's client secret may have expired meanwhile."""
    keys: dict[str, Any] = {"api_keys": "k-123456789012345678", "secret": "s" * 32}
    header = {"api-key": "k-123456789012345678"}
    async with nodes(**keys) as both, both.one.caller(additional_headers=header) as caller:
        await talk(both, caller)
        await both.one.kill()
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")


def smaller(station: Station, **changed: Any) -> None:
    """Give a node other limits than the one beside it has."""
    station.calls.settings = station.calls.settings.model_copy(update=changed)


async def test_a_full_node_takes_calls_that_come_back_up_to_twice_its_limit() -> None:
    """They have precedence over new ones; beyond it they are refused before the upgrade, and the token stays good."""
    async with nodes() as both, both.one.caller() as first, both.one.caller() as second, AsyncExitStack() as stack:
        smaller(both.two, max_calls=1)
        other = await stack.enter_async_context(both.two.caller())
        for caller in (first, second):
            await talk(both, caller)
        await both.one.kill()
        async with both.two.back(first) as again:
            await again.until("team.call.resumed")
            new = await too_many(both.two.caller())
            full = await too_many(both.two.back(second))
            await other.socket.close()
            await until(lambda: len(both.two.calls) == 1)
            async with both.two.back(second) as also:
                await also.until("team.call.resumed")

    assert new == ("The limit of 1 simultaneous calls is reached. Try again later.", "5")
    assert full == ("The limit of 2 simultaneous calls is reached. Try again later.", "1")


async def too_many(coming: AbstractAsyncContextManager[CallerClient]) -> tuple[str, str]:
    """Connect a caller who is refused because there are too many calls; return the reason, and when to try again."""
    with pytest.raises(InvalidStatus) as error:
        await coming.__aenter__()
    answer = error.value.response
    told = json.loads(answer.body or b"")["error"]
    assert (answer.status_code, told["code"]) == (503, "too_many_calls")
    return told["message"], answer.headers["retry-after"]


async def test_who_comes_back_to_where_the_call_is_needs_no_more_room() -> None:
    """The connection only seems alive, and others came while Redis was asked."""
    async with nodes() as both, both.one.caller() as caller, both.one.caller() as other:
        await talk(both, caller)
        await talk(both, other)
        claim = both.one.fleet.claim

        async def crowded(token: str) -> Claimed | Lost:
            smaller(both.one, max_calls=1)
            return await claim(token)

        both.one.fleet.claim = crowded  # type: ignore[method-assign]
        async with both.one.back(caller) as again:
            await again.until("team.call.resumed")


async def test_limits_of_a_team_are_for_new_calls() -> None:
    """A call that comes back was counted: neither those at once nor those of a minute keep its caller out."""
    text = TEAM.replace("limits: {{", "limits: {{calls: 1, calls_per_minute: 1, ")
    async with nodes(text) as both, both.one.caller() as caller, both.two.caller():
        await talk(both, caller)
        await both.one.kill()
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")
            with pytest.raises(InvalidStatus) as new:
                async with both.two.caller():
                    pass

    assert new.value.response.status_code == 429


async def test_what_the_caller_has_set_is_in_force_on_the_new_session() -> None:
    """Formats, tools, turn detection: the session object is the same, and so is the agent's."""
    turns = {"turn_detection": None, "format": {"type": "audio/pcmu"}}
    session = {"type": "realtime", "tools": [OWN], "instructions": "Be brief.", "audio": {"input": turns}}
    async with nodes() as both, both.one.caller() as caller:
        await caller.send("session.update", session=session)
        updated = await caller.until("session.updated")
        await talk(both, caller)
        await both.one.kill()
        async with both.two.back(caller) as again:
            fields = (await both.service.session("front", 1)).fields

            assert again.of("session.created")[0]["session"] == updated["session"]
            assert "look" in [tool["name"] for tool in fields["tools"]]
            assert "Be brief." in fields["instructions"]
            assert fields["audio"]["input"]["format"] == {"type": "audio/pcmu"}


async def test_an_open_function_call_of_the_callers_own_is_answered_after_it() -> None:
    """The caller's client is the same: it may answer on the new connection, and the agent goes on."""
    async with nodes() as both, both.one.caller() as caller:
        await caller.send("session.update", session={"type": "realtime", "tools": [OWN]})
        await caller.until("session.updated")
        both.service.reply("front", call("look"))
        await caller.type("Look for it.")
        asked = await caller.until("response.function_call_arguments.done")
        await caller.until("response.done")
        await both.one.kill()
        async with both.two.back(caller) as again:
            await again.until("team.call.resumable")
            both.service.reply("front", say("It is there."))
            item = {"type": "function_call_output", "call_id": asked["call_id"], "output": "found"}
            await again.send("conversation.item.create", item=item)
            await again.send("response.create")
            await again.until("response.done")

            assert again.of("error") == []


async def test_audio_that_comes_at_once_reaches_the_new_session() -> None:
    """It waits until the session is open, as in a handoff."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        await both.one.kill()
        both.service.faults.held = True
        async with both.two.back(caller) as again:
            await both.service.held()
            for _ in range(5):
                sound = base64.b64encode(b"\x01\x00" * 480).decode()
                await again.send("input_audio_buffer.append", audio=sound)
            await again.send("input_audio_buffer.commit")
            both.service.admit()
            session = await both.service.session("front", 1)
            await session.wait_for("input_audio_buffer.commit")

            assert len(session.of("input_audio_buffer.append")) == 5


async def test_the_last_turn_is_told() -> None:
    """A client that has not heard of it knows that it need not say it again."""
    async with nodes() as both, both.one.caller() as caller:
        session = await both.service.session("front")
        await caller.speak()
        await session.wait_for("input_audio_buffer.append")
        await session.hear("Where is my order?")
        turn = await caller.until("input_audio_buffer.committed")
        await caller.until("response.done")
        await both.one.kill()
        async with both.two.back(caller) as again:
            resumed = await again.until("team.call.resumed")

        assert resumed["last_turn"] == turn["item_id"]


async def test_a_cut_answer_is_asked_for_again() -> None:
    """What was heard of it is closed for the caller's client, and the agent goes on from there."""
    async with nodes() as both, both.one.caller() as caller:
        both.service.reply("front", say("I am looking into that for you, one moment.", 60_000), pace=1.0)
        await caller.type("Where is my order?")
        await caller.until("response.output_audio.delta")
        await both.one.kill()
        both.service.reply("front", say("your order now."))
        async with both.two.back(caller) as again:
            cut_short = await again.until("response.done")
            done = await again.until("response.done", 2)

            assert cut_short["response"]["id"] == caller.of("response.created")[-1]["response"]["id"]
            assert cut_short["response"]["status"] in ("cancelled", "failed", "incomplete")
            assert done["response"]["status"] == "completed"


async def test_how_much_was_heard_is_said_by_who_heard_it() -> None:
    """The transcript, which the new session is told, is cut there; nonsense is refused."""
    words = "one two three four five six seven eight nine ten"
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller, answer=words)
        item = caller.of("response.output_audio_transcript.done")[-1]["item_id"]
        await both.one.kill()
        assert await both.two.refused(f"resume={token_of(caller)}&heard={item}") == ("invalid_value", 4000)
        async with both.two.back(caller, f"&heard={item}:100") as again:
            await again.until("team.call.resumable")
            heard = await knows(both, 1, "one two")

            assert words not in heard


async def test_a_handoff_is_known_afterwards() -> None:
    """The agent who had the caller has them still, and its voice is in force."""
    async with nodes() as both, both.one.caller() as caller:
        both.service.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
        both.service.reply("billing", say("Which invoice is it?"))
        await caller.type("My invoice is wrong.")
        await caller.until("team.handoff.completed")
        await caller.until("response.done", 2)
        await both.one.kill()
        async with both.two.back(caller) as again:
            session = again.of("session.created")[0]["session"]
            await both.service.session("billing", 1)

            assert session["audio"]["output"]["voice"] == "cedar"


async def test_another_version_of_the_team_goes_on_with_the_call() -> None:
    """The current one, where the call's own is not there; a team that is not served refuses, and gives the call up."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        await both.one.kill()
        both.store.calls[caller.call].header = {**both.store.calls[caller.call].header, "hash": "another"}
        async with both.two.back(caller) as again:
            await again.until("team.call.resumed")
            both.store.calls[caller.call].header = {**both.store.calls[caller.call].header, "team": "elsewhere"}
            assert await both.two.refused(f"resume={token_of(again)}") == ("call_not_resumable", 4404)

            assert both.store.calls[caller.call].state == "released"


async def test_a_call_with_several_seats_stays_where_it_is() -> None:
    """Its caller is told so when the second one joins; the second cannot come back, either."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        query = f"events=team,resume&call={caller.call}&agent=billing"
        async with both.one.caller(query) as joined:
            stays = await caller.until("team.call.resumable", 2)
            also = await joined.until("team.call.resumable")
            cut(joined.socket)
            await caller.until("team.seat.left")

            assert (stays["seconds"], stays["token"]) == (also["seconds"], also["token"]) == (0, None)
            assert await both.two.refused(f"resume={token_of_first(caller)}") == ("call_not_resumable", 4404)


def token_of_first(caller: CallerClient) -> str:
    """Return the first token that a caller was given."""
    return str(caller.of("team.call.resumable")[0]["token"])


async def test_without_a_cluster_nothing_is_promised() -> None:
    """A token is refused, and who asks to come back is told nothing."""
    async with desk() as alone:
        async with alone.caller("events=team,resume") as caller:
            alone.service.reply("front", say("I see."))
            await caller.type("Hello.")
            await caller.until("response.done")
            assert caller.of("team.call.resumable") == []
        assert await refused(alone.url, "resume=x") == ("call_not_resumable", 4404)


async def test_a_tool_that_ran_is_not_run_twice() -> None:
    """It was under way when the node was killed: the agent is told that nobody knows whether it was done."""
    async with nodes() as both, both.one.caller() as caller:
        both.service.reply("front", call("wait_long"))
        await caller.type("Do it.")
        await caller.until("team.tool.called")
        await both.one.kill()
        both.service.reply("front", say("Let me see whether it was done."))
        async with both.two.back(caller) as again:
            await again.until("response.done")
            await asyncio.wait_for(both.service.session("front", 1), PATIENCE)

            assert again.of("team.tool.called") == []


async def test_a_tool_is_not_run_by_a_node_that_has_lost_the_call() -> None:
    """It was paused, say: before what must not be done twice it asks whether the call is still its own."""
    async with nodes() as both, both.one.caller() as caller:
        await talk(both, caller)
        running = both.one.calls.find(caller.call)
        assert running is not None
        held = both.one.fleet._held[caller.call]
        held._holder = None  # nobody tells it
        await both.two.fleet.claim(token_of(caller))
        both.service.reply("front", call("find_order", number="1"))
        asked = []
        confirmed = held.confirmed

        async def ask(seconds: float = 1.0) -> bool:
            asked.append(seconds)
            return await confirmed(seconds)

        held.confirmed = ask  # type: ignore[method-assign]
        await caller.type("Where is it?")
        await caller.until("team.tool.called")
        await until(lambda: asked)
        await asyncio.sleep(0)

        assert caller.of("team.tool.returned") == []
