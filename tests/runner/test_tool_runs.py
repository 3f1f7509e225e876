"""Tools in a running call: several at once, and those that fail."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from orchestrator.core.effects import Effect, RunTool
from orchestrator.core.events import CallerLeft, Event
from orchestrator.core.tools.events import ToolProgressed
from orchestrator.errors import ToolError
from orchestrator.observe.watch import Lookers
from orchestrator.outside.pools import Way
from orchestrator.runner import tool_runs
from orchestrator.team import ToolKeys
from orchestrator.tools import FunctionTool, Tool
from orchestrator.tools.http.address import read_address
from orchestrator.tools.http.request import Template
from orchestrator.tools.http.tool import HttpTool
from orchestrator.tools.results import RESULT
from tests.core.scene import FRONT, team
from tests.patience import PATIENCE
from tests.runner.fakes import Ear, Provider, call, started
from tests.tools.http.service import answer, service


async def test_a_tool_may_give_a_cause_that_was_never_raised() -> None:
    """It has no place to tell of; the model is told what the tool said, and the call goes on."""

    def find() -> str:
        """Find."""
        raise ToolError("not today") from KeyError("k")

    provider, ear = Provider(), Ear()
    running = call(provider, ear, FunctionTool(find))
    task, session = await started(running, provider)
    item = '{"id":"i","type":"function_call","status":"completed","call_id":"c","name":"find","arguments":"{}"}'
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r"}}')
    session.frames.put_nowait(f'{{"type":"response.output_item.done","response_id":"r","item":{item}}}')
    await session.was_sent("not today")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)


async def test_a_tool_that_breaks_inside_is_an_answer() -> None:
    """Even a failure that is not the tool's own."""

    def find() -> str:
        """Find."""
        return "found"

    tool = FunctionTool(find)
    tool.run = None  # type: ignore[assignment, method-assign]
    provider, ear = Provider(), Ear()
    running = call(provider, ear, tool)
    task, session = await started(running, provider)
    item = '{"id":"i","type":"function_call","status":"completed","call_id":"c","name":"find","arguments":"{}"}'
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r"}}')
    session.frames.put_nowait(f'{{"type":"response.output_item.done","response_id":"r","item":{item}}}')
    await session.was_sent("function_call_output")
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)

    assert any("failed inside" in frame for frame in session.sent)


@pytest.mark.parametrize(("name", "sure"), [("find", True), ("find", False), ("gone", True)])
async def test_a_tool_that_is_over_is_forgotten(name: str, sure: bool) -> None:
    """Also one that is not there, or is not run as another process may have the call; calls last for hours."""

    def find() -> str:
        """Find."""
        return "found"

    async def known() -> bool:
        return sure

    provider, ear = Provider(), Ear()
    running = call(provider, ear, FunctionTool(find))
    task, _ = await started(running, provider)
    running._tools._party.sure = known
    running._tools.start(RunTool(FRONT, "call_x", name, "{}"))
    (run,) = running._tools._running.values()
    await asyncio.wait({run}, timeout=PATIENCE)
    await asyncio.sleep(0)
    left = dict(running._tools._running)
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)

    assert left == {}


PRICES = """\
team: t
variables: {total: 0, coupon: gift, log: ""}
limits: {tool: 5}
agents: {front: {instructions: Hi}}
"""


def function_call(call_id: str, name: str, arguments: Any = None) -> str:
    """Return the frame of a function call."""
    item = {"id": f"i_{call_id}", "type": "function_call", "status": "completed", "call_id": call_id, "name": name}
    event = {"response_id": "r", "item": {**item, "arguments": json.dumps(arguments or {})}}
    return json.dumps({"type": "response.output_item.done", **event})


