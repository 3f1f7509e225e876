"""A walk in which providers call tools of servers themselves: each question has one answer, and all rules hold."""

from __future__ import annotations

from collections import defaultdict
from functools import partial
from typing import Any

from orchestrator.core import effects as do
from orchestrator.core import events as ev
from orchestrator.core.ids import SessionId
from orchestrator.core.in_progress import Answerer
from orchestrator.core.tools.events import HostedAsked, HostedEnded, HostedReported
from orchestrator.core.tools.rules import PLAIN, ToolRules
from tests.core.walk import APPROVED, CARD, Step, Upstream, World

SERVER = "crm"
TOOLS = ("refund", "find_order", "search")


def with_server(tools: ToolRules, *agents: str) -> ToolRules:
    """Let agents have all tools of a server; what a person has to agree to is an entry of its own."""
    entries = {f"mcp:{SERVER}": PLAIN, **{f"mcp:{SERVER}/{name}": PLAIN for name in APPROVED}}
    return {agent: {**own, **(entries if agent in agents else {})} for agent, own in tools.items()}


class Hosting(World):
    """A world whose providers are clients of a server."""

    def __init__(self, team: Any, tools: ToolRules, seed: int) -> None:
        super().__init__(team, tools, seed)
        self.hosting, self.sources = frozenset(self.sources), {}
        self.questions: dict[str, tuple[SessionId, str]] = {}  # that have no answer → who asked, for which tool
        self.calls: dict[str, tuple[SessionId, str]] = {}  # questions answered with yes, until the call is over
        self.past: defaultdict[SessionId, list[HostedAsked]] = defaultdict(list)

    def from_response(self, session: SessionId, up: Upstream) -> list[tuple[float, Step]]:
        steps = super().from_response(session, up)
        if session.agent in self.hosting and not up.cancelled:
            steps.append((0.6, partial(self.ask, session, str(up.active))))
        return steps

    def from_session(self, session: SessionId, up: Upstream) -> list[tuple[float, Step]]:
        steps = super().from_session(session, up)
        for request, (asker, name) in self.calls.items():
            if asker == session:
                steps += [
                    (0.3, partial(HostedReported, session, f"m_{request}", request, SERVER, name)),
                    (0.2, partial(HostedEnded, session, f"m_{request}")),
                    (0.6, partial(self.end, request)),
                ]
        if self.past[session] and up.open:
            steps.append((0.1, lambda: self.random.choice(self.past[session])))
        return steps

    def ask(self, session: SessionId, response_id: str) -> ev.Event:
        request, name = self.id("q"), self.random.choice(TOOLS)
        self.questions[request] = session, name
        reported = self.random.choice([response_id, ""])  # with the conversation, or with the response
        asked = HostedAsked(session, reported, request, SERVER, name, f'{{"card": "{CARD}"}}')
        self.past[session].append(asked)
        return asked

    def end(self, request: str) -> ev.Event:
        session, name = self.calls.pop(request)
        known = self.random.choice([request, request, ""])
        ok = self.random.random() < 0.8
        return HostedReported(session, f"m_{request}", known, SERVER, name, over=True, ok=ok, output="fine")

    def lose(self, session: SessionId) -> ev.Event:
        self.gone(session)
        return super().lose(session)

    def gone(self, session: SessionId) -> None:
        """Forget what a session that is closed has asked, and what it calls."""
        for table in (self.questions, self.calls):
            for request in [request for request, (asker, _) in table.items() if asker == session]:
                del table[request]
        self.past.pop(session, None)

    def check(self, effect: do.Effect) -> None:
        match effect:
            case do.RunHosted(session=session, request_id=request, name=name):
                asked = self.questions.pop(request)
                assert asked == (session, name), "another tool is called"
                assert self.ups[session].open
                free = not self.team.people or name not in APPROVED
                assert free or effect.call_id in self.agreed, "a tool is called to which nobody has agreed"
                self.runs[name] += 1
                most = self.team.most(name)
                assert most is None or self.runs[name] <= most, "a tool was called too often"
                assert all(self.call.state.variables.met(needed) for needed in self.team.needed_by(name))
                self.calls[request] = asked
            case do.RefuseHosted(session=session, request_id=request):
                assert self.ups[session].open
                assert self.questions.pop(request)[0] == session, "somebody else is answered"
            case do.CloseSession(session=session) | do.ReplaceSession(session=session):
                self.gone(session)
        super().check(effect)

    def check_state(self) -> None:
        super().check_state()
        waiting = {one.call_id for one in self.call.state.functions.open.values() if one.answerer is Answerer.PERSON}
        assert self.over or self.questions.keys() <= waiting, "a question without an answer"
