"""Running a call: feeding its events to the core and performing the effects.

Everything that takes time or touches the outside belongs to one of these:

    call.py       `RunningCall`: the one door for events, and what is done for each effect
    caller.py     the interface that the caller's side implements
    past.py       what is done for the past of a call that was taken over
    party.py      the running calls of several callers in one call: events of all in one order
    people.py     persons among the agents, and what writes down what they say
    sessions.py   the agents' sessions: opened, configured, read, replaced, closed
    tool_runs.py  tool calls: started, finished, cancelled
    timers.py     the timers of the core, in the event loop
    tasks.py      the call's tasks: named, in one group
"""

from orchestrator.runner.call import RunningCall
from orchestrator.runner.caller import Caller
from orchestrator.runner.party import Party, Place

__all__ = ["Caller", "Party", "Place", "RunningCall"]
