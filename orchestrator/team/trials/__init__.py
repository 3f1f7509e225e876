"""The tests of a team, as its file or files beside it have them: what a caller says, and what is expected then.

They are called *trials* in the code, because *tests* are those of this package.
"""

from orchestrator.team.trials.expectations import EndExpected, Expected, HandoffExpected, WholeExpected
from orchestrator.team.trials.given import Given, Mock
from orchestrator.team.trials.talk import Interrupt, Keys, Line, Persona, Recorded, Silence, Spoken, Step, Turn
from orchestrator.team.trials.trial import Trial, TrialName, Trials

__all__ = [
    "EndExpected",
    "Expected",
    "Given",
    "HandoffExpected",
    "Interrupt",
    "Keys",
    "Line",
    "Mock",
    "Persona",
    "Recorded",
    "Silence",
    "Spoken",
    "Step",
    "Trial",
    "TrialName",
    "Trials",
    "Turn",
    "WholeExpected",
]
