"""Questions in the middle of a matter: they are answered, and the caller is asked again for what is missing."""

from __future__ import annotations

from orchestrator.local.brain.dialogue.answering import AHEAD, CERTAIN, LIKELY
from orchestrator.local.brain.dialogue.courtesies import Courtesies
from orchestrator.local.brain.dialogue.documents import Documents
from orchestrator.local.brain.dialogue.filling import SURE, Filling
from orchestrator.local.brain.dialogue.frames import Frame, Stage
from orchestrator.local.brain.dialogue.heard import Heard
from orchestrator.local.brain.language import Expression
from orchestrator.local.brain.learned.meaning import Doing
from orchestrator.local.brain.port import Action, Say
from orchestrator.local.brain.saying import phrases
from orchestrator.local.brain.understanding import slots
from orchestrator.local.brain.understanding.acts import Act
from orchestrator.local.brain.understanding.choice import Choices
from orchestrator.local.brain.understanding.clauses import SENTENCE
from orchestrator.local.brain.understanding.encoder import content
from orchestrator.local.brain.understanding.knowledge import COURTESY, answers_to, topic
from orchestrator.local.brain.understanding.parameter import Parameter, parameters

VAGUE = 0.45  # a score below it counts only if it is ahead of the next
NOTHING, DIM = 0.1, 0.3  # score up to which no function is meant; a known answer to a question then needs less
FEW = 2  # most words of meaning in a question that is about "that"
REFERRING, ABOUT_VALUE = Expression("referring"), Expression("asks_about_value")
INQUIRIES, SOMEBODY = Expression("inquiries"), Expression("somebody")


class Asides:
    """How one agent answers them."""

    def __init__(self, choices: Choices, filling: Filling, documents: Documents, courtesies: Courtesies) -> None:
        # What the agent can do and knows.
        self._choices = choices
        # Knows what is asked for.
        self._filling = filling
        # What can be looked up.
        self._documents = documents
        # Says who the agent is.
        self._courtesies = courtesies

    def answered(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Answer a question in between, and come back to the matter at hand."""
        prompt = self._filling.prompt(frame)
        others = [tool for tool in self._choices.tools if tool["name"] != frame.tool["name"]]
        ranked = self._choices.ranked(heard.text, others)
        best = ranked[0][0] if ranked else 0.0
        score, known = self._choices.answer(heard.text)
        if Act.WHY in heard.acts and not (score >= SURE and heard.surely(Doing.QUESTION)):
            return [Say(f"{phrases.NEED_IT.format(aim=phrases.aim(frame.tool))} {prompt}")]
        refers = heard.question and REFERRING.search(heard.text) and len(topic(heard.text)) <= FEW
        if refers and not SOMEBODY.search(heard.text):  # "until when can I do that?", but not "when do they call?"
            about = self._choices.answer(f"{heard.text} {phrases.aim(frame.tool)}")
            score, known = about if about[0] >= min(score, VAGUE) else (score, known)
        if score < CERTAIN and self._filling.looks_up(heard.text):
            return None
        ahead = AHEAD if heard.question and (score >= LIKELY or heard.surely(Doing.QUESTION)) else 0.0
        own = [one for one in parameters(frame.tool) if not slots.is_free(one)]
        brings = slots.fill(own, heard.text, self._filling.context(frame.tool))  # "Would Tuesday work, at nine?"
        vague = VAGUE if best > NOTHING else DIM
        tells = self._choices.tells_value(heard.text, known)  # "How much is the cruise?"
        least = CERTAIN if not heard.question else LIKELY if brings and not tells else vague
        if score < SURE and (promised := self._promised(frame, heard)):
            return [Say(f"{promised} {prompt}")]
        if known and score >= max(least, best - ahead):
            return [Say(f"{known} {prompt}")]
        if actions := self._documents.asked(heard, others):
            return actions
        if best >= SURE and not (Act.WHO in heard.acts and heard.question):
            return None
        if Act.HELP in heard.acts or Act.WHO in heard.acts:
            return [Say(f"{self._courtesies.myself(heard)} {prompt}")]
        return self._courtesies.in_passing(frame, heard)

    def _promised(self, frame: Frame, heard: Heard) -> str:
        """Return what the matter in hand is for, if that has the time or the number that a question asks for."""
        fits, aim = answers_to(heard.text), phrases.aim(frame.tool)
        if not heard.question or fits is None or not fits(aim, self._filling.context(frame.tool).today):
            return ""
        return phrases.line("i_can", aims=aim)

    def explained(self, frame: Frame, heard: Heard) -> list[Action] | None:
        """Say what is known about the value that was asked for when a caller asks for that: "Where do I find it?"."""
        asking = " ".join(COURTESY.sub(" ", SENTENCE.split(heard.text)[-1]).split())
        if frame.stage is not Stage.ASKING or not heard.question:
            return None
        if listed := self._listed(frame, asking):
            frame.asked = listed.name
            return [Say(self._filling.prompt(frame))]
        if not ABOUT_VALUE.search(asking):
            return None
        asked = next(one for one in parameters(frame.tool) if one.name == frame.asked)
        own = content(f"{asked.words} {phrases.described(asked)}")
        if topic(ABOUT_VALUE.sub(" ", asking)) - own or self._choices.answer(heard.text)[0] >= CERTAIN:
            return None
        _, known = self._choices.answer(f"{asking} {phrases.described(asked) or asked.words}")
        about = known if content(known) >= content(asked.words) else phrases.explained(asked)
        return [Say(f"{about} {self._filling.prompt(frame)}")] if about else None

    def _listed(self, frame: Frame, asking: str) -> Parameter | None:
        """Return the value whose choices a question is for: "What sizes do you have?"."""
        about = topic(asking)
        open_ones = (one for one in parameters(frame.tool) if one.choices and one.name not in frame.arguments)
        return next(
            (one for one in open_ones if about and about <= content(one.words) and INQUIRIES.search(asking)), None
        )
