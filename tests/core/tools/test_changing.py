"""Tools of servers, which come and go while a call runs."""

from __future__ import annotations

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.tools.events import ToolsChanged
from orchestrator.core.tools.rules import PLAIN, ToolRule, ToolRules
from orchestrator.team import Filler
from tests.core.scene import BILLING, FRONT, TOOLS, Scene, alone, done, expired, only, refused

SLOW = ToolRule(Filler(say="Still looking."), idempotent=True)
SERVED: ToolRules = {**TOOLS, "front": {"find_order": PLAIN, "mcp:crm": SLOW}, "billing": {"mcp:crm": PLAIN}}


def listed(*names: str, source: str = "mcp:crm") -> ToolsChanged:
    """Front's server lists these."""
    return ToolsChanged({"front": dict.fromkeys(names, source)}, ("front",))


def served() -> Scene:
    """A call with a team that has tools of a server, of which nothing is known yet."""
    scene = Scene(tools=SERVED)
    scene.open("billing")
    return scene


def test_what_stands_for_a_server_is_no_tool() -> None:
    """An agent can call what is listed, and by no name what stands for all of it."""
    scene = served()
    scene.feed(ev.ResponseStarted(FRONT, "r1"))

    assert "There is no function 'mcp:crm'" in refused(scene.function("front", "r1", "mcp:crm"))["error"]
    assert list(scene.call.state.functions.tools["front"]) == ["find_order"]


def test_listed_tools_have_the_rules_of_their_source() -> None:
    """They run like any other, as soon as they are there; what a tool of the team's own is called stays its own."""
    scene = served()
    scene.feed(listed("find_customer", "find_order"), ev.ResponseStarted(FRONT, "r1"))

    assert only(do.RunTool, scene.function("front", "r1", "find_customer"))
    assert scene.call.state.functions.open[scene.ours("fc1")].rule == SLOW
    assert scene.call.state.functions.tools["front"]["find_order"] == PLAIN
    assert "crm" not in str(scene.call.state.functions.tools["billing"])


def test_a_tool_that_is_no_longer_listed_cannot_be_called() -> None:
    """The model is told which there are; one that runs goes on to its end."""
    scene = served()
    scene.feed(listed("find_customer"), ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_customer")
    scene.feed(listed("search"), ev.ResponseFinished(FRONT, "r1", "completed"))

    answered = scene.feed(ev.ToolReturned(scene.ours("fc1"), "Miller"))
    assert only(do.SendFunctionOutput, answered)[0].output == "Miller"
    scene.feed(ev.ResponseStarted(FRONT, "r2"))
    said = refused(scene.function("front", "r2", "find_customer", call_id="fc2"))["error"]
    assert "find_order, search" in said


def test_an_open_session_is_told_at_once_when_it_is_quiet() -> None:
    """The whole configuration again; sessions of agents whose tools are what they were are left alone."""
    scene = served()

    told = alone(do.ConfigureSession, scene.feed(listed("find_customer")))

    assert told.session == FRONT
    assert scene.feed(ToolsChanged({"front": {"find_customer": "mcp:crm"}})) == []


def test_a_session_is_not_told_while_it_speaks_or_is_spoken_to() -> None:
    """Nor while a function call is open: then with the end of all that, and once."""
    scene = served()
    scene.feed(ev.SpeechStarted(FRONT, "i1"))
    assert scene.feed(listed("find_customer")) == []
    scene.turn("front", "i1")
    scene.feed(ev.ResponseStarted(FRONT, "r1"))
    scene.function("front", "r1", "find_customer")
    assert not only(do.ConfigureSession, scene.feed(listed("search")))
    scene.feed(ev.ResponseFinished(FRONT, "r1", "completed"))
    asked = scene.feed(ev.ToolReturned(scene.ours("fc1"), "Miller"))
    assert not only(do.ConfigureSession, asked)
    scene.feed(ev.ResponseStarted(FRONT, "r2"))

    assert len(only(do.ConfigureSession, scene.feed(*done(FRONT, "r2")))) == 1


def test_a_session_that_opens_later_has_it_from_the_start() -> None:
    """Also one that is configured again because a variable has changed."""
    scene = Scene(tools=SERVED)
    scene.feed(listed("find_customer"))
    assert not only(do.ConfigureSession, scene.open())
    scene.feed(ev.SpeechStarted(FRONT, "i1"), listed("search"))
    again = scene.feed(ev.CallerConfigured(ev.CallerSettings(instructions="Be brief.")))
    assert len(only(do.ConfigureSession, again)) >= 1

    scene.turn("front", "i1")
    assert not only(do.ConfigureSession, scene.answer("front", "r1"))


def test_what_another_version_of_the_team_has_is_passed_over() -> None:
    """A call that is replayed with an edited team: an agent that is gone, a source that is gone."""
    scene = served()
    scene.feed(ToolsChanged({"nobody": {"x": "mcp:crm"}, "front": {"find_customer": "mcp:gone"}}, ("nobody", "front")))

    assert scene.call.state.functions.tools["front"]["find_customer"] == PLAIN
    assert "nobody" not in scene.call.state.functions.tools


def test_servers_of_which_nothing_is_known_are_announced() -> None:
    """For the log, and whoever watches the call."""
    scene = served()

    announced = alone(do.Announce, scene.feed(ToolsChanged(missing=("crm",))))

    assert (announced.name, announced.fields) == ("tools.missing", {"servers": ["crm"]})


def test_a_successor_is_told_too() -> None:
    """It has been waiting for its moment with the tools of before."""
    scene = Scene(tools=SERVED)
    scene.feed(ev.CallerJoined(), ev.SessionOpened(FRONT, 300.0), ev.SessionOpened(BILLING))
    scene.turn("front", "i1")
    successor = only(do.OpenSession, scene.feed(expired(TimerKind.RENEW, "front")))[0].session
    scene.feed(ev.SessionOpened(successor), listed("find_customer"))
    told = only(do.ConfigureSession, scene.answer("front", "r1"))

    assert FRONT in [one.session for one in told]
