"""What Redis is asked to do in one step, and under which keys.

    nodes          sorted set: node → when it was last seen
    node:NODE      hash: url (sealed), started, load; gone when the node has not been seen for `LEASE` seconds
    call:CALL      hash: node, epoch, state (held, local, released, over, ended), began, and the last checkpoint of its
                   journal: what its first lines come to, sealed, and how many they are (place)
    log:CALL       list: the journal, sealed; its first entry is the header
    leases         sorted set: call → until when its node holds it
    bus:NODE       channel: which of its calls another node has claimed

All times are Redis's own, in milliseconds: clocks of nodes do not matter. All keys have one hash tag, so that a script
finds them in one place. What an earlier epoch asks for is refused in the same step in which it would have been done.
Keys of a call are deleted when nothing was written for two hours, and ten minutes after its end; a journal at once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

TAG = "{orchestrator}:"
LEASE = 3.0  # seconds; it is renewed each second
FENCED = -1
HELD, LOCAL, RELEASED, OVER, ENDED = b"held", b"local", b"released", b"over", b"ended"
NODES, LEASES = f"{TAG}nodes".encode(), f"{TAG}leases".encode()


def node_key(node: str) -> bytes:
    """Return where a node says what it is."""
    return f"{TAG}node:{node}".encode()


def call_key(call_id: str) -> bytes:
    """Return where it stands who holds a call."""
    return f"{TAG}call:{call_id}".encode()


def log_key(call_id: str) -> bytes:
    """Return where the journal of a call is."""
    return f"{TAG}log:{call_id}".encode()


def bus(node: str) -> str:
    """Return the channel of a node."""
    return f"{TAG}bus:{node}"


def packed(*words: bytes) -> bytes:
    """Return a command as it is written to Redis."""
    return b"*%d\r\n%b" % (len(words), b"".join(map(bulk, words)))


def bulk(word: bytes) -> bytes:
    """Return one word of a command as it is written."""
    return b"$%d\r\n%b\r\n" % (len(word), word)


@dataclass(frozen=True)
class Script:
    """A script in Lua."""

    text: str

    @property
    def begin(self) -> tuple[bytes, bytes]:
        """The words by which it is run."""
        return b"EVALSHA", hashlib.sha1(self.text.encode()).hexdigest().encode()

    def run(self, keys: tuple[bytes, ...], *words: bytes | int) -> bytes:
        """Return the command that runs it."""
        rest = (word if isinstance(word, bytes) else b"%d" % word for word in words)
        return packed(*self.begin, b"%d" % len(keys), *keys, *rest)


NOW = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
"""
# KEYS: call, …. ARGV: id, node, epoch, …. Leaves the state of the call as `mine`; nil if Redis does not know the epoch.
FENCE = """
local known = redis.call('HMGET', KEYS[1], 'node', 'epoch', 'state', 'began')
local epoch, theirs = tonumber(ARGV[3]), tonumber(known[2])
if theirs and (theirs > epoch or (theirs == epoch and known[1] ~= ARGV[2])) then return -1 end
local mine = theirs == epoch and known[3] or nil
"""
# KEYS: call, log, leases. ARGV: id, node, epoch, age of the call, place of the first line, lines.
# Returns how long the journal is now. Lines that are there already are passed over, so that they can be sent again.
APPEND = Script(
    f"""{FENCE}
if not mine then
{NOW}
  redis.call('HSET', KEYS[1], 'node', ARGV[2], 'epoch', ARGV[3], 'state', 'held', 'began', now - ARGV[4])
  redis.call('ZADD', KEYS[3], now + {LEASE * 1000:.0f}, ARGV[1])
end
local there, first = redis.call('LLEN', KEYS[2]), tonumber(ARGV[5])
if first > there then return there end
for at = 6 + there - first, #ARGV do there = redis.call('RPUSH', KEYS[2], ARGV[at]) end
redis.call('PEXPIRE', KEYS[1], 7200000)
redis.call('PEXPIRE', KEYS[2], 7200000)
return there"""
)
# KEYS: call, log, leases. ARGV: id, node, epoch, age of the call, state.
SETTLE = Script(
    f"""{FENCE}
{NOW}
redis.call('HSET', KEYS[1], 'node', ARGV[2], 'epoch', ARGV[3], 'state', ARGV[5], 'began', known[4] or (now - ARGV[4]))
redis.call('PEXPIRE', KEYS[1], 7200000)
if ARGV[5] ~= 'released' and ARGV[5] ~= 'over' then
  redis.call('DEL', KEYS[2])
  redis.call('HDEL', KEYS[1], 'checkpoint', 'place')
end
if ARGV[5] == 'released' then redis.call('ZADD', KEYS[3], now, ARGV[1]) end
if ARGV[5] == 'local' then redis.call('ZADD', KEYS[3], now + {LEASE * 1000:.0f}, ARGV[1]) end
if ARGV[5] == 'ended' then
  redis.call('ZREM', KEYS[3], ARGV[1])
  redis.call('PEXPIRE', KEYS[1], 600000)
end
return 1"""
)
# KEYS: call, log. ARGV: id, node, epoch, how many lines it stands for, checkpoint.
CHECKPOINT = Script(
    f"""{FENCE}
if mine and redis.call('LLEN', KEYS[2]) >= tonumber(ARGV[4]) then
  redis.call('HSET', KEYS[1], 'place', ARGV[4], 'checkpoint', ARGV[5])
end
return 1"""
)
# KEYS: call. ARGV: id, node, epoch. From here on earlier tokens are used up.
ARRIVED = Script(
    f"""{FENCE}
if mine then redis.call('HSET', KEYS[1], 'arrived', ARGV[3]) end
return 1"""
)
# KEYS: call, log, leases. ARGV: id, node, epoch of the token, window in ms (-1: none), 1 if the node has no part of it.
# The window counts from when the node was last known to hold the call. A claim whose answer was lost can be repeated:
# by the node that made it, and with tokens that are no older than the last epoch in which the caller was heard.
CLAIM = Script(
    f"""
local known = redis.call('HMGET', KEYS[1], 'node', 'epoch', 'state', 'began', 'arrived')
if not known[2] then return {{'unknown'}} end
if known[3] == 'ended' or (known[3] == 'over' and tonumber(ARGV[4]) >= 0) then return {{'ended'}} end
if known[3] == 'local' then return {{'stranded'}} end
local epoch, theirs = tonumber(ARGV[3]), tonumber(known[2])
local again = theirs == epoch + 1 and known[1] == ARGV[2] and known[3] == 'held' and ARGV[5] == '1'
local least = tonumber(ARGV[4]) >= 0 and tonumber(known[5] or 1) or theirs
if epoch < least and not again then return {{'used'}} end
if not again then epoch = math.max(epoch, theirs) end
{NOW}
local till = tonumber(redis.call('ZSCORE', KEYS[3], ARGV[1]) or now)
local silent = now - till
if known[3] ~= 'released' then silent = silent + {LEASE * 1000:.0f} end
if tonumber(ARGV[4]) >= 0 and silent > tonumber(ARGV[4]) then return {{'expired'}} end
redis.call('HSET', KEYS[1], 'node', ARGV[2], 'epoch', epoch + 1, 'state', 'held')
redis.call('ZADD', KEYS[3], now + {LEASE * 1000:.0f}, ARGV[1])
redis.call('PUBLISH', '{TAG}bus:' .. known[1], (epoch + 1) .. ' ' .. ARGV[1])
local lines = redis.call('LRANGE', KEYS[2], 0, -1)
local place, checkpoint = unpack(redis.call('HMGET', KEYS[1], 'place', 'checkpoint'))
if not place or tonumber(place) > #lines then place, checkpoint = 0, '' end
local age = now - tonumber(known[4])
return {{'claimed', epoch + 1, known[1], math.max(silent, 0), age, tonumber(place), checkpoint, lines}}"""
)
# KEYS: node, nodes, leases, calls. ARGV: node, url, started, load, then id and epoch of each call.
# Returns the calls that are fenced, those that Redis does not know, and the time. A Redis that is full still renews the
# node.
RENEW = Script(
    f"""{NOW}
redis.pcall('HSET', KEYS[1], 'url', ARGV[2], 'started', ARGV[3], 'load', ARGV[4])
redis.call('PEXPIRE', KEYS[1], {LEASE * 1000:.0f})
redis.pcall('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - 3600000)
local fenced, gone, till = {{}}, {{}}, now + {LEASE * 1000:.0f}
for at = 4, #KEYS do
  local id, epoch = ARGV[at * 2 - 3], tonumber(ARGV[at * 2 - 2])
  local known = redis.call('HMGET', KEYS[at], 'node', 'epoch')
  local theirs = tonumber(known[2])
  if not theirs or theirs < epoch then
    gone[#gone + 1] = id
  elseif theirs > epoch or known[1] ~= ARGV[1] then
    fenced[#fenced + 1] = id
  else
    redis.pcall('ZADD', KEYS[3], till, id)
  end
end
return {{fenced, gone, now}}"""
)
# KEYS: leases. ARGV: window in ms. Returns calls that nobody has held for so long.
ORPHANS = Script(
    f"""{NOW}
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now - ARGV[1], 'LIMIT', 0, 64)"""
)
SCRIPTS = (APPEND, SETTLE, CHECKPOINT, ARRIVED, CLAIM, RENEW, ORPHANS)
