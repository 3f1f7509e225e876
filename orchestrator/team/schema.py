"""The schema of a team file, as strict models; short forms are expanded while validating.

The rest of the program reads the same models: there is no second representation. Unknown keys are refused, because one
unknown key makes a Realtime service drop a whole `session.update`.
"""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, SecretStr, StringConstraints, WithJsonSchema, model_validator

from orchestrator.protocol import session
from orchestrator.protocol.tools import Choice
from orchestrator.team.base import Copied, Strict
from orchestrator.team.edges import TARGET, Back, Consult, Consults, Handoff, Handoffs, Message, Messages, Name
from orchestrator.team.functions import PRESS_KEYS, STOP_WAITING
from orchestrator.team.hooks.keys import AfterCall, BeforeCall
from orchestrator.team.limits import Kept, Limits, Price, Record, Share
from orchestrator.team.numbers import Numbers
from orchestrator.team.people import Confirm, PhoneAddress, Role, Wait
from orchestrator.team.positions import Path, Positions
from orchestrator.team.rules import AtMost, Before, Needs, RuleText, StaysIn
from orchestrator.team.session_keys import (
    CustomVoice,
    FunctionChoice,
    NoiseReduction,
    OutputTokens,
    Reasoning,
    SemanticVad,
    ServerVad,
    SessionName,
    Transcription,
)
from orchestrator.team.tools import Knowledge, Listed, McpServer, Tools
from orchestrator.team.trials import Trials
from orchestrator.team.values import Value, Variable, VariableName
from orchestrator.team.variables import mentioned

Model = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]+(/.+)?$"), Field(description="provider/model")]
# Assigned in this order to agents that name no voice, so that each agent of a team sounds different.
VOICES = ("marin", "cedar", "coral", "ash", "sage", "verse", "shimmer", "echo", "ballad", "alloy")


