"""Validation errors of pydantic as problems of the team file: where, what, what to do.

A message repeats a value only to suggest the right one, and never a value that came from the environment.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from orchestrator.errors import Problem
from orchestrator.team import edges, limits, people, rules, schema, session_keys, tools, values
from orchestrator.team.foreign import correction, likely_model
from orchestrator.team.hooks.keys import AfterCall, BeforeCall
from orchestrator.team.positions import Path, Positions
from orchestrator.team.trials.explaining import TESTS, explain, model_below

# Key → the model of the mapping below it.
BELOW: dict[str, type[BaseModel]] = {
    "handoffs": edges.Handoff,
    "anywhere": edges.Handoff,
    "consult": edges.Consult,
    "messages": edges.Message,
    "context": edges.Context,
    "filler": edges.Filler,
    "limits": limits.Limits,
    "call": limits.Limit,
    "silence": limits.Limit,
    "tokens": limits.Limit,
    "money": limits.Limit,
    "prices": limits.Price,
    "variables": values.Variable,
    "tools": tools.ToolRef,
    **{kind.__name__: kind for kind in tools.KINDS.values()},
    "openapi": tools.OpenApiFile,
    "knowledge": tools.Knowledge,
    "mcp_servers": tools.McpServer,
    "transcription": session_keys.Transcription,
    "noise_reduction": session_keys.NoiseReduction,
    "reasoning": session_keys.Reasoning,
    "tool_choice": session_keys.FunctionChoice,
    "CustomVoice": session_keys.CustomVoice,
    "brain": schema.PartSpec,
    "stt": schema.PartSpec,
    "tts": schema.PartSpec,
    "providers": schema.ProviderSpec,
    "args": values.Arg,
    "server_vad": session_keys.ServerVad,
    "semantic_vad": session_keys.SemanticVad,
    "agents": schema.Agent,
    "wait": people.Wait,
    "confirm": people.Confirm,
    "people": people.Role,
    "before": BeforeCall,
    "after": AfterCall,
    "record": limits.Record,
}
# Model and key → the model of the mapping below it, where the key has another meaning elsewhere.
BELOW_IN: dict[tuple[type[BaseModel], str], type[BaseModel]] = {(tools.HttpRef, "args"): tools.HttpArg}
# These have names below them, and keys below those.
NAMED = {"agents", "variables", "providers", "prices", "args", "people", "mcp_servers"}
EDGES = ("handoffs", "anywhere", "consult", "messages")
NAMED_ITEMS = (*EDGES, "model")  # lists whose items can be written below a name: `- billing: {when: invoices}`
SIMILAR = 0.7  # similarity from which a word is probably a misspelling of another
# Depth, top and step of an agent's `name`, which the loader adds: in the file it is the key above.
ADDED = (2, ("agents",), "name")
TWO_KINDS = (
    "an entry of two kinds",
    "Keep one of them, or write two entries: an entry is a function, a request, a file or a server.",
)
BRACKETS = re.compile(r"missing \)|unterminated|unbalanced")  # Python's messages about brackets in a pattern
VARIABLE = ("not a valid variable name", "Use letters, digits and underscores; do not start with a digit.")
# Key → what, what to do, for text below it that does not have the required form.
PATTERNS = {
    "model": ("not a valid model", "Write provider/model, for example openai/gpt-realtime-2.1, or local."),
    "fallback": ("not a valid model", "Write provider/model, for example azure/gpt-realtime-2.1, or local."),
    "variables": VARIABLE,
    "needs": VARIABLE,
    "sets": VARIABLE,
    "tools": ("not a valid name of a tool or an argument", tools.NAME),
    "http": (
        "not a request",
        "Write a method (GET, HEAD, POST, PUT, PATCH or DELETE) and an address: POST https://pay.example.com/refunds/{invoice}.",
    ),
    "mcp": ("not a server or a tool of one", "Write mcp:crm or mcp:crm/find_customer."),
    "transfer": (
        "not a telephone number or SIP address",
        "Write `tel:` with + and the country code, without spaces: tel:+4930123456; or sip:office@example.com.",
    ),
    "keep": ("not a span of time", "Write a number and a unit, for example 30 days or 12 hours, or forever."),
}
NAME = (
    "not a valid name",
    "Start with a lowercase letter, then use lowercase letters, digits, _ or -; at most 40 characters.",
)
# Key → what to do when it is missing.
MISSING = {
    "team": "Begin the file with `team: name`.",
    "agents": "Add an agent: `agents: {front: {instructions: Help the caller.}}`.",
    "instructions": "Add `instructions: Help the caller.`, or `instructions: {file: agents/front.md}`.",
    "tool": "Add `tool: agents/orders.py:find_order`.",
    "at": "Add `at: 600`.",
    "effort": "Add `effort: low`.",
    "enum": "List the allowed values: `enum: [small, large]`.",
    "id": "Add `id: voice_123`.",
    "limit": "Add `limit: 90`, the seconds to wait for a person.",
    "say": "Add `say: I am looking for a colleague.`, which the caller hears first.",
    "then": "Add `then: front`, the agent that gets the caller if no person does.",
}
# Key → what, what to do, for a value that may have several types; pydantic reports an error for each of them.
SEVERAL = {
    "max_output_tokens": ("not a valid number of tokens", "Write a whole number from 1 to 4096, or inf."),
    "last": ("not a valid number of lines", "Write a whole number from 1 to 400, or `share: none`."),
    "voice": ("not a valid voice", "Write a name such as marin, or {id: …} for a custom voice."),
    "default": ("expected a single value", "Write text, a number, true, false or null."),
    "enum": ("expected single values", "Write text, numbers, true, false or null: `enum: [small, large]`."),
}
# Type of error → what, what to do; `{…}` is filled in from its context.
MESSAGES = {
    "greater_than": ("too small", "Write a number greater than {gt}."),
    "greater_than_equal": ("too small", "Write {ge} or more."),
    "less_than_equal": ("too large", "Write {le} or less."),
    "float": ("not a number", "Write a number without a unit, for example 1.5."),
    "int": ("not a whole number", "Write digits only, for example 20."),
    "bool": ("not a boolean", "Write true or false."),
    "string_too_short": ("empty", "Write a reference such as agents/orders.py:find_order, or remove it."),
    "string_type": ("expected text", "Put it in quotes if it looks like a number or a list."),
}
MAPPING = "expected a mapping of keys to values"
# Key → what to do when the value below it, or below a name below it, is not a mapping.
MAPPINGS = {
    "confirm": "Write true, person, or {by: person, within: 60}.",
    "agents": "List agents by name, each with its keys below it: `front: {instructions: Help the caller.}`.",
    "prices": "Write the prices of a million tokens: `{audio_in: 32, audio_out: 64}`.",
    "variables": "Write a default value, `name: value`, or keys such as `name: {enum: [red, green]}`.",
    "before": "Write `before: agents/crm.py:who_calls`.",
    "after": "Write `after: agents/crm.py:log_call`, or `after: {url: …, secret: …}`.",
    "headers": 'Write `headers: {Authorization: "Bearer ${TOKEN}"}`.',
    "sets": 'Write `sets: {refund_id: "{{ body.id }}"}`.',
    "wait": "Write `wait: {limit: 90, say: I am looking for a colleague., then: front}`.",
    "people": 'List roles by name, each with its keys below it: `support: {keys: "${SUPPORT_KEYS}"}`.',
    "turn_detection": "Write `turn_detection: {type: semantic_vad}`, or null to disable it.",
    "transcription": "Write `transcription: {model: gpt-transcribe}`, or null to disable it.",
    "noise_reduction": "Write `noise_reduction: {type: near_field}`, or null to disable it.",
    "reasoning": "Write `reasoning: {effort: low}`.",
    "record": "Write `record: {keep: 30 days}`, or `record: false` to keep nothing.",
    "answers": "Write each answer as `question: answer`, without a leading `- `: `When do you open?: At nine.`.",
}
SECONDS = {"call", "silence", "tool", "after", "timeout", "max_age", "wait", "within"}


def suggest(word: str, known: Sequence[str]) -> str:
    """Suggest the known word that was probably meant, or list all of them."""
    if close := get_close_matches(word, known, 1, SIMILAR):
        return f"Did you mean {close[0]!r}?"
    return f"Known: {', '.join(sorted(known))}." if known else ""


def validation_problems(error: ValidationError, data: Mapping[str, Any], positions: Positions) -> Iterator[Problem]:
    """Yield a problem for each error, at the position in the file that it comes from."""
    seen = set()
    for details in error.errors(include_url=False, include_input=False):
        if details["loc"] == ("start",) and ("start",) not in positions.at:
            continue  # taken from the first agent, whose own problem is reported
        merged = locate(details["loc"], data)  # in the data, where `defaults` are part of each agent
        path = positions.source(merged)
        hidden = path in positions.from_environment
        value = None if hidden else _at(data, merged)
        form = str(details["loc"][-1]) if details["loc"] else ""
        if isinstance(value, Mapping) and form.startswith(("literal[", "str", "constrained-str")):
            continue  # it is written as a mapping, and the problems of the mapping are reported
        if isinstance(value, list) and form.startswith("literal["):
            continue  # as of a list
        if details["type"] == "too_short" and value:
            continue  # it has entries, and their problems are reported
        # A value that fits none of several forms is one problem, but a mapping may lack or have several keys.
        key = (path, details["loc"][-1] if details["type"] in ("missing", "extra_forbidden") else "")
        if key not in seen:
            seen.add(key)
            yield Problem(positions.place(path), *_message(details, value, empty=value is None and not hidden))


def locate(loc: tuple[int | str, ...], data: Mapping[str, Any]) -> Path:
    """Convert a location of pydantic to a path in the file's data, whose short forms pydantic has expanded."""
    path: Path = ()
    for step in loc:
        here = _at(data, path)
        if isinstance(here, Mapping) and isinstance(step, int) and path[-1] in EDGES and len(here) > step:
            path = (*path, list(here)[step])  # a mapping of handoffs was expanded to a list
        elif isinstance(here, Mapping) and step in here and (len(path), path[:1], step) != ADDED:
            path = (*path, step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            path = (*path, step)
            if isinstance(here[step], Mapping) and len(here[step]) == 1 and path[-2] in NAMED_ITEMS:
                path = (*path, next(iter(here[step])))
    return path


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data[step]
    return data


def _message(details: ErrorDetails, value: Any, *, empty: bool) -> tuple[str, str]:
    """Return what is wrong and what to do; `value` is None when a message must not repeat it."""
    loc = [step for step in details["loc"] if isinstance(step, str)]
    name = loc[-1] if loc else ""
    kind, context = details["type"], details.get("ctx", {})
    if loc[:1] == [TESTS] and (told := explain(kind, loc, context)):
        return told
    match kind:
        case "extra_forbidden":
            if " " in name and name.isprintable():
                return "unknown key", "If it is part of a text with a comma, put the whole text in quotes."
            model, known = model_at(loc[:-1]), keys_at(loc[:-1])
            if model in tools.KINDS.values() and name in tools.KINDS:
                return TWO_KINDS
            return "unknown key", correction(name, model, known) or suggest(name, known)
        case "missing":
            return f"the key {name!r} is missing", MISSING.get(name, f"Add `{name}:`.")
        case "union_tag_not_found" | "union_tag_invalid":
            remedy = "Write `type: server_vad` or `type: semantic_vad`, or null to disable turn detection."
            return "the key 'type' is missing" if kind.endswith("found") else "unknown type", remedy
        case "value_error":
            return _own_check(str(context["error"]), loc, value)
        case "string_pattern_mismatch":
            what, remedy = next((PATTERNS[step] for step in reversed(loc) if step in PATTERNS), NAME)
            meant = likely_model(value) if {"model", "fallback"} & set(loc) and isinstance(value, str) else ""
            return what, f"Write `{meant}`." if meant else remedy
    if kind == "tuple_type" and name == "enum":
        listed = f"`enum: [{value}]`" if isinstance(value, str | int | float) else "`enum: [small, large]`"
        return "expected a list", f"Write {listed}."
    several = next((SEVERAL[step] for step in reversed(loc[-2:]) if step in SEVERAL), None)
    if several and kind != "too_short":
        return several if not kind.startswith(("less_than", "greater_than")) else (MESSAGES[kind][0], several[1])
    if kind == "literal_error":
        return _choice(str(context["expected"]), value)
    return _type_or_size(kind, loc, context, empty=empty)


def _own_check(what: str, loc: list[str], value: Any) -> tuple[str, str]:
    """Explain an error that a validator of ours raised."""
    if "canary" in loc[:1]:
        return what, "Write 10% or 0.1."
    if what.startswith("invalid template"):
        remedy = "Write {{ args.NAME }}, {{ variables.NAME }}, {{ call.id }}, or a path into the answer."
        return (what if value is not None else "invalid template"), remedy
    if "rules" in loc[:1]:
        text = " ".join(map(str, next(iter(value.items())))) if isinstance(value, Mapping) and value else value
        guess = rules.likely(text) if isinstance(text, str) else ""
        return what, f"Did you mean `{guess}`?" if guess else f"Use one of these forms: {rules.FORMS}."
    if BRACKETS.search(what) and value is not None:
        return what, r"Close the bracket, or escape it with \ to match it literally: '^\(\d{4}\)$'."
    remedy = r"Put the pattern in single quotes, and escape literal characters with \, for example '^\d{4}\.$'."
    return (what if value is not None else what.partition(":")[0]), remedy


def _choice(expected: str, value: Any) -> tuple[str, str]:
    known = re.findall(r"'([^']+)'", expected)
    close = get_close_matches(value, known, 1, SIMILAR) if isinstance(value, str) else []
    listed = " or ".join(filter(None, [", ".join(map(repr, known[:-1])), repr(known[-1])]))
    return "not an allowed value", f"Did you mean {close[0]!r}?" if close else f"Use {listed}."


def _type_or_size(kind: str, loc: list[str], context: Mapping[str, Any], *, empty: bool) -> tuple[str, str]:
    """Explain a value of the wrong type or size."""
    name = loc[-1]
    if kind == "string_type" and name in ("model", "fallback") and not empty:
        return PATTERNS[name]
    if kind == "string_type" and name == edges.TARGET:
        return "expected an agent's name, or one name with its keys", "Write `- billing` or `- billing: invoices`."
    if kind == "string_type" and loc[-2:] == ["filler", "say"]:
        return "expected text", "Write the text to say, or null for silence."
    if kind == "string_too_short" and ("tools" not in loc or name != "tool"):
        return "empty", MISSING.get(name, "Write some text, or remove the key.")
    if kind == "string_type" and empty:
        return "empty", MISSING.get(name, "Write some text, or remove the key.")
    if kind == "tuple_type" and name in EDGES:
        return "expected a list or a mapping", f"Write `{name}: [billing]` or `{name}: {{billing: invoices}}`."
    if kind == "tuple_type":
        return "expected a list", f"Write `{name}: […]`, or one item per line after `- `."
    if kind == "too_short":
        return "empty", MISSING.get(name, "Add at least one.")
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        below = next((MAPPINGS[step] for step in reversed(loc[-2:]) if step in MAPPINGS), "")
        return MAPPING, below or "Indent its keys below it, or remove it."
    unknown = ("not a valid value", "See `orchestrator schema`.")
    what, remedy = MESSAGES.get(kind) or MESSAGES.get(kind.split("_")[0], unknown)
    if kind.startswith("float") and SECONDS.intersection(loc):
        remedy = "Write seconds as a number without a unit, for example 20."
    return what, remedy.format(
        **{key: f"{value:g}" for key, value in context.items() if isinstance(value, int | float)}
    )


def model_at(path: Sequence[str]) -> type[BaseModel]:
    """Return the model of the mapping at a path."""
    if path[:1] == [TESTS]:
        return model_below(path[1:])
    model: type[BaseModel] = schema.Team
    steps = iter(path)
    for step in steps:
        model = BELOW_IN.get((model, step)) or BELOW.get(step, model)
        if step in NAMED:
            next(steps, None)  # a name, even if it is spelled like a key
    return model


def keys_at(path: Sequence[str]) -> list[str]:
    """Return the keys that may be used below a path."""
    model = model_at(path)
    named_above = schema.Agent, edges.Edge  # their name, or target, is the key above
    skipped = {"name", "to"} if issubclass(model, named_above) else set()
    keys = [field.alias or name for name, field in model.model_fields.items() if name not in skipped]
    return [*keys, "defaults"] if model is schema.Team else keys
