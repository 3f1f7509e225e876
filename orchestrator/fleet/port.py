"""What the gateway sees of a fleet: its own calls, which it holds, and those of others, which it can claim.

A call is held by one node at a time. Each change of hands raises its *epoch*; what a holder of an earlier epoch still
writes is refused, and the holder is told that it was *fenced*. The *journal* of a call is its header and its lines,
from which another node makes the call again; a *checkpoint* is what its first lines come to. A *token* is what a caller
comes back with: it is good until they have the next one.

Nothing here but `look`, `claim`, `claim_orphan`, `find`, `nodes` and `Held.confirmed` waits; none of it raises when
Redis is away.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol

WINDOW = 120.0  # seconds that a caller has to come back


class Reason(Enum):
    """Why a call cannot be claimed."""

    ENDED = "the call has ended"
    EXPIRED = "nobody came back to the call in time"
    UNKNOWN = "the call is not known"
    USED = "the token was used before"  # or a later one was given to the caller
    FORGED = "the token is not one of ours"
    STRANDED = "the call cannot be taken over"  # its journal was given up or cannot be read
    UNREACHABLE = "Redis cannot be reached"  # or is full; the same token may do later


@dataclass(frozen=True, slots=True)
class Lost:
    """A call that could not be claimed."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Load:
    """What a node tells of itself each second."""

    calls: int = 0
    lag: float = 0.0  # seconds that it is behind
    draining: bool = False
    teams: Mapping[str, str] = field(default_factory=dict)  # team → hash of the version that new calls get


@dataclass(frozen=True, slots=True)
class Address:
    """Where requests about a call are to go."""

    node: str
    url: str


@dataclass(frozen=True, slots=True)
class Node:
    """A living node, this one included."""

    address: Address
    started: float  # unix seconds
    load: Load


class Holder(Protocol):
    """Who holds a call: is told what becomes of it."""

    def write(self) -> None:
        """Put what waits: `soon` said a second ago that there will be something."""

    def fenced(self) -> None:
        """Learn that another node, or another connection to this one, has the call now; nothing may be done for it."""

    def stranded(self) -> None:
        """Learn that nobody can take the call over any more; it goes on here."""


class Held(Protocol):
    """A call that this node holds."""

    @property
    def epoch(self) -> int:
        """How often the call was held, this time included."""

    @property
    def token(self) -> str:
        """What the caller can come back with, until they were heard with a later one."""

    @property
    def index(self) -> int:
        """How many lines the journal has."""

    @property
    def resumable(self) -> bool:
        """Whether another node could take the call over, were it to be lost now and Redis there."""

    def watch(self, holder: Holder) -> None:
        """Say who is to be told; at once, if there is something to tell already."""

    def put(self, line: str) -> None:
        """Append a line; when it returns the kernel has it, unless Redis does not keep up, is away or is full.

        Lines of a call that was fenced, stranded, released or ended are dropped.
        """

    def soon(self) -> None:
        """Let the holder `write` within a second, together with those of other calls."""

    def keep(self, checkpoint: bytes) -> None:
        """Keep what all lines so far come to, for whoever takes the call over; the last one counts.

        It may be dropped, as it is while lines wait for Redis: the lines say the same.
        """

    def arrived(self) -> None:
        """Learn that the caller has the token: they were heard. Until then those before are good as well.

        A caller whose connection was lost before they had the new token can only come with one that they had before.
        """

    async def confirmed(self, seconds: float = 1.0) -> bool:
        """Wait until Redis has all lines so far; False if the call was fenced.

        For what must not be done twice: a paused process does not know yet that it was fenced. True as well when Redis
        did not answer in time, since then nobody else can have claimed the call.
        """

    def release(self) -> None:
        """Give the call up for whoever comes with its token; to be told of it is over."""

    def strand(self) -> None:
        """Give up the journal: the call goes on here, can be found, and cannot be taken over."""

    def over(self) -> None:
        """Say that nobody comes back to the call: it is finished here, or, if this node dies first, by another."""

    def end(self) -> None:
        """Say that the call is over: its journal is deleted."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A call that was taken over; this node holds it now."""

    held: Held
    call_id: str
    header: Mapping[str, Any]
    lines: Sequence[str]  # each is opened when it is looked at, and raises `ValueError` if it is not ours
    checkpoint: tuple[int, bytes] | None  # of the journal: how many of the lines it stands for; None: there is none
    from_node: str  # id of the node that held it before; may be this one
    silent: float  # seconds since that node was last known to hold it
    age: float  # seconds since the call began; both by Redis's clock, not by one of the nodes'


class Fleet(Protocol):
    """The nodes as one of them sees them; one for each process."""

    @property
    def node(self) -> str:
        """The id of this node: a new one for each start."""

    def show(self, load: Callable[[], Load]) -> None:
        """Say what is to be told of this node each second."""

    def now(self) -> float:
        """Return the time on which the nodes agree, in unix seconds, whatever their own clocks say."""

    def begin(self, call_id: str, header: Mapping[str, Any], holder: Holder) -> Held:
        """Hold a new call."""

    def token(self, call_id: str, epoch: int) -> str:
        """Return the token of an epoch of a call: what `Held.token` is then. For callers who are known otherwise."""

    async def look(self, call_id: str, epoch: int) -> Reason | None:
        """Return why nobody can claim a call with the token of an epoch; None: somebody can."""

    async def claim(self, token: str) -> Claimed | Lost:
        """Take over the call that a token is for, whether its node is alive or not.

        Who held it is fenced. `watch` is to be called on what is held then.
        """

    async def claim_orphan(self) -> Claimed | None:
        """Take over a call whose node is gone and to which nobody came back in time, to end it."""

    async def find(self, call_id: str) -> Address | None:
        """Return the living node that holds a call, if there is one and it is not this one."""

    async def nodes(self) -> list[Node]:
        """Return the living nodes, oldest first; empty when Redis cannot be reached."""
