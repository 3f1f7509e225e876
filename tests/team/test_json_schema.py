"""The JSON Schema of the team file accepts what the loader accepts."""

from __future__ import annotations

import re

from jsonschema import Draft202012Validator

from orchestrator.team import Consult, Handoff, schema_of_tests, team_schema


def test_the_json_schema_offers_the_short_forms() -> None:
    """Editors accept what the loader accepts, and names that only the code uses are not keys."""
    definitions = team_schema()["$defs"]
    names = ["string", "number", "integer", "boolean"]

    assert definitions["Arg"]["anyOf"][0] == {"enum": names, "type": "string"}
    assert definitions["ToolRef"]["anyOf"][0] == {"minLength": 1, "type": "string"}
    assert definitions["HttpArg"]["anyOf"][0] == {"enum": names, "type": "string"}
    tools = Draft202012Validator({"$ref": "#/$defs/Agent/properties/tools", "$defs": definitions})
    request = {"name": "ping", "description": "Pings.", "http": "GET https://example.com/"}
    assert tools.is_valid(["agents/x.py:find", {"tool": "end_call"}, "mcp:crm/find", {"mcp": "crm"}, request])
    assert not tools.is_valid([{**request, "tool": "agents/x.py"}])
    assert definitions["Filler"]["anyOf"][0]["type"] == "string"
    assert definitions["Limit"]["anyOf"][0] == {"exclusiveMinimum": 0, "type": "number"}
    assert set(definitions["HandoffKeys"]["properties"]) == set(Handoff.model_fields) - {"to"}
    assert set(definitions["ConsultKeys"]["properties"]) == set(Consult.model_fields) - {"to"}
    assert "name" not in definitions["Agent"]["properties"]
    assert definitions["Defaults"]["properties"] == definitions["Agent"]["properties"]
    assert "required" not in definitions["Defaults"]


def test_the_json_schema_accepts_references_to_the_environment() -> None:
    """Such as `model: ${MODEL:-local}`; the names of agents and variables must still have their form."""
    properties = team_schema()["properties"]
    definitions = team_schema()["$defs"]
    model = re.compile(definitions["Agent"]["properties"]["model"]["anyOf"][0]["pattern"])
    rule = re.compile(properties["rules"]["items"]["pattern"])

    assert model.search("${MODEL:-local}")
    assert model.search("openai/gpt-realtime-2.1")
    assert not model.search("gpt 4/")
    assert all(map(rule.search, ["verify before billing", "card stays in a, b", "${RULE}"]))
    assert not rule.search("verify befor billing")
    assert properties["agents"]["additionalProperties"] is properties["variables"]["additionalProperties"] is False


def test_the_json_schema_has_all_forms_of_handoffs_and_consults() -> None:
    """Names, `name: when`, nothing, and the full form, in lists and mappings."""
    for owner, key in ((team_schema(), "anywhere"), (team_schema()["$defs"]["Agent"], "consult")):
        listed, named = owner["properties"][key]["anyOf"]
        assert listed["items"]["anyOf"][0] == {"type": "string"}
        assert listed["items"]["anyOf"][1]["additionalProperties"] == named["additionalProperties"]
        assert named["additionalProperties"]["anyOf"][0] == {"type": ["string", "null"]}


def test_the_json_schema_is_complete_and_built_each_time() -> None:
    """It has every definition that it refers to."""
    schema = team_schema()
    assert schema == team_schema()
    assert schema["required"] == ["team", "agents"]
    text = str(schema)
    referred = {part.split("'")[0] for part in text.split("#/$defs/")[1:]}
    assert referred <= set(schema["$defs"])


def test_the_json_schema_of_tests_is_that_of_the_key() -> None:
    """A file of tests is checked by itself; names of tests have their form, and all definitions are there."""
    schema = schema_of_tests()
    whole = team_schema()["properties"]["tests"]

    assert schema["patternProperties"] == whole["patternProperties"]
    assert schema["additionalProperties"] is whole["additionalProperties"] is False
    assert schema["type"] == "object"
    assert schema["$defs"] == team_schema()["$defs"]


def test_the_json_schema_of_tests_has_the_short_forms() -> None:
    """Words of a caller, an entry without brackets, a call by its name, a handoff by its target."""
    definitions = schema_of_tests()["$defs"]
    turn, expected = definitions["Turn"]["properties"], definitions["Expected"]["properties"]
    kinds = [each.get("type") or each["$ref"].rpartition("/")[2] for each in turn["caller"]["anyOf"]]
    one, several, _ = expected["refused"]["anyOf"]

    assert kinds == ["string", "Spoken", "Recorded", "Keys", "Silence"]
    assert several == {"type": "array", "items": one}
    assert one["enum"][0] == "needs"
    assert expected["calls"]["anyOf"][0]["anyOf"][0] == {"type": "string"}
    assert definitions["HandoffExpected"]["anyOf"][0]["anyOf"][0]["type"] == "string"
    assert definitions["Given"]["properties"]["now"]["type"] == "string"
    assert definitions["Interrupt"]["anyOf"][0]["type"] == "number"
