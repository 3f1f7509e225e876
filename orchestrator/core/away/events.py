"""What happens to a caller who is connected to somebody outside, as events of the core."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Reach(StrEnum):
    """Who can connect a caller to somebody outside."""

    NOBODY = "nobody"
    TELEPHONE = "telephone"  # the caller's own: they are gone from here meanwhile
    CLIENT = "client"  # the caller's application (`?events=transfer`): it stays connected


class Status(StrEnum):
    """How a telephone call to somebody outside ended; the words are Twilio's `DialCallStatus`."""

    COMPLETED = "completed"  # somebody answered
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"  # the number does not exist, or could not be called
    CANCELED = "canceled"  # the caller hung up before anybody answered
    UNKNOWN = "unknown"  # nobody said


@dataclass(frozen=True, slots=True)
class OutsideAnswered:
    """Somebody outside has answered the telephone."""


@dataclass(frozen=True, slots=True)
class OutsideEnded:
    """The telephone call to somebody outside is over; `seconds`: how long they talked; `gone`: the caller hung up."""

    status: Status
    seconds: float = 0.0
    gone: bool = False


AwayEvent = OutsideAnswered | OutsideEnded
