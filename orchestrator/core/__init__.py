"""The orchestrator: which agent has the caller, and what is to be done about each thing that happens.

Five words carry it. An *event* is something that happened; an *effect* is something to do; `Call.handle` turns one
event into a list of effects and does nothing else: no sockets, no clock, no logging, time is an argument. A *session*
is one agent's connection inside this call. The *transcript* is what was said, on whichever session. A *handoff* moves
the caller from one session to another.

Read the events and the effects first, then the call. Its functions take the `State` of a call, and name it `call`.

    events.py      what can happen
    effects.py     what can be done about it
    call.py        the one `match` over the events
    caller.py      what the caller does: speaks, types, interrupts, configures
    speech.py      what an agent's session says: turns, responses, audio
    functions.py   function calls: tools of the team, tools of the caller, mistakes
    consults.py    questions to other agents, in the background
    requirements.py  whether something may happen: rules, needs, limits
    handoff.py     from the transfer call to the next agent's first word, and all that can go wrong
    opening.py     opening, configuring, warming the agents' sessions; ending the call
    recovery.py    sessions that drop and come back, on another model if need be
    renewal.py     sessions that are replaced before their provider ends them
    goodbye.py     how a call ends at a limit
    relay.py       what reaches the caller's ear, and what is taken back
    state.py       everything that is remembered about one call
    memory/        what is remembered, one thing a module
    session.py     one agent's session: its two state machines and the owed response
"""

from orchestrator.core.call import Call

__all__ = ["Call"]
