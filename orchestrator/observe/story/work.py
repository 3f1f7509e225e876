"""What agents had done for them: tools that ran, and other agents that were asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import TimerKind
from orchestrator.core.tools.events import HostedReported, ToolsChanged
from orchestrator.core.tools.hiding import shown
from orchestrator.observe.facts import Consulted, Outcome, ToolRan
from orchestrator.observe.story.part import Part, Tell
from orchestrator.team.tools.mcp import PREFIX


class Work(Part):
    """Looks for tools and consults."""

    def __init__(self, tell: Tell, seat: str) -> None:
        super().__init__(tell, seat)
        # Our id of a function call → its tool, which runs, and since when.
        self._running: dict[str, tuple[do.RunTool | do.RunHosted, float]] = {}
        # Agent → the name of each tool that it has of servers → its source, as they were listed last.
        self._listed: Mapping[str, Mapping[str, str]] = {}
        # Consults that have not ended: the agent that asks, the one that is asked, since when.
        self._asking: list[tuple[str, str, float]] = []

    def _starts(self, effect: do.RunTool | do.RunHosted, at: float) -> None:
        self._running[effect.call_id] = (effect, at)

    def _lists(self, event: ToolsChanged, at: float) -> None:
        self._listed = event.tools

    def _server(self, tool: do.RunTool | do.RunHosted) -> str:
        """Return the server that has a tool; "" if it is of none."""
        if isinstance(tool, do.RunHosted):
            return tool.server
        source = self._listed.get(tool.session.agent, {}).get(tool.name, "")
        return source.removeprefix(PREFIX).partition("/")[0]

    def _returns(self, event: ev.ToolReturned, at: float) -> None:
        self._ran(event.call_id, at, Outcome.COMPLETED, event.output, event.variables)

    def _fails(self, event: ev.ToolFailed, at: float) -> None:
        self._ran(event.call_id, at, Outcome.FAILED, event.reason, {})

    def _reported(self, event: HostedReported, at: float) -> None:
        """Find which of the provider's calls is over: by its question, else the oldest of this tool."""
        if not event.over:
            return
        hosted = [(made, tool) for made, (tool, _) in self._running.items() if isinstance(tool, do.RunHosted)]
        named = (made for made, tool in hosted if tool.request_id == event.request_id)
        alike = (made for made, tool in hosted if (tool.server, tool.name) == (event.server, event.name))
        made = next(named, None if event.request_id else next(alike, None))
        if made is not None:
            self._ran(made, at, Outcome.COMPLETED if event.ok else Outcome.FAILED, event.output, {})

    def _given_up(self, event: ev.TimerExpired, at: float) -> None:
        if event.timer.kind is TimerKind.HOSTED:
            self._ran(str(event.timer.about), at, Outcome.FAILED, "", {})

    def _cancelled(self, effect: do.CancelTool, at: float) -> None:
        self._ran(effect.call_id, at, Outcome.CANCELLED, "", {})

    def _ran(self, call_id: str, at: float, outcome: Outcome, output: str, variables: Mapping[str, Any]) -> None:
        if call_id not in self._running:
            return
        tool, since = self._running.pop(call_id)
        self.tell(
            ToolRan(
                start=since,
                end=at,
                seat=self.seat,
                agent=tool.session.agent,
                name=tool.name,
                call_id=call_id,
                arguments=shown(tool.arguments, tool.hidden),
                output=output,
                outcome=outcome,
                variables=variables,
                server=self._server(tool),
            )
        )

    def _asks(self, fields: Mapping[str, Any], at: float) -> None:
        self._asking.append((str(fields["from"]), str(fields["to"]), at))

    def _answers(self, fields: Mapping[str, Any], at: float) -> None:
        """Find which consult it was: the one of this agent that has taken as long."""
        own = [one for one in self._asking if one[0] == fields["agent"]]
        if own:
            since = at - float(fields["seconds"])
            consult = min(own, key=lambda one: abs(one[2] - since))
            self._consulted(consult, at, Outcome.COMPLETED if fields["ok"] else Outcome.FAILED)

    def _consulted(self, consult: tuple[str, str, float], at: float, outcome: Outcome) -> None:
        self._asking.remove(consult)
        agent, to, since = consult
        self.tell(Consulted(start=since, end=at, seat=self.seat, agent=agent, to=to, outcome=outcome))

    def finish(self, at: float, outcome: Outcome) -> None:
        """Tell what is still running."""
        for call_id in list(self._running):
            self._ran(call_id, at, outcome, "", {})
        for consult in list(self._asking):
            self._consulted(consult, at, outcome)

    takes: ClassVar[Any] = {
        do.RunTool: _starts,
        do.RunHosted: _starts,
        HostedReported: _reported,
        ToolsChanged: _lists,
        ev.TimerExpired: _given_up,
        ev.ToolReturned: _returns,
        ev.ToolFailed: _fails,
        do.CancelTool: _cancelled,
        "consult.started": _asks,
        "consult.returned": _answers,
    }
