"""Recordings of the sound of a call: stereo, the caller left and the team right, each where it was heard.

While the call runs
    recording.py    what the call tells: frames, interruptions, pauses
    queue.py        what waits for the thread
    recordings.py   the thread that writes
    spool.py        what it writes: all that was told, as it came
    secrets.py      which turns hold a secret

After it, or when somebody listens
    rendering.py    from the spool to both sides of a seat
    tape.py         one seat: places sound, and keeps silent what has to be
    placing.py      where sound was heard
    sound.py        frames as samples
    files.py        where files are, and the raw file of one side
    stereo.py       reading both sides as one
    conversion.py   stereo files, made by a process of their own (encoder.py)
    decoder.py      a recording as WAV
"""

from orchestrator.records.audio.conversion import Leftovers
from orchestrator.records.audio.decoder import as_wav
from orchestrator.records.audio.recording import Recording
from orchestrator.records.audio.recordings import Recordings
from orchestrator.records.audio.stereo import Stereo, stereo

__all__ = ["Leftovers", "Recording", "Recordings", "Stereo", "as_wav", "stereo"]
