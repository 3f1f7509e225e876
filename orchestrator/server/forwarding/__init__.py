"""Requests about a call that another node of the cluster holds: they are forwarded to it, one hop, and answered by it.

asked.py        which call a request is about
passes.py       what the nodes know a forwarded request by
forwarding.py   what becomes of a request: answered here, or by the node that holds the call
places.py       how many may be on their way at a time
http.py         a request on its way, and its answer
socket.py       a WebSocket on its way, and its frames in both directions
desk.py         somebody who works at the desks of all nodes by one socket

Keys are checked by the node that holds the call. What only the first node sees is checked by that one: whether a
server without keys is asked by this machine itself.
"""
