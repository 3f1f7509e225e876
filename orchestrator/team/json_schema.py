"""The JSON Schema of the team file, for editors."""

from __future__ import annotations

from typing import Any

from orchestrator.team.edges import TARGET, Consult, Edge, Handoff
from orchestrator.team.schema import Team


def team_schema() -> dict[str, Any]:
    """Return the JSON Schema of the team file, for editors."""
    schema = Team.model_json_schema(by_alias=True)
    agent = schema["$defs"]["Agent"]
    for owner, key, edge in ((agent, "handoffs", Handoff), (schema, "anywhere", Handoff), (agent, "consult", Consult)):
        name = f"{edge.__name__}Keys"
        schema["$defs"] |= _keys_below(edge, name)
        listed, named = owner["properties"][key]["anyOf"]
        named["additionalProperties"] = {"anyOf": [{"type": ["string", "null"]}, {"$ref": f"#/$defs/{name}"}]}
        listed["items"]["anyOf"][1] = {**named, "minProperties": 1, "maxProperties": 1}
    agent["properties"].pop("name")
    listed = agent["properties"]["tools"]["items"]  # a text is right for tools of several kinds
    agent["properties"]["tools"]["items"] = {"anyOf": listed.pop("oneOf")}
    person = {"properties": {"kind": {"const": "person"}}, "required": ["kind"]}
    agent["anyOf"] = [{"required": ["instructions"]}, person]
    agent.pop("required")
    schema["properties"]["defaults"] = {"$ref": "#/$defs/Defaults"}
    schema["$defs"]["Defaults"] = {key: value for key, value in agent.items() if key != "anyOf"} | {"title": "Defaults"}
    schema["required"] = ["team", "agents"]
    _open_to_environment(schema)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}


def schema_of_tests() -> dict[str, Any]:
    """Return the JSON Schema of a file of tests, for editors: what a team file has under its key `tests`."""
    team = team_schema()
    tests = {key: value for key, value in team["properties"]["tests"].items() if key != "title"}
    return {"$schema": team["$schema"], "title": "Tests", **tests, "$defs": team["$defs"]}


def _open_to_environment(schema: Any) -> None:
    """Accept `${NAME}` wherever text must match a pattern, except for the keys of mappings."""
    if isinstance(schema, list):
        for each in schema:
            _open_to_environment(each)
    elif isinstance(schema, dict):
        if isinstance(schema.get("pattern"), str) and r"\$\{" not in schema["pattern"]:
            schema["pattern"] += r"|\$\{"
        if "patternProperties" in schema:
            schema["additionalProperties"] = False
        for each in schema.values():
            _open_to_environment(each)


def _keys_below(edge: type[Edge], name: str) -> dict[str, Any]:
    """Return the definitions of the keys below an edge's name."""
    keys = edge.model_json_schema(by_alias=True)
    found: dict[str, Any] = keys.pop("$defs", {})
    keys["properties"].pop(TARGET)
    keys.pop("required")
    return {**found, name: keys | {"title": name}}
