"""What the caller of a test says, as sound: made before the call, which has no time for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from orchestrator.team.trials import Line, Recorded, Spoken, Trial
from orchestrator.terminal.wav import read_wav
from orchestrator.trials.voice import voices
from orchestrator.trials.voice.microphone import NOTHING
from orchestrator.trials.voice.noises import behind
from orchestrator.trials.voice.voices import Samples

Recordings = Callable[[str], Path]  # the file that a test names


def sound(line: Line, recordings: Recordings) -> tuple[Samples, Samples]:
    """Return what is said, and the noise behind it; raises `OrchestratorError` for a file that is no recording."""
    match line:
        case Spoken():
            speech = voices.say(line.say, line.voice or voices.DEFAULT)
        case Recorded():
            speech = np.frombuffer(read_wav(recordings(line.wav)), np.int16)
        case _:
            return NOTHING, NOTHING
    return speech, behind(speech, line.noise, line.snr)


def speaks(trial: Trial) -> bool:
    """Return whether the caller of a test says anything that is not recorded."""
    return trial.caller is not None or any(isinstance(turn.caller, Spoken) for turn in trial.talk)
