"""The orchestrator: which agent has the caller, and what to do about each thing that happens.

An *event* is something that happened; an *effect* is something to do. `Call.handle(event, now)` turns one event into a
list of effects and does nothing else: no sockets, no clock, no logging; time is an argument. A *session* is one agent's
connection inside this call. A *handoff* moves the caller from one agent to another. A *consult* is a question that one
agent asks another while the caller stays.

The modules are layers: each imports only from modules listed before it. Read the first three, then `call.py`. The
functions from `permission.py` onwards take the `State` of a call as their first argument and name it `call`.

    ids.py           the names of sessions and timers
    events.py        what can happen, and how a call can end
    effects.py       what can be done about it
    wording.py       every sentence that models are told

    turn.py          the caller's turn on one session: a table
    response.py      a session's response: running, asked for, owed
    session.py       an agent's session, made of these two; all sessions of a call

    memory/          what is remembered: transcript, variables, items, held audio, floor, playback
    in_progress.py   what takes several events, as data: function calls, a handoff, a goodbye
    state.py         everything that is remembered about one call

    permission.py    whether something may happen now: rules, needs, limits on handoffs
    briefing.py      what an agent is told about what it could not hear
    relay.py         what reaches the caller's ear
    barge_in.py      stopping the agents when the caller interrupts, and cutting items to what was heard
    opening.py       opening, configuring and warming sessions; the end of a call
    tools/           what holds for each tool of an agent (`rules.py`), answers that come late (`late.py`)
    functions.py     the ledger of function calls

    people/          persons: callers who wait for one (`waiting.py`), calls that one takes (`persons.py`)
    seats/           several callers in one call (`joining.py`), and messages between their agents

    caller.py        what the caller does: speaks, types, interrupts, configures
    consults.py      questions to other agents, in the background
    handoff.py       from the transfer call to the next agent's first word, and all that can go wrong
    goodbye.py       how a call ends at a limit, or because the agent ends it
    renewal.py       sessions that are replaced before their provider ends them
    recovery.py      sessions that drop: reopened, or moved to the next model
    dispatch.py      who handles a function call, or a session that opens or drops
    speech.py        what an agent's session says: turns, responses, audio
    takeover/        a call that goes on in another process: its sessions, and what was under way
    call.py          who handles each event, then every step that has become possible
"""

from orchestrator.core.call import Call

__all__ = ["Call"]