async def outputs(*tools: Tool, calls: Sequence[tuple[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Let an agent call functions in one response; return their outputs by id, and the variables in the end."""
    provider, ear = Provider(), Ear()
    running = call(provider, ear, *tools, of=team(PRICES))
    task, session = await started(running, provider)
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r"}}')
    for number, (name, arguments) in enumerate(calls):
        session.frames.put_nowait(function_call(f"c{number}", name, arguments))
    for number in range(len(calls)):
        await session.was_sent(f'"call_id":"c{number}"')
    variables = dict(running._core.state.variables.values())
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)
    items = [json.loads(frame).get("item", {}) for frame in session.sent]
    return {item["call_id"]: item["output"] for item in items if "output" in item}, variables


SUM = {"properties": {"price": {"type": "integer"}}}


def add(price: int, call: Any) -> str:
    """Add."""
    call.variables["total"] += price
    return str(call.variables["total"])


def add_slowly(price: int, call: Any) -> str:
    """Add, with the other one in between if it could be."""
    total = call.variables["total"]
    threading.Event().wait(0.02)
    call.variables["total"] = total + price
    return str(call.variables["total"])


async def add_async(price: int, call: Any) -> str:
    """Add, and let all others go on between reading and writing."""
    call.variables["total"] += await later(price)
    return str(call.variables["total"])


async def later(price: int) -> int:
    """Return a price, once whatever can run has run."""
    for _ in range(20):
        await asyncio.sleep(0)
    return price


@pytest.mark.parametrize(
    "names",
    [
        ("add", "add"),
        ("add_slowly", "add_slowly"),
        ("add_async", "add_async"),
        ("add_async", "add_slowly"),
        ("add_slowly", "add_async"),
        ("add_async", "add"),
        ("add", "add_slowly"),
    ],
)
async def test_p50_tools_of_one_response_lose_no_update(names: tuple[str, str]) -> None:
    """P50: whatever they wait for between reading and setting; in the order in which they were called."""
    tools = [FunctionTool(one) for one in (add, add_slowly, add_async)]
    told, variables = await outputs(*tools, calls=[(names[0], {"price": 5}), (names[1], {"price": 7})])

    assert told == {"c0": "5", "c1": "12"}
    assert variables["total"] == 12


async def test_p50_many_tools_lose_no_update() -> None:
    """P50: not only of two."""
    calls = [("add_async" if number % 2 else "add_slowly", {"price": number}) for number in range(10)]
    _, variables = await outputs(FunctionTool(add_async), FunctionTool(add_slowly), calls=calls)

    assert variables["total"] == sum(range(10))


async def test_p50_what_one_tool_takes_the_next_does_not_have() -> None:
    """P50: `pop`, `setdefault` and `update` see what the tools before have done."""

    async def redeem(call: Any) -> str:
        """Redeem."""
        await later(0)
        return str(call.variables.pop("coupon", "used"))

    async def note(word: str, call: Any) -> str:
        """Note."""
        first = call.variables["log"] == ""
        await later(0)
        call.variables.update(log=word if first else call.variables["log"] + word)
        return str(call.variables.setdefault("coupon", word))

    calls = [("redeem", {}), ("redeem", {}), ("note", {"word": "a"}), ("note", {"word": "b"})]
    told, variables = await outputs(FunctionTool(redeem), FunctionTool(note), calls=calls)

    assert told == {"c0": "gift", "c1": "used", "c2": "a", "c3": "a"}
    assert variables == {"total": 0, "coupon": "a", "log": "ab"}


async def test_p50_tools_without_the_call_run_beside_each_other() -> None:
    """P50: only those that are given the call wait; what waits for the others would hang here."""
    met = asyncio.Barrier(3)

    async def meet() -> str:
        """Meet."""
        await asyncio.wait_for(met.wait(), PATIENCE)
        return "met"

    async def meet_with_call(call: Any) -> str:
        """Meet."""
        await asyncio.wait_for(met.wait(), PATIENCE)
        return "met"

    calls: list[tuple[str, Any]] = [("meet", {}), ("meet_with_call", {}), ("meet", {})]
    told, _ = await outputs(FunctionTool(meet), FunctionTool(meet_with_call), calls=calls)

    assert set(told.values()) == {"met"}


async def test_p50_a_tool_that_fails_sets_nothing_and_holds_up_nobody() -> None:
    """P50: what it set before it failed is undone, and the next tool runs."""

    async def broken(call: Any) -> str:
        """Break."""
        call.variables["total"] = 99
        raise ValueError("no")

    told, variables = await outputs(
        FunctionTool(broken), FunctionTool(add), calls=[("broken", {}), ("add", {"price": 5})]
    )

    assert (json.loads(told["c0"]), told["c1"]) == ({"error": "broken failed: no"}, "5")
    assert variables["total"] == 5


async def test_p51_a_tool_that_cancels_itself_is_answered() -> None:
    """P51: as one does that an older library's time limit leaves cancelled; the tools behind it run."""

    async def give_up(call: Any) -> str:
        """Give up."""
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        await asyncio.sleep(0)
        return "never"

    async def half(call: Any) -> Any:
        """Leave it cancelled."""
        task = asyncio.current_task()
        assert task is not None
        task.cancel()
        return {"total": 1}

    calls = [("give_up", {}), ("half", {}), ("add", {"price": 5})]
    told, _ = await outputs(FunctionTool(give_up), FunctionTool(half), FunctionTool(add), calls=calls)

    assert ("failed inside" in told["c0"], "failed inside" in told["c1"], told["c2"]) == (True, True, "5")


async def test_p54_what_a_tool_says_of_its_failure_is_bounded() -> None:
    """P54: as a result is."""

    def deny() -> None:
        """Deny."""
        raise ToolError("x" * 20 * RESULT)

    def refuse() -> None:
        """Refuse."""
        raise ValueError("x" * 20 * RESULT)

    told, _ = await outputs(FunctionTool(deny), FunctionTool(refuse), calls=[("deny", {}), ("refuse", {})])

    assert max(map(len, told.values())) < RESULT + 200


async def test_p51_what_a_tool_leaves_in_the_call_need_not_make_sense() -> None:
    """P51: nor need its exception be printable: the tool has failed, and the call goes on."""

    class Mute(Exception):
        def __repr__(self) -> str:
            raise RuntimeError("nothing to say")

    def hand_over(call: Any) -> None:
        """Hand over."""
        call.transfer = "nobody knows whom"

    def mute() -> None:
        """Say nothing."""
        raise Mute

    told, _ = await outputs(FunctionTool(hand_over), FunctionTool(mute), calls=[("hand_over", {}), ("mute", {})])

    assert ("failed inside" in told["c0"], "mute failed" in told["c1"]) == (True, True)


async def test_a_request_is_a_tool_like_any_other() -> None:
    """It sets variables of the call, after what was called before it; a failure is logged with its kind."""
    keys = ToolKeys.model_validate({"sets": {"total": "{{ body.sum }}"}})

    async with service(answer({"sum": 12}), answer({"error": "too much"}, "409 Conflict")) as found:
        request = Template("POST", read_address(f"http://127.0.0.1:{found.port}/sums"), ("price", "before"))
        body = {"price": "{{ args.price }}", "before": "{{ variables.total }}"}
        made = HttpTool("pay", "Pays.", SUM, keys, request=replace(request, body=body), way=Way(private=True))
        calls = [("add_async", {"price": 5}), ("pay", {"price": 7}), ("pay", {"price": 70})]
        with capture_logs() as logs:
            told, variables = await outputs(FunctionTool(add_async), made, calls=calls)

    assert told["c0"] == "5"
    assert told["c1"] == '{"sum":12}'
    assert json.loads(told["c2"]) == {"error": 'pay was refused (409 Conflict): {"error": "too much"}'}
    assert [got.json for got in found.got] == [{"price": 7, "before": 5}, {"price": 70, "before": 12}]
    assert variables["total"] == 12
    (line,) = [line for line in logs if line["event"] == "tool failed"]
    assert (line["tool"], line["kind"]) == ("pay", "http")


class Progress:
    """Looks at a call, and notes what tools say that are still at it."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def observe(self, event: Event, effects: Sequence[Effect], now: float) -> None:
        """Note an event."""
        if isinstance(event, ToolProgressed):
            self.seen.append(event.call_id)


@pytest.mark.parametrize(("seldom", "told"), [(0.0, 3), (PATIENCE, 0)], ids=["now", "too soon"])
async def test_a_tool_can_say_that_it_is_still_at_it(monkeypatch: pytest.MonkeyPatch, seldom: float, told: int) -> None:
    """The core learns of it, but not too often; after its end it says nothing more."""
    monkeypatch.setattr(tool_runs, "SELDOM", seldom)
    views: list[Any] = []

    async def find(call) -> str:  # type: ignore[no-untyped-def]
        """Find."""
        views.append(call)
        for _ in range(3):
            call.progressed()
            await asyncio.sleep(0)
        return "found"

    provider, ear, progress = Provider(), Ear(), Progress()
    running = call(provider, ear, FunctionTool(find), lookers=Lookers(observers=(progress,)))
    task, session = await started(running, provider)
    session.frames.put_nowait('{"type":"response.created","response":{"id":"r"}}')
    session.frames.put_nowait(function_call("c", "find"))
    await session.was_sent("found")
    views[0].progressed()
    assert len(progress.seen) == told
    running.feed(CallerLeft())
    await asyncio.wait_for(task, PATIENCE)
