"""What time it is for the processes that share a database, whatever somebody does to the clocks of their machines.

A file of SQLite is used by the processes of one machine, as its write-ahead log demands. They share the machine's
monotonic clock, which nobody sets. It begins anew with the machine: what it said before is no longer near, or is soon.

PostgreSQL has its own clock, the same for all, however wrong those of the nodes are. It has none that cannot be set.
Were it set ahead, calls that live would be listed as lost until their processes tell of them again, seconds later; a
finished call that one node is handing on could be handed on by another too, under the same id, by which its receiver
knows it.
"""

from __future__ import annotations

import time
from typing import Any

SERVER = "SELECT EXTRACT(EPOCH FROM clock_timestamp())::float8"


def steady(connection: Any) -> float:
    """Return the seconds of the clock that says who lives, and for how long somebody has something."""
    return time.monotonic() if _is_sqlite(connection) else _server(connection)


def wall(connection: Any) -> float:
    """Return unix time, as all processes that share the database see it."""
    return time.time() if _is_sqlite(connection) else _server(connection)


def _is_sqlite(connection: Any) -> bool:
    from orchestrator.records.tables import is_sqlite

    return is_sqlite(connection)


def _server(connection: Any) -> float:
    ((now,),) = connection.execute_sql(SERVER).fetchall()
    return float(now)
