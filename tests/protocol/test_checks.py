"""The small checks: what passes, and which code and path what fails gets."""

from __future__ import annotations

import base64
import random
from contextlib import suppress
from typing import Any

import pytest

from orchestrator.errors import CallerError
from orchestrator.protocol import checks


def nested(levels: int) -> dict[str, Any]:
    """Return an object in so many others."""
    value: dict[str, Any] = {"deep": 1}
    for _ in range(levels):
        value = {"not": value}
    return value


IMAGE = checks.encoded(30, ("data:image/png;base64,",))
POINT = checks.fields({"x": checks.integer(0, 9)}, {"name": checks.nullable(checks.text(3))})
PASSING = [
    pytest.param(checks.text(3), "abc", id="text"),
    pytest.param(checks.encoded(8), "AAA=", id="base64"),
    pytest.param(checks.encoded(8), "", id="no bytes"),
    pytest.param(IMAGE, "data:image/png;base64,AAAA", id="data URI"),
    pytest.param(checks.mapping, {"a": [1.5, "x"], "b": {}}, id="any object"),
    pytest.param(checks.mapping, nested(99), id="a hundred levels"),
    pytest.param(checks.boolean, False, id="boolean"),
    pytest.param(checks.number(0, 1), 1, id="number"),
    pytest.param(checks.integer(0, 9), 9, id="integer"),
    pytest.param(checks.word("a", "b"), "b", id="word"),
    pytest.param(checks.nullable(checks.text(3)), None, id="null"),
    pytest.param(checks.array(checks.text(3), 2), ["a", "b"], id="array"),
    pytest.param(POINT, {"x": 1, "name": None}, id="object"),
    pytest.param(checks.variants("type", {"p": checks.anything}), {"type": "p"}, id="variant"),
    pytest.param(checks.anything, object(), id="anything"),
]
FAILING = [
    pytest.param(checks.text(3), "abcd", "invalid_value", "v", id="long text"),
    pytest.param(checks.text(3, shortest=1), "", "invalid_value", "v", id="empty text"),
    pytest.param(checks.encoded(8), "A-_=", "invalid_value", "v", id="base64 of URLs"),
    pytest.param(checks.encoded(8), "AAA", "invalid_value", "v", id="cut base64"),
    pytest.param(checks.encoded(8), "\ud800", "invalid_value", "v", id="half a character"),
    pytest.param(checks.encoded(8), "A" * 12, "invalid_value", "v", id="long base64"),
    pytest.param(checks.encoded(8), ["AAAA"], "invalid_value", "v", id="no base64"),
    pytest.param(IMAGE, "AAAA", "invalid_value", "v", id="no data URI"),
    pytest.param(IMAGE, "data:image/png;base64,!", "invalid_value", "v", id="broken data URI"),
    pytest.param(checks.mapping, [], "invalid_value", "v", id="array for an object"),
    pytest.param(checks.mapping, nested(100), "invalid_value", "v", id="too deep"),
    pytest.param(checks.mapping, nested(950), "invalid_value", "v", id="far too deep"),
    pytest.param(checks.mapping, {"a": [1e999]}, "invalid_value", "v", id="infinite"),
    pytest.param(checks.boolean, 1, "invalid_value", "v", id="one is not true"),
    pytest.param(checks.number(0, 1), True, "invalid_value", "v", id="true is no number"),
    pytest.param(checks.integer(0, 9), True, "invalid_value", "v", id="true is no integer"),
    pytest.param(checks.integer(0, 9), 1.0, "invalid_value", "v", id="a float is no integer"),
    pytest.param(checks.integer(0, 9), 10, "invalid_value", "v", id="too large"),
    pytest.param(checks.word(24000), True, "invalid_value", "v", id="no such word"),
    pytest.param(checks.word("a"), ["a"], "invalid_value", "v", id="a list is no word"),
    pytest.param(checks.array(checks.text(3), 2), ["a", 1], "invalid_value", "v[1]", id="element"),
    pytest.param(checks.array(checks.text(3), 2), ["a"] * 3, "invalid_value", "v", id="too many"),
    pytest.param(checks.array(checks.text(3), 2), "ab", "invalid_value", "v", id="no array"),
    pytest.param(POINT, [], "invalid_value", "v", id="no object"),
    pytest.param(POINT, {}, "missing_required_parameter", "v.x", id="missing"),
    pytest.param(POINT, {"x": 1, "y": 2}, "unknown_parameter", "v.y", id="unknown"),
    pytest.param(POINT, {"x": None}, "invalid_value", "v.x", id="null"),
    pytest.param(checks.variants("type", {}), 1, "invalid_value", "v", id="no variant object"),
    pytest.param(checks.variants("type", {}), {}, "missing_required_parameter", "v.type", id="no variant type"),
    pytest.param(checks.variants("type", {}), {"type": []}, "invalid_value", "v.type", id="bad variant type"),
]


@pytest.mark.parametrize(("check", "value"), PASSING)
def test_what_is_right_passes(check: checks.Check, value: Any) -> None:
    """A right value passes without a word."""
    check(value, "v")


@pytest.mark.parametrize(("check", "value", "code", "param"), FAILING)
def test_what_is_wrong_is_named(check: checks.Check, value: Any, code: str, param: str) -> None:
    """A wrong value raises with the service's code and the path; the message names the path."""
    with pytest.raises(CallerError) as raised:
        check(value, "v")

    assert (raised.value.code, raised.value.param) == (code, param)
    assert f"'{param}'" in str(raised.value)


def test_long_values_are_not_repeated() -> None:
    """A message shows a short value, and of a long one only its type."""
    with pytest.raises(CallerError, match="got a string"):
        checks.text(3)("x" * 1000, "v")


def test_p53_base64_is_told_without_decoding_it() -> None:
    """P53: what is encoded is accepted, and what is accepted can be decoded."""
    dice = random.Random(1)
    for _ in range(20_000):
        checks.encoded(20)(base64.b64encode(dice.randbytes(dice.randrange(10))).decode(), "v")
        text = "".join(dice.choice("ABab01+/===-_é \n") for _ in range(dice.randrange(10)))
        with suppress(CallerError):
            checks.encoded(10)(text, "v")
            base64.b64decode(text, validate=True)
