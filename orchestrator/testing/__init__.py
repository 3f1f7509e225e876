"""A scripted Realtime server for tests: the GA protocol on loopback, with replies and misbehaviour to order.

    async with ScriptedRealtime() as server:
        server.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
        ...
        await server.sessions[0].wait_for("response.create")

It keeps the order of events of the service, one active response at a time, item ids, error codes and the lock of the
voice; an update that is not in the shape of the GA session object is refused whole. Each piece of audio says by its
first bytes which session it comes from, and which piece it is, so that a test can tell who is heard.
"""

from orchestrator.testing.script import Faults, FunctionCall, Reply, Say, call, say
from orchestrator.testing.server import ScriptedRealtime
from orchestrator.testing.session import ScriptedSession

__all__ = ["Faults", "FunctionCall", "Reply", "Say", "ScriptedRealtime", "ScriptedSession", "call", "say"]
