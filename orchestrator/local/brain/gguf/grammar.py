"""What the model may write: words for the caller, or one function call whose arguments fit the function's schema.

The grammar is one of llguidance, which xllamacpp carries: JSON schemas are written into it as they are.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from orchestrator.local.brain.port import FunctionTool
from orchestrator.local.brain.understanding.parameter import Parameter, parameters

# An answer is JSON, words as well: a small model that may write plain words says what it does instead of doing it.
SAY, END_SAY, CALL = '{"say":"', '"}', '{"call":'
# One paragraph without markup, and without what JSON would escape.
WORDS = r'WORDS: /[^\s\x00-\x1f"\\{}<>\[\]`*#][^\x00-\x1f"\\{}<>\[\]`*#]*/'
UNSAID = re.compile(r'[\x00-\x1f"\\{}<>\[\]`*#]+')
CALLING = """# How you answer
Each answer is one line of JSON. Either you say one or two short sentences to the caller:
{"say":"words"}
Or you call one function, as soon as the caller wants what it does and has said the values that it needs:
{"call":"function","arguments":{"key":"value"}}
Never say that something is done before a function has returned. State only facts that stand above, that a function has
returned, or that the caller has said. Ask for a value that is missing."""
FUNCTIONS = "The functions:"
# Unknown keywords of a schema are passed over; no white space, in which a model could loop.
GUIDANCE = {"lenient": True, "whitespace_flexible": False}
VALUES = ("enum", "const", "default", "examples")  # keywords whose values are no schemas
BOUNDED = frozenset({"enum", "const", "pattern", "maxLength"})  # keywords with which a text has an end
LONGEST = 200  # characters of a text
DATE, TIME = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", r"([01]\d|2[0-3]):[0-5]\d"
FORMATS = {"date": f"^{DATE}$", "time": f"^{TIME}$", "date-time": f"^{DATE}T{TIME}$"}


def grammar(tools: Sequence[FunctionTool], choice: Any) -> str:
    """Return the grammar of an answer, for a session's functions and its `tool_choice`."""
    if isinstance(choice, Mapping):
        tools = [tool for tool in tools if tool["name"] == choice.get("name")]
    may_call = bool(tools) and choice != "none"
    must_call = may_call and (choice == "required" or isinstance(choice, Mapping))
    rules = ["%llguidance {}", f"start: {'call' if must_call else 'say | call' if may_call else 'say'}"]
    rules += [] if must_call else [f"say: {json.dumps(SAY)} WORDS {json.dumps(END_SAY)}", WORDS]
    rules += [f"call: {' | '.join(map(_call, tools))}"] if may_call else []
    return "\n".join(rules)


def described(tools: Sequence[FunctionTool]) -> str:
    """Describe functions to the model, in as few words as will do: it reads some twenty a second."""
    return "\n".join([CALLING, *([FUNCTIONS] if tools else []), *map(_signature, tools)])


def said(words: str) -> str:
    """Write words as the model does."""
    return f"{SAY}{UNSAID.sub(' ', words)}{END_SAY}"


def called(name: str, arguments: str) -> str:
    """Write a call as the model does."""
    return f'{CALL}{json.dumps(name)},"arguments":{arguments}}}'


def _call(tool: FunctionTool) -> str:
    """Write the rule of one call; its schema stays a document of its own, to which its `$ref`s belong."""
    schema = {"additionalProperties": False, **_bounded(tool.get("parameters") or {}), "type": "object"}
    begin, end = called(tool["name"], "\0").split("\0")
    return f"{json.dumps(begin)} %json {json.dumps({'x-guidance': GUIDANCE, **schema})} {json.dumps(end)}"


def _bounded(schema: Any) -> Any:
    """Return a schema in which no text is endless: a time may have any number of decimals, and a model loops."""
    if isinstance(schema, list):
        return [_bounded(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    bounded = {key: value if key in VALUES else _bounded(value) for key, value in schema.items()}
    if schema.get("type") == "string" and not BOUNDED.isdisjoint(bounded):
        return bounded
    if schema.get("type") == "string":
        form = FORMATS.get(str(bounded.pop("format", "")))
        bounded |= {"pattern": form} if form else {"maxLength": LONGEST}
    return bounded


def _signature(tool: FunctionTool) -> str:
    takes = ", ".join(map(_parameter, parameters(tool)))
    return f"- {tool['name']}({takes}): {' '.join(str(tool.get('description') or '').split())}"


def _parameter(parameter: Parameter) -> str:
    kind = " or ".join(json.dumps(value) for value in parameter.choices) or parameter.kind
    written = parameter.schema.get("format")
    about = [kind, *([str(written)] if written else []), str(parameter.schema.get("description") or "")]
    return f"{parameter.name}{'' if parameter.required else '?'}: {', '.join(filter(None, about))}"
