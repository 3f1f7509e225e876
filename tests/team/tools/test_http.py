"""HTTP requests among an agent's tools."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from orchestrator.team.base import Unquoted
from orchestrator.team.tools import HttpRef

PAID = {"name": "refund", "description": "Pays back.", "http": "POST https://pay.example.com/refunds/{invoice}"}


def test_arguments_have_short_forms() -> None:
    """A word is the type; without one it is text, and has to be given."""
    found = HttpRef.model_validate({**PAID, "args": {"invoice": "string", "cents": {"type": "integer", "minimum": 1}}})

    assert [(arg.type, arg.minimum, arg.required) for arg in found.args.values()] == [
        ("string", None, True),
        ("integer", 1, True),
    ]
    assert found.names == ("refund",)


def test_bodies_have_numbers_and_templates_inside() -> None:
    """A number without quotes is one; what is no template is refused, wherever it stands."""
    body = {"a": [Unquoted("5"), "5", True, None, {"b": "{{ args.cents }}"}]}

    assert HttpRef.model_validate({**PAID, "body": body}).body == {"a": [5, "5", True, None, {"b": "{{ args.cents }}"}]}
    with pytest.raises(ValidationError, match="is not a path"):
        HttpRef.model_validate({**PAID, "body": {"a": ["{{ 1 + 1 }}"]}})


@pytest.mark.parametrize(
    "http", ["https://pay.example.com", "TRACE https://pay.example.com", "POST", "post https://x.y"]
)
def test_a_request_is_a_method_and_an_address(http: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValidationError):
        HttpRef.model_validate({**PAID, "http": http})


@pytest.mark.parametrize("key", ["name", "description"])
def test_models_are_told_what_it_is(key: str) -> None:
    """There is no function with a name and a docstring."""
    with pytest.raises(ValidationError, match=key):
        HttpRef.model_validate({name: value for name, value in PAID.items() if name != key})
