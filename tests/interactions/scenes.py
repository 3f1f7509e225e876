"""What a caller does in a call, moment by moment: questions, interruptions, and what is none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

import numpy as np

from orchestrator.protocol.audio import PCM_RATE
from orchestrator.trials.voice.voices import Samples
from tests.evaluation import voices
from tests.interactions import sounds


class Kind(Enum):
    """What a caller's sound is; only the first three are turns."""

    QUESTION = "question"  # asked while nobody speaks
    INTERRUPTION = "interruption"  # asked while an agent speaks
    PAUSE = "pause"  # a question with a pause in the middle
    BACKCHANNEL = "backchannel"  # "mm-hm", while an agent speaks
    TIC = "vocal tic"  # a cough, a clearing of the throat
    BACKGROUND = "non-directed"  # a voice in the background

    @property
    def is_turn(self) -> bool:
        """Whether it is to be answered."""
        return self in (Kind.QUESTION, Kind.INTERRUPTION, Kind.PAUSE)


@dataclass(frozen=True)
class Moment:
    """Something that a caller utters."""

    kind: Kind
    sound: Samples
    label: str
    into: float | None = None  # seconds into what the agent says; None: when it has finished
    after: float = 0.0  # seconds that are listened to afterwards, before the next moment


STORIES = (
    "Tell me about the history of the museum.",
    "What is in the exhibition about the sea?",
    "What can children do here?",
)
SHORT = ("When are you open?", "How much is a ticket?", "Where are you?")
INTERRUPTIONS = (
    "Stop, please. When are you open?",
    "Sorry, how much is a ticket?",
    "No, wait. Where are you?",
    "Okay, but when are you open?",
    "How much is a ticket?",
    "Yeah, okay. And where are you?",
)
PAUSES = (("One more thing,", 700, "when are you open?"), ("I would like to know,", 500, "how much is a ticket?"))
BACKCHANNELS = ("Mm-hm.", "Uh-huh.", "Yeah.", "Okay.", "Right.", "I see.", "Yeah, yeah.", "Sure.", "All right.")
TICS = ("Ahem.", "Ha ha ha.", "Uh.", "Achoo!")
ASIDES = (
    "Can you pass me the salt, please?",
    "The next train leaves from platform four.",
    "No, I told you that we are leaving at nine.",
)


def call(number: int, voice: str) -> Iterator[Moment]:
    """Yield what happens in a call; calls differ by their number."""
    random = np.random.default_rng(number)
    other = next(name for name in voices.names() if name != voice)
    yield _asked(SHORT[number % 3], voice)
    asides = [*[Kind.BACKCHANNEL] * 3, *[Kind.TIC] * 3, *[Kind.BACKGROUND] * 2]
    for kind in (asides[at] for at in random.permutation(len(asides))):
        yield _asked(STORIES[random.integers(len(STORIES))], voice)
        yield _aside(kind, int(random.integers(1 << 16)), voice, other, into=float(random.uniform(1.0, 2.5)))
        words = INTERRUPTIONS[random.integers(len(INTERRUPTIONS))]
        yield Moment(Kind.INTERRUPTION, voices.say(words, voice), words, into=0.5)
    for kind in (Kind.TIC, Kind.BACKGROUND):
        yield _aside(kind, int(random.integers(1 << 16)), voice, other, into=None)
    first, ms, second = PAUSES[number % 2]
    parts = voices.say(first, voice), np.zeros(ms * PCM_RATE // 1000, np.int16), voices.say(second, voice)
    yield Moment(Kind.PAUSE, np.concatenate(parts), f"{first} … {second}")
    yield _asked(SHORT[(number + 1) % 3], voice)


def _asked(words: str, voice: str) -> Moment:
    return Moment(Kind.QUESTION, voices.say(words, voice), words)


def _aside(kind: Kind, seed: int, voice: str, other: str, *, into: float | None) -> Moment:
    if kind is Kind.BACKGROUND:
        words = ASIDES[seed % len(ASIDES)]
        return Moment(kind, sounds.background(words, other), words, into, after=3.0)
    if kind is Kind.BACKCHANNEL:
        words = (*BACKCHANNELS, "hum", "hum")[seed % (len(BACKCHANNELS) + 2)]
    else:
        words = (*TICS, *["cough"] * 4)[seed % (len(TICS) + 4)]
    match words:
        case "hum":
            sound = sounds.hum(seed)
        case "cough":
            sound = sounds.cough(seed)
        case _:
            sound = voices.say(words, voice)
    return Moment(kind, sound, words, into, after=2.6)
