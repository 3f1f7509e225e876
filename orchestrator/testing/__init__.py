"""Public fakes for tests: a scripted Realtime server on loopback that says, and gets wrong, what a test tells it to.

    async with ScriptedRealtime() as server:
        server.reply("front", say("I will connect you."), call("transfer_to_billing", reason="an invoice"))
        ...  # run the team with a provider whose `url` is `server.url`
        front = await server.session("front")
        await front.hear("My invoice is wrong.")
        await front.wait_for("response.create")

A model's session gives its scripted replies in order, then answers with the server's `brain`, or with a short "Okay.".
The server speaks the GA protocol: it keeps the service's order of events, one active response at a time, item ids and
error codes. A voice cannot change once it has spoken, and a `session.update` with one wrong key is refused as a whole.
Each piece of audio names its session and its own number in the first four bytes, so that a test can tell whom the
caller hears.

`server.faults` makes it misbehave: slow handshakes, refusals, silence, drops, failed transcripts.

`FakeCall` is the call for unit tests of tools. The fixture `team`, which calls a whole team, is in
`orchestrator/pytest_plugin/`; docs/test-kit.md explains all of it.
"""

from orchestrator.testing.connection import ScriptedConnection
from orchestrator.testing.fake_call import FakeCall
from orchestrator.testing.script import Faults, FunctionCall, McpCall, Prompt, Reply, Say, call, mcp, say
from orchestrator.testing.server import ScriptedRealtime
from orchestrator.testing.session import ScriptedSession

__all__ = [
    "FakeCall",
    "Faults",
    "FunctionCall",
    "McpCall",
    "Prompt",
    "Reply",
    "Say",
    "ScriptedConnection",
    "ScriptedRealtime",
    "ScriptedSession",
    "call",
    "mcp",
    "say",
]
