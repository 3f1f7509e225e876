"""The lines of a record: a call as JSON, from which the core can be fed again.

    values.py     events and effects as JSON, and back
    entries.py    what the event loop hands to the writer
    keeping.py    which words are left out, by the policy of the team file
    hiding.py     how secrets are hidden
    encoding.py   entries as lines, in the writer's thread
    decoding.py   lines as moments of a call
    header.py     the first line, and the `Call` that it describes
    team.py       the team in it

A line is `{"t": seconds of the call, "in": event}` or `{"t": …, "out": effect}`; effects follow their event. `type` is
the name of the class; fields that have their default are left out. Lines of a seat other than the first say which:
`"seat": NAME`. `{"t": …, "seat": …, "joined": {…}}` is a seat that was taken, `{"t": …, "gap": N}` are N entries that
could not be kept. A payload of an effect that is the event's own is `"="`.

Audio and words that come within a second, with nothing else between them, are one line for each source, with `frames`,
their `ms` and the time of the last one, `until`; words are joined. No audio is in a record.

What a replay cannot get exactly from it:

- when each of these frames came, how long each was, and in which order those of several sources came: they are spread
  evenly. So milliseconds to which audio is truncated, and words cut in the middle, may differ; a timer by some ms.
- a microphone that is muted (the same frame over and over): frames are not kept, each counts as another one. How many
  bytes of held audio fill the memory of a call, either.
- a secret: `secret:NAME` stands for it, whatever its value was; a replay has one made-up value for each name. Values of
  the environment are written as `${NAME}`.
- words that the policy of the team file leaves out (`null`), entries that were dropped (`gap`), the middle of texts of
  more than 40,000 characters, pictures, and the arguments of a function call while they are still being written.
"""

from __future__ import annotations

from orchestrator.errors import OrchestratorError

VERSION = 1


class RecordError(OrchestratorError):
    """A record cannot be read."""
