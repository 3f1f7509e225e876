"""Running a call: feeding its events to the core, performing the effects, owning its tasks and timers.

call.py       `RunningCall`: the one door for events, and what is done for each effect
caller.py     what the caller's side has to be able to do
sessions.py   the agents' sessions: opened, configured, read, replaced, closed
tool_runs.py  the tools that run
timers.py     the timers that the core has started
tasks.py      the call's tasks: named, in one group
"""

from orchestrator.runner.call import RunningCall
from orchestrator.runner.caller import Caller

__all__ = ["Caller", "RunningCall"]
