"""Calls that outlive their node: with a fleet, each call's events are written down as they come, and another node can
make the call again from them.

    journal.py      events as lines of the journal
    past.py         lines as what happened, and the caller's side as it was
    holding.py      one call that this node holds
    continuing.py   a call of another node, or one whose caller has lost the connection, goes on here
    moving.py       calls are left to other nodes, in a quiet moment
    orphans.py      calls to which nobody came back are ended
    cluster.py      the fleet, as the application has it

Nothing here knows how a caller is connected: a WebSocket, WebRTC and a telephone bring a `Transport`, as for any call.
"""
