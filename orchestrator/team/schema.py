"""What a team file can say, as strict models; short forms become full ones here.

The same models are what the rest of the program reads: there is no second shape. Everything is refused that is not
named, because one unknown key makes a Realtime service drop a whole `session.update`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    PrivateAttr,
    SecretStr,
    StringConstraints,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from orchestrator.team.handoffs import transfer_name
from orchestrator.team.marks import Marks
from orchestrator.team.variables import mentioned

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_-]{0,39}$")]
VariableName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Scalar = str | int | float | bool | None
# Given in this order to agents that name no voice, so that a team sounds like a team.
VOICES = ("marin", "cedar", "coral", "ash", "sage", "verse", "shimmer", "echo", "ballad", "alloy")


class Strict(BaseModel):
    """A mapping of the team file: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    def said(self) -> dict[str, Any]:
        """Return the keys that the file names, in wire shape."""
        return self.model_dump(mode="json", exclude_unset=True)


class ServerVad(Strict):
    """Turn detection by silence."""

    type: Literal["server_vad"]
    threshold: float = Field(0.5, ge=0, le=1)
    prefix_padding_ms: int = Field(300, ge=0)
    silence_duration_ms: int = Field(500, ge=0)
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: int | None = Field(None, ge=5000, le=30000)


class SemanticVad(Strict):
    """Turn detection by what is said."""

    type: Literal["semantic_vad"]
    eagerness: Literal["auto", "low", "medium", "high"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


class Transcription(Strict):
    """How the caller's words are written down."""

    model: str
    language: str | None = None
    languages: tuple[str, ...] | None = None
    prompt: str | None = None
    keywords: tuple[str, ...] | None = None
    delay: str | None = None


class NoiseReduction(Strict):
    """What is done against noise at the caller's side."""

    type: Literal["near_field", "far_field"]
    strength: float | None = None


class Reasoning(Strict):
    """How much a reasoning model thinks."""

    effort: Literal["minimal", "low", "medium", "high", "xhigh"]


class FunctionChoice(Strict):
    """The one function that must be called."""

    type: Literal["function"]
    name: str


class CustomVoice(Strict):
    """A voice of your own at the provider."""

    id: str


def _tool(value: Any) -> Any:
    return {"tool": value} if isinstance(value, str) else value


class ToolRef(Strict):
    """A tool: `agents/orders.py:find_order`, `agents/orders.py` (all public functions) or `package.module:function`."""

    ref: str = Field(alias="tool", min_length=1)
    examples: tuple[str, ...] = ()
    confirm: bool = False

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Offer the short form to editors: just the reference."""
        return {"anyOf": [{"type": "string"}, handler(schema)]}


def _arg(value: Any) -> Any:
    return {"type": value} if isinstance(value, str) else value


class Arg(Strict):
    """An argument that the model fills when it hands the caller over; a JSON Schema of one value."""

    type: Literal["string", "number", "integer", "boolean"] = "string"
    description: str | None = None
    enum: tuple[Scalar, ...] | None = None
    pattern: str | None = None

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Offer the short form to editors: just the type."""
        return {"anyOf": [{"enum": ["string", "number", "integer", "boolean"]}, handler(schema)]}


# What the name above a handoff's keys becomes. No file can say it: a `to:` below a name would contradict the name.
TARGET = "(target)"


class Handoff(Strict):
    """A way to another agent."""

    to: Name = Field(alias="(target)")  # `TARGET`, which type checkers want to see written out
    when: str = ""
    args_: dict[str, Annotated[Arg, BeforeValidator(_arg)]] = Field(default_factory=dict, alias="args")
    context: Literal["spoken", "all", "summary", "none"] = "spoken"
    opening: Literal["continue", "greet", "wait"] = "continue"
    examples: tuple[str, ...] = ()

    @property
    def function(self) -> str:
        """The name of its transfer function."""
        return transfer_name(self.to)

    @property
    def args(self) -> Mapping[str, Mapping[str, Any]]:
        """Argument name → JSON Schema."""
        return {name: {"type": arg.type, **arg.said()} for name, arg in self.args_.items()}


def _edges(value: Any) -> Any:
    """Bring the three forms of handoffs into one: a list of full edges."""
    if isinstance(value, Mapping):
        return [_edge(to, said) for to, said in value.items()]
    if isinstance(value, list):
        return [_edge(*_only(item)) for item in value]
    return value


def _only(item: Any) -> tuple[Any, Any]:
    return next(iter(item.items())) if isinstance(item, Mapping) and len(item) == 1 else (item, None)


def _edge(to: Any, said: Any) -> dict[str, Any]:
    if said is None or isinstance(said, str):
        return {TARGET: to, "when": said or ""}
    return {TARGET: to, **said} if isinstance(said, Mapping) else {TARGET: to, "when": said}


HANDOFFS_SCHEMA = {
    "description": "Agents that the caller can be handed to: names, or `name: when`, or `name: {when, args, …}`.",
    "anyOf": [
        {"type": "array", "items": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
        {"type": "object", "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "object"}]}},
    ],
}
Edges = Annotated[tuple[Handoff, ...], BeforeValidator(_edges), WithJsonSchema(HANDOFFS_SCHEMA)]
TEXT_OR_FILE = {
    "description": "What the agent is to do; `{{ variables.name }}` is filled in.",
    "anyOf": [
        {"type": "string"},
        {"type": "object", "properties": {"file": {"type": "string"}}, "required": ["file"]},
    ],
}


class AgentKeys(Strict):
    """What can be said of an agent, and in `defaults` of all of them."""

    description: str = Field("", description="One line that other agents read when they decide whom to hand over to.")
    greeting: str | None = Field(None, description="What it says when it is the first to speak.")
    model: str | None = Field(None, pattern=r"^[A-Za-z0-9_-]+(/.+)?$", description="provider/model")
    voice: str | CustomVoice = Field("marin", description="A voice of the provider.")
    speed: float | None = Field(None, ge=0.25, le=1.5)
    turn_detection: Annotated[ServerVad | SemanticVad, Field(discriminator="type")] | None = None
    transcription: Transcription | None = Transcription(model="gpt-transcribe")
    noise_reduction: NoiseReduction | None = None
    reasoning: Reasoning | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=4096)] | Literal["inf"] | None = None
    tool_choice: Literal["auto", "none", "required"] | FunctionChoice | None = None
    tools: tuple[Annotated[ToolRef, BeforeValidator(_tool)], ...] = ()
    handoffs: Edges = ()
    answers: dict[str, str] = Field(default_factory=dict, description="Question → answer, known without a tool.")
    warm: Literal["none", "next", "all"] = Field("next", description="Whose sessions are opened ahead of need.")


class Agent(AgentKeys):
    """One agent, `defaults` included."""

    name: Name
    instructions: Annotated[str, WithJsonSchema(TEXT_OR_FILE)]

    @property
    def mentions(self) -> frozenset[str]:
        """The variables that its instructions need."""
        return mentioned(self.instructions)

    def session_fields(self) -> dict[str, Any]:
        """Return what the file says of the agent's session, as keys of the GA session object.

        No instructions, tools or audio formats: the first two depend on the call, the last belongs to the caller.
        """
        said = self.said()
        fields = {
            key: said[key] for key in ("reasoning", "max_output_tokens", "tool_choice") if said.get(key) is not None
        }
        heard: dict[str, Any] = {key: said[key] for key in ("turn_detection", "noise_reduction") if key in said}
        heard["transcription"] = self.transcription.said() if self.transcription else None
        spoken = {"voice": said["voice"]} | ({"speed": self.speed} if self.speed is not None else {})
        return {**fields, "audio": {"input": heard, "output": spoken}}


class PartSpec(Strict):
    """Another engine for a part of the `local` provider: a server, or a model folder."""

    url: str | None = None
    model: str | None = None
    api_key: SecretStr | None = None
    voice: str | None = None
    folder: str | None = None


class ProviderSpec(Strict):
    """Who runs models: where, and with which key."""

    url: str | None = None
    api_key: SecretStr | None = None
    brain: PartSpec | None = Field(None, description="`local` only: a chat-completions server.")
    stt: PartSpec | None = Field(None, description="`local` only: a transcription server or a Whisper folder.")
    tts: PartSpec | None = Field(None, description="`local` only: a speech server.")


class Limits(Strict):
    """Where a call ends: seconds, and a count of handoffs."""

    call: float = Field(default=3600.0, gt=0, description="seconds a call may last")
    silence: float = Field(default=300.0, gt=0, description="seconds in which nobody speaks")
    tool: float = Field(default=20.0, gt=0, description="seconds a tool may take")
    handoffs: int = Field(default=30, ge=0, description="handoffs in one call")


class Team(Strict):
    """A team file."""

    name: Name = Field(alias="team")
    start: Name
    language: str | None = None
    variables: dict[VariableName, Scalar] = Field(default_factory=dict)
    providers: dict[Name, ProviderSpec] = Field(default_factory=dict)
    agents: dict[Name, Agent] = Field(min_length=1)
    anywhere: Edges = ()
    limits: Limits = Limits()
    _marks: Marks = PrivateAttr(default_factory=Marks)
    _files: tuple[Path, ...] = PrivateAttr(default=())

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that was read, the team file first."""
        return self._files

    @property
    def folder(self) -> Path:
        """Where the team file is; references are relative to it."""
        return self._files[0].parent

    def edges(self, agent: str) -> tuple[Handoff, ...]:
        """Return the handoffs of an agent: its own, then those from `anywhere`."""
        own = self.agents[agent].handoffs
        taken = {agent, *(edge.to for edge in own)}
        return own + tuple(edge for edge in self.anywhere if edge.to not in taken)

    def way(self, agent: str, to: str, opening: str) -> Handoff:
        """Return the handoff from one agent to another for a program, which needs no edge to be declared."""
        plain = Handoff.model_validate({"(target)": to})
        declared = next((edge for edge in self.edges(agent) if edge.to == to), plain)
        return declared.model_copy(update={"opening": opening})

    def place(self, *path: str | int) -> str:
        """Say where a key is in the file: `agents.yaml:12:5 agents.billing.tools.0`."""
        return self._marks.place(path)

    def marked(self, *path: str | int) -> bool:
        """Return whether the file has this very path."""
        return self._marks.written(path) in self._marks.at

    def filled(self, *path: str | int) -> bool:
        """Return whether a value came from the environment, and must not be shown."""
        return self._marks.written(path) in self._marks.filled


def team_schema() -> dict[str, Any]:
    """Return the JSON Schema of the team file, for editors."""
    schema = Team.model_json_schema(by_alias=True)
    keys = Handoff.model_json_schema(by_alias=True)
    schema["$defs"] |= keys.pop("$defs", {})
    keys["properties"].pop(TARGET)
    keys.pop("required")
    schema["$defs"]["HandoffKeys"] = keys | {"title": "HandoffKeys"}
    agent = schema["$defs"]["Agent"]
    for edges in (agent["properties"]["handoffs"], schema["properties"]["anywhere"]):
        edges["anyOf"][1]["additionalProperties"]["anyOf"][1] = {"$ref": "#/$defs/HandoffKeys"}
    agent["properties"].pop("name")
    agent["required"] = ["instructions"]
    schema["properties"]["defaults"] = {"$ref": "#/$defs/Defaults"}
    schema["$defs"]["Defaults"] = {key: value for key, value in agent.items() if key != "required"} | {
        "title": "Defaults"
    }
    schema["required"] = ["team", "agents"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
