"""What needs no choosing: greetings, thanks, small talk, goodbyes, and questions about who the agent is."""

from __future__ import annotations

from orchestrator.local.brain.dialogue.filling import TALK, Filling
from orchestrator.local.brain.dialogue.frames import Dialogue, Frame, Stage
from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.language import length
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.port import Action, CallFunction, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import Choices
from orchestrator.team.functions import END_CALL

SHORT = 12  # most words of a goodbye, or of a request for time
KIND = (Doing.THANKS, Doing.SMALL_TALK)  # what is said in passing and wants no answer of its own


class Courtesies:
    """How one agent answers them."""

    def __init__(self, choices: Choices, filling: Filling, dialogue: Dialogue, instructions: str) -> None:
        # What the agent can do.
        self._choices = choices
        # Knows what is asked for.
        self._filling = filling
        # What the conversation is about.
        self._dialogue = dialogue
        # Says who the agent is.
        self._instructions = instructions

    def leave(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Say goodbye to a caller who leaves in the middle of a matter."""
        if Act.GOODBYE not in heard.acts or heard.question:
            return None
        free = frame.stage is Stage.ASKING and self._filling.asks_freely(frame)
        if free and not (heard.only(Act.GOODBYE, Act.FORGET) or heard.surely(Doing.GOODBYE, Doing.THANKS)):
            return None
        if heard.agreed and frame.stage is Stage.CONFIRMING:
            return None
        self._dialogue.frames.clear()
        self._dialogue.later.clear()
        return self.farewell()

    def in_passing(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Come back to the matter at hand after thanks, a greeting or a remark."""
        if heard.only(Act.GREETING, Act.THANKS) or (heard.surely(*KIND) and not heard.question):
            return [Say(self._filling.prompt(frame))]
        return None

    def greeted(self, heard: Heard) -> list[Action] | None:
        """Answer a caller who asks nothing but whether anybody is there."""
        if not heard.question or not heard.only(Act.GREETING):
            return None
        talk, answer = self._choices.small_talk(heard.text)
        return [Say(answer if talk >= TALK and "{" not in answer else phrases.GREETING)]

    def talked(self, answer: str) -> list[Action]:
        """Give the reply to small talk."""
        if answer == phrases.FAREWELL:
            return self.farewell()
        able = phrases.abilities(self._choices.tools)
        return [Say(answer.format(who=phrases.who(self._instructions), able=able))]

    def reflex(self, heard: Heard) -> list[Action] | None:
        """Return the reply to words that need no choosing."""
        leaves = Act.GOODBYE in heard.acts and length(heard.text) <= SHORT and not heard.question
        if leaves or (heard.only(Act.DENY, Act.GOODBYE, Act.THANKS) and heard.agreed is False):
            return self.farewell()
        if {Act.FORGET, Act.DENY} <= heard.acts and not heard.question:  # "no, leave it, I don't want one"
            return [Say(f"{phrases.DROPPED} {phrases.ELSE}")]
        if heard.only(Act.AFFIRM) and Act.THANKS not in heard.acts:
            return [Say(phrases.WHAT_CAN_I_DO)]
        if Act.HELP in heard.acts:
            return [Say(f"{self.myself(heard)} {phrases.WHAT_WOULD_YOU_LIKE}")]
        if Act.WHO in heard.acts:
            return [Say(phrases.WHO_I_AM.format(who=self.myself(heard)))]
        return [Say(phrases.TAKE_YOUR_TIME)] if Act.WAIT in heard.acts and length(heard.text) <= SHORT else None

    def myself(self, heard: Heard) -> str:
        """Return what the agent can do, or who it is: in the author's words, where they wrote any."""
        act = Act.HELP if Act.HELP in heard.acts else Act.WHO
        own = self._choices.answer_for(act, heard.text)
        return own or (phrases.abilities(self._choices.tools) if act is Act.HELP else phrases.who(self._instructions))

    def farewell(self) -> list[Action]:
        """Say goodbye, and end the call where the team lets the agent."""
        ends = [CallFunction(END_CALL, {}) for tool in self._choices.tools if tool["name"] == END_CALL]
        return [Say(phrases.FAREWELL), *ends]
