"""Which operations of a file are tools."""

from __future__ import annotations

import pytest

from orchestrator.tools.openapi.allowing import NotAllowed, allowed
from orchestrator.tools.openapi.operations import list_operations
from tests.tools.openapi.files import document, written


@pytest.mark.parametrize(
    ("patterns", "names"),
    [
        (["getCustomer", "search*"], ["getCustomer", "searchCustomers"]),
        (["*Customer"], ["getCustomer", "updateCustomer", "createCustomer"]),
        (["get_health", "get*"], ["getCustomer", "get_health"]),
        ([], []),
    ],
)
def test_patterns_name_operations(patterns: list[str], names: list[str]) -> None:
    """In the order of the file, each once."""
    listed, _ = list_operations(document("shop.yaml"))

    assert [one.name for one in allowed(listed, patterns)] == names


def test_both_names_of_an_operation_count() -> None:
    """That in the file, and that of the tool."""
    listed, _ = list_operations(document("pay.json"))

    assert allowed(listed, ["refunds.create"]) == allowed(listed, ["refunds_create"]) == listed[:1]


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        ("getCostumer", "Did you mean 'getCustomer'"),
        ("SearchCustomer*", "Did you mean 'searchCustomers'"),
        ("zzz", "There are: getCustomer, updateCustomer"),
    ],
)
def test_a_pattern_that_names_nothing_is_an_error(pattern: str, hint: str) -> None:
    """With what may have been meant."""
    listed, _ = list_operations(document("shop.yaml"))

    with pytest.raises(NotAllowed, match="no operation is called") as raised:
        allowed(listed, ["getCustomer", pattern])

    assert hint in raised.value.remedy
    assert raised.value.pattern == 1


def test_many_operations_need_a_choice() -> None:
    """An agent with too many tools takes the wrong one."""
    many = "\n".join(f"  /{number}: {{get: {{operationId: get{number}}}}}" for number in range(30))
    listed, _ = list_operations(written(f"openapi: 3.1.0\npaths:\n{many}"))

    assert len(allowed(listed[:12], None)) == 12
    with pytest.raises(NotAllowed, match="the file has 30 operations") as raised:
        allowed(listed, None)
    assert raised.value.remedy == "Write `allow: [get0, …]` with those that it needs."
    with pytest.raises(NotAllowed) as raised:
        allowed(listed, ["zzz"])
    assert raised.value.remedy.endswith("get19, ….")
    with pytest.raises(NotAllowed) as raised:
        allowed([], ["zzz"])
    assert raised.value.remedy == "It has no operations."
