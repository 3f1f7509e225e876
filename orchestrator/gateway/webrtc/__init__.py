"""Peer connections: `endpoint` answers a caller's offer, a `peer` runs the call; `desk_peer` is a worker's audio."""