TEXT_OR_FILE = {
    "description": "What the agent should do; `{{ variables.name }}` is replaced by the variable's value.",
    "anyOf": [
        {"type": "string"},
        {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"]},
    ],
}


class AgentKeys(Strict):
    """The keys of an agent, which `defaults` can set for all agents."""

    description: str = Field("", description="One line that other agents read to decide whom to hand over to.")
    greeting: str | None = Field(None, description="What it says when it is the first to speak.")
    kind: Literal["voice", "text", "person", "outside"] = Field(
        "voice",
        description="A `text` agent is only consulted, never heard; a `person` is a human being at the desk; somebody "
        "`outside` is called by telephone.",
    )
    model: Model | None = None
    fallback: tuple[Model, ...] = Field((), description="Models to use when the first one fails.")
    voice: SessionName | CustomVoice = Field(session.VOICE, description="A voice of the provider.")
    speed: Annotated[float, Field(ge=session.SPEED.low, le=session.SPEED.high)] | None = None
    turn_detection: Annotated[ServerVad | SemanticVad, Field(discriminator="type")] | None = None
    transcription: Transcription | None = Transcription(model=session.TRANSCRIBER)
    noise_reduction: NoiseReduction | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: OutputTokens | None = None
    tool_choice: Choice | FunctionChoice | None = None
    tools: Tools = ()
    knowledge: Knowledge | None = Field(None, description="Text files that it can look things up in.")
    handoffs: Handoffs = ()
    consult: Consults = ()
    messages: Messages = ()
    answers: dict[str, str] = Field(default_factory=dict, description="Question → answer, known without a tool.")
    warm: Literal["none", "next", "all"] = Field(
        "next", description="Whose sessions are opened before they are needed."
    )
    desk: Name | None = Field(None, description="`person` only: the role, of `people`, in whose queue callers wait.")
    brief: Literal["summary", "spoken", "all", "none"] = Field(
        "summary", description="`person` and `outside` only: what they are told about the call, before they take it."
    )
    wait: Wait | None = Field(None, description="`person` and `outside` only: how the caller waits for them.")
    transfer: PhoneAddress | None = Field(
        None, description="`outside` only: whom to call, `tel:` with + and the country code, or `sip:`."
    )
    press: bool = Field(False, description="Whether it can press keys, which the other end hears as tones.")


class Agent(AgentKeys):
    """An agent, with `defaults` merged in."""

    name: Name
    instructions: Annotated[str, WithJsonSchema(TEXT_OR_FILE)]

    @model_validator(mode="before")
    @classmethod
    def _instruct(cls, value: Any) -> Any:
        """Let those who are not models need no instructions."""
        no_model = isinstance(value, Mapping) and value.get("kind") in ("person", "outside")
        return {"instructions": "", **value} if no_model else value

    @property
    def person(self) -> bool:
        """Whether it is a human being."""
        return self.kind == "person"

    @property
    def outside(self) -> bool:
        """Whether it is somebody who is called by telephone."""
        return self.kind == "outside"

    @property
    def mentions(self) -> frozenset[str]:
        """The variables that its instructions mention."""
        return mentioned(self.instructions)

    def brought(self) -> Iterator[tuple[Path, Listed | Knowledge]]:
        """What brings it tools, each with the keys that lead to it."""
        for index, ref in enumerate(self.tools):
            yield ("tools", index), ref
        if self.knowledge is not None:
            yield ("knowledge",), self.knowledge

    def session_fields(self) -> dict[str, Any]:
        """Return the session settings that the file makes for the agent, as keys of the GA session object.

        Instructions, tools and audio formats are not among them: the first two depend on the call, the last on the
        caller.
        """
        keys = self.written()
        fields = {
            key: keys[key] for key in ("reasoning", "max_output_tokens", "tool_choice") if keys.get(key) is not None
        }
        spoken = {key: keys[key] for key in ("voice", "speed") if keys.get(key) is not None}  # a text agent has neither
        return {**fields, "audio": {"input": deepcopy(self.heard), "output": spoken}}

    @cached_property
    def heard(self) -> dict[str, Any]:
        """What the file sets of its audio input, in the same words; a call asks for it with every turn."""
        heard = self.model_dump(mode="json", exclude_unset=True, include={"turn_detection", "noise_reduction"})
        return {**heard, "transcription": self.transcription.written() if self.transcription else None}


class PartSpec(Strict):
    """A replacement for one part of the `local` provider: a server, or a model's folder or file."""

    url: Copied[str] | None = None
    model: str | None = None
    api_key: Copied[SecretStr] | None = None
    voice: str | None = None
    folder: str | None = None
    gguf: str | None = Field(None, description="`brain` only: a language model, relative to the team file.")


class ProviderSpec(Strict):
    """A provider of models: its address and its API key."""

    url: Copied[str] | None = None
    api_key: Copied[SecretStr] | None = None
    max_age: float | None = Field(None, gt=0, description="Seconds a session lasts, if the provider does not say.")
    brain: PartSpec | None = Field(None, description="`local` only: a chat-completions server or a GGUF file.")
    stt: PartSpec | None = Field(None, description="`local` only: a transcription server or a Whisper folder.")
    tts: PartSpec | None = Field(None, description="`local` only: a speech server.")


class Team(Strict):
    """A team file."""

    name: Name = Field(alias="team")
    start: Name
    default: bool = Field(False, description="Whether it answers for models and numbers that no team has.")
    numbers: Numbers = Field((), description="Phone numbers, with + and country code, that this team answers.")
    language: str | None = None
    variables: dict[VariableName, Variable] = Field(default_factory=dict)
    providers: dict[Name, ProviderSpec] = Field(default_factory=dict)
    mcp_servers: dict[Name, McpServer] = Field(default_factory=dict, description="name → an MCP server")
    agents: dict[Name, Agent] = Field(min_length=1)
    anywhere: Handoffs = ()
    rules: tuple[RuleText, ...] = ()
    limits: Limits = Limits()
    prices: dict[str, Price] = Field(default_factory=dict, description="provider/model → its prices")
    ends_with: Literal["last", "first"] = Field(
        "last", description="With which of several callers the call ends: the last who leaves, or the first who came."
    )
    people: dict[Name, Role] = Field(default_factory=dict, description="role → who has it, and what they may do")
    before_call: BeforeCall | None = Field(None, alias="before", description="What runs when a call begins.")
    after_call: AfterCall | None = Field(None, alias="after", description="Who is given a call that has ended.")
    record: Kept = Field(Record(), description="what is kept of a call; false: nothing")
    canary: Share | None = Field(None, description="How many of the new calls get this version, beside the one before.")
    tests: Trials = Field(default_factory=dict, description="name → what a caller does, and what is expected")
    stop_waiting: ClassVar[str] = STOP_WAITING
    press_keys: ClassVar[str] = PRESS_KEYS
    _positions: Positions = PrivateAttr(default_factory=Positions)
    _files: tuple[pathlib.Path, ...] = PrivateAttr(default=())
    _whole: bool = PrivateAttr(default=True)
    _gaps: frozenset[str] = PrivateAttr(default=frozenset())
    _has_tools: bool = PrivateAttr(default=True)

    @property
    def whole(self) -> bool:
        """False if its file has errors: it lacks what is wrong, and cannot be served."""
        return self._whole

    @property
    def gaps(self) -> frozenset[str]:
        """The places of what it lacks."""
        return self._gaps

    @property
    def has_tools(self) -> bool:
        """False if what it lacks may be a tool."""
        return self._has_tools

    @property
    def files(self) -> tuple[pathlib.Path, ...]:
        """All files that were read, the team file first."""
        return self._files

    @property
    def folder(self) -> pathlib.Path:
        """The folder of the team file; paths in it are relative to this folder."""
        return self._files[0].parent

    def edges(self, agent: str) -> tuple[Handoff, ...]:
        """Return the handoffs of an agent: its own, then those of `anywhere`."""
        own = self.agents[agent].handoffs
        if self.agents[agent].kind in ("text", "outside"):
            return own
        taken = {agent, *(edge.to for edge in own)}
        return own + tuple(edge for edge in self.anywhere if edge.to not in taken)

    @cached_property  # the core asks for it with each event
    def persons(self) -> tuple[str, ...]:
        """The agents that are human beings."""
        return tuple(name for name, agent in self.agents.items() if agent.person)

    @cached_property
    def outsiders(self) -> tuple[str, ...]:
        """The agents that are called by telephone."""
        return tuple(name for name, agent in self.agents.items() if agent.outside)

    @property
    def written_to(self) -> tuple[str, ...]:
        """The agents that others write messages to, and that may have a caller of their own."""
        found = dict.fromkeys(message.to for agent in self.agents.values() for message in agent.messages)
        return tuple(name for name in found if name in self.agents and self.agents[name].kind != "text")

    def desk_of(self, approval: Confirm) -> str:
        """Return the role that is asked for an approval."""
        able = (name for name, role in self.people.items() if "approve" in role.may)
        return approval.desk or next(able)

    def edge_lists(self) -> Iterator[tuple[Path, tuple[Handoff | Consult | Message, ...]]]:
        """Yield each list of edges in the file, with its path."""
        yield ("anywhere",), self.anywhere
        for name, agent in self.agents.items():
            yield ("agents", name, "handoffs"), agent.handoffs
            yield ("agents", name, "consult"), agent.consult
            yield ("agents", name, "messages"), agent.messages

    def way(self, agent: str, to: str, opening: str) -> Handoff:
        """Return the handoff from one agent to another for a tool or program, which may use undeclared ones too."""
        plain = Handoff.model_validate({TARGET: to})
        declared = next((edge for edge in self.edges(agent) if edge.to == to), plain)
        return declared.model_copy(update={"opening": opening})

    def question(self, to: str) -> Consult:
        """Return the consult of an agent to whom another one writes a message."""
        return Consult.model_validate({TARGET: to})

    def back(self, to: str) -> Handoff:
        """Return the handoff with which an agent gives the caller back."""
        return Back.model_validate({TARGET: to})

    def gives_back(self, agent: str) -> bool:
        """Return whether a handoff to this agent lets it give the caller back."""
        if self.agents[agent].person:
            return True
        if self.agents[agent].outside:
            return False
        return any(edge.to == agent and edge.returns for name in self.agents for edge in self.edges(name))

    def arguments(self, edge: Handoff) -> dict[str, Value]:
        """Return what a model can fill in for a handoff: its arguments, and needed variables that no tool must set."""
        needed = {name: self.variables[name] for name in edge.needs if self.variables[name].set_by is None}
        return {**needed, **{name: arg.like(self.variables.get(name)) for name, arg in edge.args.items()}}

    def before(self, agent: str) -> tuple[str, ...]:
        """Return the agents that must have had the caller before this one (rule `A before B`)."""
        return tuple(rule.first for rule in self.rules if isinstance(rule, Before) and rule.then == agent)

    def most(self, tool: str) -> int | None:
        """Return how often a tool may run in a call (rule `TOOL at most N per call`)."""
        return min((rule.times for rule in self.rules if isinstance(rule, AtMost) and rule.tool == tool), default=None)

    def needed_by(self, tool: str) -> tuple[str, ...]:
        """Return the variables that must be set before a tool runs (rule `TOOL needs VARIABLE`)."""
        return tuple(rule.variable for rule in self.rules if isinstance(rule, Needs) and rule.tool == tool)

    @property
    def hidden(self) -> frozenset[str]:
        """The variables that not every agent may know."""
        kept = {rule.variable for rule in self.rules if isinstance(rule, StaysIn)}
        return frozenset(name for name, variable in self.variables.items() if variable.secret or name in kept)

    def may_know(self, agent: str, variable: str) -> bool:
        """Return whether an agent may know a variable (rule `VARIABLE stays in AGENT`)."""
        kept = (rule for rule in self.rules if isinstance(rule, StaysIn) and rule.variable == variable)
        return all(agent in rule.agents for rule in kept)

    def place(self, *path: str | int) -> str:
        """Describe where a key is in the file: `agents.yaml:12:5 agents.billing.tools.0`."""
        return self._positions.place(path)

    def path_of(self, path: Path, index: int, to: str) -> Path:
        """Return the path of an edge's keys, whichever form the edges are written in."""
        if not self.contains(*path, index):
            return (*path, to)
        return (*path, index, to) if self.contains(*path, index, to) else (*path, index)

    def contains(self, *path: str | int) -> bool:
        """Return whether the file has exactly this path."""
        return self._positions.source(path) in self._positions.at

    def inherited(self, *path: str | int) -> bool:
        """Return whether a value comes from `defaults`."""
        return self._positions.source(path) != path

    @property
    def filled(self) -> Mapping[str, str]:
        """Text that came from environment variables → how it is written in the file."""
        return {text: written for text, written in self._positions.filled.items() if text}

    def from_environment(self, *path: str | int) -> bool:
        """Return whether a value came from an environment variable and must not be shown."""
        return self._positions.source(path) in self._positions.from_environment
